"""Booking what tills sold while nobody could be asked."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.model import row_of
from server.db.personal_columns import TILL_KEYS
from server.db.unit import Unit
from server.erasures.erasure_list import gone_since
from server.orders.models import Order, OrderLine
from server.orders.placing_orders import SERIES, tell_of_order
from server.organizations.organizations_and_numbers import next_number
from server.webhooks.message_kinds import Kind
from shared.kernel import ids
from shared.kernel.id_types import DeviceId, EventId, OccurrenceId, OrderId, TicketTypeId
from shared.kernel.instant import Instant

CHANNEL: Final = "box_office"


class TillLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some tickets of one type at one price; amounts in minor units, as an order's line."""

    ticket_type_id: TicketTypeId
    occurrence_id: OccurrenceId | None
    quantity: int
    unit_price_minor: int
    discount_minor: int = 0
    fee_minor: int = 0
    tax_basis_points: int = 0
    tax_minor: int = 0
    promotion: str = ""

    @property
    def total_minor(self) -> int:
        """Return what was due for the line."""
        return self.quantity * self.unit_price_minor - self.discount_minor + self.fee_minor


class TillSale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale as the till's journal has it.

    Attributes:
        sale_id: The same of the same till again is the same order.
        device_id: The till.
        digest: SHA-256 of all that the till said of it.
        price_uses: What it used of counted prices, by id.
        is_second: Another sale of the till has this id already, and says something else.
    """

    sale_id: str
    device_id: DeviceId
    digest: bytes
    is_second: bool = False
    currency: str
    price_uses: dict[str, int] = {}
    lines: Sequence[TillLine]


class Booked(msgspec.Struct, frozen=True):
    """Whether this very sale is booked, and whether another has its id."""

    is_booked: bool
    is_reused: bool


async def find_till_sale(unit: Unit, device_id: DeviceId, sale_id: str, digest: bytes) -> Booked:
    """Tell whether a till's sale was booked before, by its id and by what it says."""
    keys = [key_of_sale(device_id, sale_id), key_of_sale(device_id, sale_id, digest)]
    query = select(Order.client_key, Order.client_digest).where(Order.client_key.in_(keys))
    found = {row[0]: row[1] for row in (await unit.session.execute(query)).all()}
    # An order of before digests were kept: its id is all that can be compared.
    same = any(kept is None or kept == digest for kept in found.values())
    return Booked(is_booked=same, is_reused=bool(found) and not same)


async def book_till_sale(unit: Unit, event_id: EventId, sale: TillSale) -> Order:
    """Book a paid order for a till's sale; its tickets are recorded apart."""
    order = Order(
        id=_order_id_of(sale),
        event_id=event_id,
        number=await next_number(unit, SERIES),
        state="paid",
        channel=CHANNEL,
        client_key=key_of_sale(
            sale.device_id, sale.sale_id, sale.digest if sale.is_second else b""
        ),
        client_digest=sale.digest,
        currency=sale.currency,
        total_minor=sum(line.total_minor for line in sale.lines),
        buyer_email=None,
        buyer_name=None,
        comp_reason=None,
        created_by=sale.device_id,
        created_at=unit.now,
        expires_at=None,
        paid_at=unit.now,
        cancelled_at=None,
        price_uses=sale.price_uses,
    )
    await unit.add(order)
    for number, line in enumerate(sale.lines, start=1):
        unit.session.add(
            row_of(OrderLine, line, order_id=order.id, line=number, rounding_minor=0, tier="")
        )
    await unit.session.flush()
    await tell_of_order(unit, order, Kind.ORDER_CREATED, Kind.ORDER_CONFIRMED)
    return order


async def name_till_buyer(
    unit: Unit,
    event_id: EventId,
    device_id: DeviceId,
    sale_id: str,
    name: str,
    *,
    key: bytes,
    sold_at: Callable[[], Awaitable[Instant | None]],
) -> None:
    """Note who a till's sale was for; a name that is there stays, one that was erased is dropped.

    Args:
        unit: A writing one.
        event_id: Of the sale.
        device_id: The till.
        sale_id: Which.
        name: The guest's.
        key: Of the list of erasures (`server.erasures.hashed_words`).
        sold_at: Finds when the till has sold it: who comes after an erasure is a new guest.

    Raises:
        Problem: `not-found` for a sale that the till has not told of yet.
    """
    query = select(Order).where(
        Order.event_id == event_id, Order.client_key == key_of_sale(device_id, sale_id)
    )
    order = await unit.get(query.with_for_update(), "sale")
    if order.buyer_name is not None:
        return
    gone = await gone_since(unit, key, event_id, order.id, name)
    if gone is not None and ((sold := await sold_at()) is None or sold <= gone):
        return
    order.buyer_name = name
    await unit.session.flush()


def _order_id_of(sale: TillSale) -> OrderId:
    """Return the id that a sale's order has, also where it is booked anew after a restore.

    Programs that were told of it before know it by that.
    """
    said = key_of_sale(sale.device_id, sale.sale_id, sale.digest).encode()
    octets = hashlib.blake2b(said, digest_size=8, person=b"gk/till-order/1").digest()
    return OrderId(ids.spell_id(ids.ORDER, octets))


def key_of_sale(device_id: DeviceId, sale_id: str, digest: bytes = b"") -> str:
    """Return the key of the order that a till's sale is; with a digest, of one of the same id."""
    key = f"{TILL_KEYS}{device_id}:{sale_id}"
    return f"{key}:{digest.hex()}" if digest else key

"""A till's grant as the document says it: what it may sell on its own, of all types in one."""

from __future__ import annotations

import msgspec

from server.db.ledger_state import read_ledger
from server.db.unit import Unit
from server.events.event_states import SELLABLE
from server.events.events_and_dates import get_event
from server.keys.organization_keys import find_till_keys, ticket_key_of
from server.seating.taking_seats import list_seats_of
from server.ticketing.inventory import available, read_stock
from server.ticketing.ticket_types import list_ticket_types
from server.tills.allotments import (
    find_allotments,
    find_grant,
    is_on_sale,
    size_of,
    sum_sold_and_lost,
)
from server.tills.price_allotments import granted_counts
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.same_fields import made_of
from shared.wire.till_stock import GRANT_VERSION, GrantedKey, GrantedType, StockGrant


class GrantHead(msgspec.Struct, frozen=True):
    """What says whether a till holds its newest grant: the epoch, the serial, and what it sold.

    Attributes:
        lost: What was taken back without its word, and it may still have sold.
    """

    epoch: int
    serial: int
    sold: int
    lost: int = 0


async def read_head(unit: Unit, event_id: EventId, device_id: DeviceId) -> GrantHead | None:
    """Return which grant of a till is the newest; None before anything was given."""
    row = await find_grant(unit, event_id, device_id)
    if row is None:
        return None
    epoch = (await read_ledger(unit.session)).epoch
    return GrantHead(epoch, row.serial, *await sum_sold_and_lost(unit, event_id, device_id))


async def read_grant(unit: Unit, event_id: EventId, device_id: DeviceId) -> StockGrant:
    """Return what a till may sell of an event, as it is now.

    Raises:
        Problem: `not-found` for no event of the organization.
    """
    event = await get_event(unit, event_id)
    kinds = {kind.id: kind for kind in await list_ticket_types(unit, event_id)}
    stock = await read_stock(unit, event_id)
    row = await find_grant(unit, event_id, device_id)
    is_selling = event.state in SELLABLE
    types = []
    for one in await find_allotments(unit, event_id, device_id):
        kind = kinds.get(one.ticket_type_id)
        if kind is None:
            continue
        is_held = is_selling and is_on_sale(kind, unit.now)
        # By the server's own rule the size falls with what is left; a till gives nothing back of
        # that: it would take and return the same tickets by turns.
        size = size_of(one, available(stock[kind.id]))
        size = size if one.size is not None else max(size, one.unsold)
        types.append(
            GrantedType(
                ticket_type_code=kind.code,
                granted=one.granted,
                returned=one.returned,
                sold=one.sold,
                size=size if is_held else 0,
                sells_from=kind.sales_from,
                sells_until=kind.sales_until,
            )
        )
    return StockGrant(
        v=GRANT_VERSION,
        event_id=event_id,
        device_id=device_id,
        epoch=(await read_ledger(unit.session)).epoch,
        serial=0 if row is None else row.serial,
        types=tuple(sorted(types, key=lambda one: one.ticket_type_code)),
        returns_at_close=row is None or row.returns_at_close,
        seats=tuple(await list_seats_of(unit, event_id, device_id)),
        counts=await granted_counts(unit, event_id, device_id, is_selling=is_selling),
        keys=tuple(
            made_of(GrantedKey, one, ticket_type_codes=ticket_key_of(one, "").ticket_type_codes)
            for one in await find_till_keys(unit, event_id)
            if one.device_id == device_id
        ),
    )

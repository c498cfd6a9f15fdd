"""A whole order cancelled at the desk: what that means looked at before, and done as agreed.

What is cancelled stays so, and is owed once: an act that died in the middle is said again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import msgspec

from gatekeeper.organizer.during.orders_client import OrderClient

ENDABLE: Final = frozenset({"pending", "paid"})
"""States of orders that can be cancelled."""
Tell = Callable[[int, int], object]
_TAKEN: Final = frozenset({"paid", "partly_refunded", "disputed"})
"""States of payments of which something may go back."""


class EndedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that an order's end takes away; amounts in minor units.

    Attributes:
        price_minor: What was paid for it.
        back_minor: What the event's refund terms give back of that now.
    """

    id: str
    code: str
    kind: str
    price_minor: int
    back_minor: int
    is_used: bool


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """What cancelling an order would mean now.

    Attributes:
        is_paid: Whether it was paid in full.
        tickets: Those that are good, or withheld for it.
        by_tender: What was paid, has not gone back and is in no dispute, in minor units.
    """

    order_id: str
    number: int
    is_paid: bool
    currency: str
    tickets: tuple[EndedTicket, ...]
    by_tender: dict[str, int]

    @property
    def price_minor(self) -> int:
        """What its tickets cost; of an unpaid order what was paid of it so far."""
        if not self.is_paid:
            return sum(self.by_tender.values())
        return sum(one.price_minor for one in self.tickets)

    @property
    def back_minor(self) -> int:
        """What goes back by the event's terms; of an unpaid order all that was paid."""
        return sum(one.back_minor for one in self.tickets) if self.is_paid else self.price_minor

    @property
    def used(self) -> int:
        """On how many of its tickets somebody has come in."""
        return sum(one.is_used for one in self.tickets)


class EndedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it.

    Attributes:
        owed_minor: What the buyer is owed by now and has not got back.
        by_tender: What it came by, as in `Ending`.
    """

    number: int
    tickets: int
    currency: str
    owed_minor: int
    by_tender: dict[str, int]


def tell_nobody(_done: int, _count: int) -> None:
    """Let nobody know how far it is."""


async def read_ending(client: OrderClient, order_id: str, tell: Tell = tell_nobody) -> Ending:
    """Read what cancelling an order would mean; nothing is changed.

    Args:
        client: Of whoever is signed in.
        order_id: Which order.
        tell: Told how many tickets were looked at, of how many.

    Raises:
        Refused: if it is none of the event's.
    """
    opened = await client.open_order(order_id)
    order = opened.order
    assert order is not None, "it was opened by its id"
    good = [one for one in opened.tickets if not one.is_over]
    tickets = []
    for place, one in enumerate(good):
        tell(place, len(good))
        refund = await client.read_refund(one.id)
        ended = EndedTicket(
            id=one.id,
            code=one.code,
            kind=one.kind,
            price_minor=refund.price_minor,
            back_minor=refund.back_minor,
            is_used=refund.is_used,
        )
        tickets.append(ended)
    account = await _read_account(client, order_id)
    return Ending(
        order_id=order_id,
        number=order.number,
        is_paid=order.state == "paid",
        currency=order.currency,
        tickets=tuple(tickets),
        by_tender=_by_tender(account),
    )


async def end_order(
    client: OrderClient,
    agreed: Ending,
    reason: str,
    *,
    even_if_used: bool,
    in_full: bool,
    tell: Tell = tell_nobody,
) -> EndedOrder | Ending:
    """Cancel an order with all its tickets, and have noted what is owed back.

    Args:
        client: Of whoever is signed in.
        agreed: What was shown to them.
        reason: Why, for the record.
        even_if_used: Also where somebody has come in; managers only.
        in_full: All that was paid, whatever the terms say; managers only.
        tell: Told how many tickets were looked at, of how many.

    Returns:
        What came of it; or what it would mean by now, where that is not what was agreed: then
        nothing was done.

    Raises:
        Refused: if it was used, and this is not said or not allowed; then nothing was done.
    """
    now = await read_ending(client, agreed.order_id, tell)
    if now != agreed:
        return now
    await client.cancel(now.order_id, reason, even_if_used=even_if_used, in_full=in_full)
    account = await _read_account(client, now.order_id)
    return EndedOrder(
        number=now.number,
        tickets=len(now.tickets),
        currency=now.currency,
        owed_minor=max(0, account["owed_minor"] - account["paid_out_minor"]),
        by_tender=_by_tender(account),
    )


async def _read_account(client: OrderClient, order_id: str) -> dict[str, Any]:
    found = await client.api.get(f"{client.site.path}/orders/{order_id}/payments")
    return dict(found)


def _by_tender(account: dict[str, Any]) -> dict[str, int]:
    left: Counter[str] = Counter()
    for one in account["payments"]:
        if one["state"] in _TAKEN:
            gone = sum(one[f"{what}_minor"] for what in ("refunded", "disputed", "charged_back"))
            left[str(one["tender"])] += max(0, one["amount_minor"] - gone)
    return {tender: minor for tender, minor in sorted(left.items()) if minor}

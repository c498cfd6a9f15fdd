"""What guests asked to have back, and the terms by which it was, with true times."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.id_types import TicketId
from shared.kernel.instant import Instant

PRICES: Final = (3_335, 1_999, 7_777)
"""Of the three types, in minor units: none is a round number."""
TAX: Final = 770
"""The rate of all three, in ten-thousandths; a part of a price has that part of its tax."""
WHOLE: Final = 10_000


class Rule(msgspec.Struct, frozen=True):
    """What goes back of a price, and until when: so many ten-thousandths, less a fee."""

    until: Instant | None
    points: int
    fee: int


class SaidTerms(msgspec.Struct, frozen=True):
    """The event's terms as the organizer has set them.

    Attributes:
        rules: In order of their ends.
        version: Of the plan.
        began: True time of the question.
        ended: Of the answer.
    """

    rules: tuple[Rule, ...]
    version: int
    began: Instant
    ended: Instant


class AskedBack(msgspec.Struct, kw_only=True):
    """Somebody who brings a ticket back.

    Attributes:
        how: At the till `refund`, `full` (a supervisor says so), `void` or `exchange`; `office`.
        ticket: Which.
        to: The type that is taken instead, by its place; 0 for none.
        began: True time.
        ended: Of the answer, or when nobody waited any more.
        heard: The version of the plan that the till had before.
        hears: And afterwards.
        shown: What the guest was told before would go back; 0 for nothing.
        reason: What the till said; "" where it did not answer.
    """

    how: str
    ticket: TicketId
    to: int = 0
    began: Instant
    ended: Instant
    heard: int = 0
    hears: int = 0
    shown: int = 0
    reason: str = ""


class Rest(msgspec.Struct, frozen=True):
    """What a manager has said to be owed with all of a ticket's price, and what of it was sent.

    Attributes:
        ticket: Which was refunded for less before.
        order_id: Its order.
        first: What was noted of it by then.
        sent: What the office has sent then.
    """

    ticket: TicketId
    order_id: str
    first: int
    sent: int


def money_back(rules: tuple[Rule, ...], price: int, at: int) -> int:
    """Return what goes back of a price at an instant: half a unit counts as one."""
    if not rules:
        return price
    for rule in rules:
        if rule.until is None or at < rule.until:
            share = price * rule.points
            whole, rest = divmod(share, WHOLE)
            return max(0, whole + (2 * rest >= WHOLE) - rule.fee)
    return 0

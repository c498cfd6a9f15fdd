"""What stands in the bank's own books, and what buyers have done; none of it is the office's."""

from __future__ import annotations

from typing import Any

import msgspec

from shared.kernel.instant import MINUTE, Instant


class Came(msgspec.Struct, kw_only=True):
    """A payment, as the bank has it; minor units.

    Attributes:
        payment_id: The office's name of it.
        tender: By what.
        amount: What it is for.
        came: When the money came, by true time; None while it has not.
        told: When the office had answered whoever told it of that.
        left_to_tell: What of it the office was not told yet.
    """

    payment_id: str
    tender: str
    amount: int
    came: Instant | None = None
    told: Instant | None = None
    left_to_tell: list[str] = []


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """What the office says of an order's money, beside what the bank knows; minor units.

    Attributes:
        state: The order's.
        account: How its money stands.
        told: What the office had been told to have come.
        went: What the bank had sent back.
        is_surely_paid: The office had heard in good time that all of it was paid.
    """

    state: str
    account: dict[str, Any]
    told: int
    went: int
    is_surely_paid: bool


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Money that the bank sent back; minor units.

    Attributes:
        payout_id: The office's name of it.
        tender: By what.
        amount: How much.
        theirs: What of the order's money was the buyer's at most, by what had been done to it.
        before: What had been sent of it before.
    """

    payout_id: str
    tender: str
    amount: int
    theirs: int
    before: int


class Bought(msgspec.Struct, kw_only=True):
    """What one customer ordered.

    Attributes:
        order_id: The office's name of it.
        price: What all of it costs, in minor units.
        tickets: Ids of its tickets.
        ends: From when on the office lets it go if it is not paid.
        payments: By which it was paid, or was to be.
        taken: Tickets that somebody began to take back, with when.
        gone: Those of which the office has said that they are.
        sent: What went back.
        failed: Payouts that came to nothing at the bank.
        unsure: Payouts of which the office was told that nobody knows, with what came of them.
        books: How the office says that its money stands: before it was called off, and at last.
    """

    order_id: str
    price: int
    tickets: list[str]
    ends: Instant
    payments: list[Came] = []
    taken: dict[str, Instant] = {}
    gone: set[str] = set()
    sent: list[Sent] = []
    failed: set[str] = set()
    unsure: dict[str, str] = {}
    books: list[Books] = []

    @property
    def each(self) -> int:
        """What one ticket costs."""
        return self.price // len(self.tickets)

    @property
    def came(self) -> int:
        """What the bank has taken for it."""
        return sum(one.amount for one in self.payments if one.came is not None)

    @property
    def went(self) -> int:
        """What the bank has sent back."""
        return sum(one.amount for one in self.sent)

    @property
    def told(self) -> int:
        """What the office was told to have come."""
        return sum(one.amount for one in self.payments if one.told is not None)

    @property
    def is_surely_paid(self) -> bool:
        """Whether the office has heard in good time by now that all of it was paid."""
        ends = self.ends - MINUTE
        heard = (one for one in self.payments if one.told is not None and one.told < ends)
        return sum(one.amount for one in heard) >= self.price

    def came_by(self, at: Instant) -> int:
        """Return what had come by then."""
        return sum(one.amount for one in self.payments if one.came is not None and one.came <= at)

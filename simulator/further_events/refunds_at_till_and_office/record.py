"""What guests brought back, what the office was asked about it, and what both handed out."""

from __future__ import annotations

import msgspec

from shared.kernel.instant import Instant
from simulator.judging.seen_visits import Card


class Bought(msgspec.Struct, frozen=True, kw_only=True):
    """An order of the office's, paid by one tender.

    Attributes:
        order_id: Its id.
        tender: `cash` or `card`.
        cards: Its tickets.
    """

    order_id: str
    tender: str
    cards: tuple[Card, ...]


class OfficeAct(msgspec.Struct, kw_only=True):
    """Something that the office was asked to do.

    Attributes:
        what: `refund`, `cancel`, `block`, `let_go` or `pay_out`.
        order_id: Of which order.
        cards: Of which tickets; all of the order's for `cancel`, none for `pay_out`.
        is_forced: A manager goes on whatever a till may be doing.
        began: True time.
        ended: True time of the answer; None while there is none.
        status: The answer's.
        amount_minor: What was handed out.
    """

    what: str
    order_id: str
    cards: tuple[Card, ...] = ()
    is_forced: bool = False
    began: Instant
    ended: Instant | None = None
    status: int = 0
    amount_minor: int = 0

    @property
    def is_done(self) -> bool:
        """Whether the office said that it is done."""
        return self.ended is not None and self.status // 100 == 2

    @property
    def may_be_done(self) -> bool:
        """Whether it may have been done: nobody has heard that it was not."""
        return self.ended is None or self.is_done

    @property
    def is_ending(self) -> bool:
        """Whether it ends tickets for good."""
        return self.what in {"refund", "cancel"}

    def __str__(self) -> str:
        """Name it for a finding."""
        by = "a manager's" if self.is_forced else "the office's"
        return f"{by} {self.what} of {self.order_id} ({self.status})"


class TillPaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a till's journal says that it has paid back; minor units.

    Attributes:
        ticket_id: For which ticket.
        amount_minor: How much.
        tender: By what.
        mode: `online` where the ledger had granted it.
    """

    ticket_id: int
    amount_minor: int
    tender: str
    mode: str

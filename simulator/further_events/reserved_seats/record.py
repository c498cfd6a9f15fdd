"""Who has had which seat, and from when until when as far as anybody outside can tell."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.instant import Instant

OFFICE: Final = "office"
RUN: Final = "run"
"""What sends all back where a date is off."""


class Guest(msgspec.Struct, kw_only=True):
    """Somebody with a ticket for a seat.

    Attributes:
        ticket_id: 16 hex digits.
        seat: Which.
        code: As scanned; "" where nobody has seen it.
        seller: The till's node, or `OFFICE`.
        order_id: The office's order; "" of a till.
        asked_at: True time at which the office was asked for it.
        is_pending: The office's order was not paid at once, and perhaps never.
        shown: True time from which they certainly have it; None where nobody was shown it.
        ends: True time until which they certainly have it; None while nobody has asked for more.
        is_gone: It was certainly taken back.
        asked: Who was asked to take it back: tills by their nodes, the office, and the run.
    """

    ticket_id: str
    seat: str
    seller: str
    code: str = ""
    order_id: str = ""
    asked_at: Instant = Instant(0)
    is_pending: bool = False
    shown: Instant | None = None
    ends: Instant | None = None
    is_gone: bool = False
    asked: set[str] = msgspec.field(default_factory=set)

    def leaves(self, at: Instant, by: str) -> None:
        """Note that from a true time on somebody may have taken it back."""
        self.asked.add(by)
        self.ends = at if self.ends is None else min(at, self.ends)

    def __str__(self) -> str:
        """Name them for a finding."""
        return f"{self.seller}'s guest {self.ticket_id} of {self.seat}"


class Closed(msgspec.Struct, kw_only=True):
    """A seat that was taken out of sale.

    Attributes:
        seat: Which.
        since: True time by which the server had said so.
        until: From when on it may be back; None while nobody has asked for that.
    """

    seat: str
    since: Instant
    until: Instant | None = None


class Hall(msgspec.Struct):
    """Everybody who was ever seated.

    Attributes:
        guests: By their tickets, in order of the first word of them.
        closed: Seats that were taken out of sale, in order.
    """

    guests: dict[str, Guest]
    closed: list[Closed] = msgspec.field(default_factory=list)

    def seat(self, guest: Guest) -> Guest:
        """Note a guest; one who is known already stays as they are."""
        return self.guests.setdefault(guest.ticket_id, guest)

    def of_order(self, order_id: str) -> list[Guest]:
        """Return the guests of one of the office's orders."""
        return [one for one in self.guests.values() if order_id and one.order_id == order_id]

"""What was seen at the evening that goes on by paper, with true times."""

from __future__ import annotations

import msgspec

from shared.kernel.instant import Instant
from simulator.judging.seen_visits import Card, Visit


class Tick(msgspec.Struct, kw_only=True):
    """Somebody who was let in by a list, and a box that was ticked.

    Attributes:
        number: In order of happening.
        card: Of whom.
        at: True time.
        first, last: Between which instants it was, as the list says; the same for an exact time.
        node: At which device it was keyed in; "" while it was not.
        seq: Its entry's number there; 0 while it was not keyed in.
        keyed: True time by which it was.
        undone: The number of the entry that took it back; 0 while none did.
        taken_back: True time by which one had.
    """

    number: int
    card: Card
    at: Instant
    first: Instant
    last: Instant
    node: str = ""
    seq: int = 0
    keyed: Instant | None = None
    undone: int = 0
    taken_back: Instant | None = None

    def __str__(self) -> str:
        """Name it for a finding."""
        return f"line {self.number} of {self.card.ticket_id:016x}, keyed in at {self.node}"


class PaperRecord:
    """Everything that was seen there.

    Attributes:
        visits: Presentations at gates, in order of beginning.
        ticks: Who was let in by paper, in order.
        refunded: Tickets that the office has taken back, not knowing that anybody was in by them.
        asked: Tickets that it was asked to, and of the others nobody else has done it.
        wrong: What should never be answered, as sentences.
    """

    def __init__(self) -> None:
        self.visits: list[Visit[Card]] = []
        self.ticks: list[Tick] = []
        self.refunded: set[int] = set()
        self.asked: set[int] = set()
        self.wrong: list[str] = []

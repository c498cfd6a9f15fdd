"""What was seen at the event that is printed twice and copied, with true times."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant
from simulator.judging.seen_visits import Card, Visit


class Edition(StrEnum):
    """Under which of its event's keys a ticket was printed.

    `first`: the one that ends. `second`: the one that signs after it. `copy`: the copy's.
    """

    FIRST = "first"
    SECOND = "second"
    COPY = "copy"


class Print(Card, frozen=True, kw_only=True):
    """A ticket on paper; one ticket may be on two of them.

    Attributes:
        edition: Which.
        event_id: For which event it was sold.
    """

    edition: Edition
    event_id: EventId


class Bound(msgspec.Struct, frozen=True):
    """The organizer's word on when the first key ends.

    Attributes:
        until: The last moment of its tickets; None for no end.
        sequence: The feed's newest number when it was committed.
        began: True time of the question.
        ended: Of the answer.
    """

    until: Instant | None
    sequence: int
    began: Instant
    ended: Instant


class EditionRecord:
    """Everything that was seen there.

    Attributes:
        seen: In order of beginning.
        bounds: What was said of the first key, in order of commit.
        wrong: What should never be answered, as sentences.
    """

    def __init__(self) -> None:
        self.seen: list[Visit[Print]] = []
        self.bounds: list[Bound] = []
        self.wrong: list[str] = []

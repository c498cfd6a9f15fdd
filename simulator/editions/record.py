"""What was seen at the event that is printed twice and copied, with true times."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gatekeeper.gate.answer import ScanAnswer
from shared.kernel.id_types import EventId, TicketId
from shared.kernel.instant import Instant


class Edition(StrEnum):
    """Under which of its event's keys a ticket was printed.

    `first`: the one that ends. `second`: the one that signs after it. `copy`: the copy's.
    """

    FIRST = "first"
    SECOND = "second"
    COPY = "copy"


class Print(msgspec.Struct, frozen=True):
    """A ticket on paper; one ticket may be on two of them.

    Attributes:
        text: As scanned.
        edition: Which.
        event_id: For which event it was sold.
        ticket_id: Which ticket.
    """

    text: str
    edition: Edition
    event_id: EventId
    ticket_id: TicketId


class Seen(msgspec.Struct, kw_only=True):
    """One presentation of a paper at a gate.

    Attributes:
        number: In order of beginning.
        node: The gate's node.
        shown: What was presented.
        direction: `in` or `out`.
        began: True time.
        is_in_reach: The gate could ask the server all the while, and for long before.
        ended: True time of the answer; None while there is none.
        answer: What the lane showed.
    """

    number: int
    node: str
    shown: Print
    direction: str
    began: Instant
    is_in_reach: bool
    ended: Instant | None = None
    answer: ScanAnswer | None = None

    @property
    def is_green(self) -> bool:
        """Whether the holder saw green."""
        return self.answer is not None and self.answer.verdict == "admit"


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
        self.seen: list[Seen] = []
        self.bounds: list[Bound] = []
        self.wrong: list[str] = []

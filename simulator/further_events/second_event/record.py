"""What was seen at the fair, with true times."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gatekeeper.gate.answer import ScanAnswer
from shared.kernel.id_types import EventId, TicketId, ZoneId
from shared.kernel.instant import Instant


class PaperKind(StrEnum):
    """What a text that somebody presents really is.

    `good`: a paid ticket of today. `tomorrow`: of the other date. `unpaid`: of an order that
    nobody has paid. `blocked`: of a ticket that the organizer blocks. `alien`: of the organizer's
    other event. `stolen`: minted with a stolen till's key. `leaked`: minted with the event's key.
    """

    GOOD = "good"
    TOMORROW = "tomorrow"
    UNPAID = "unpaid"
    BLOCKED = "blocked"
    ALIEN = "alien"
    STOLEN = "stolen"
    LEAKED = "leaked"


class Paper(msgspec.Struct, frozen=True):
    """A text for one person.

    Attributes:
        text: As scanned or typed.
        kind: What it is.
        ticket_id: The ticket that it names.
        zone_id: Where it lets in.
        is_manual: Whether it is a code to be typed.
    """

    text: str
    kind: PaperKind
    ticket_id: TicketId
    zone_id: ZoneId
    is_manual: bool = False


class Shown(msgspec.Struct):
    """One presentation of a paper at a gate.

    Attributes:
        number: In order of beginning.
        node: The gate's node.
        start: Which start of its program.
        event_id: The event that it serves.
        zone_id: The zone that it leads into.
        paper: What was shown.
        direction: `in` or `out`.
        began: True time.
        is_in_reach: The gate could ask the server all the while, and for long before.
        peers: The gates that were in touch with this one when it began, and which start of theirs.
        ended: True time of the answer; None while there is none.
        answer: What the lane showed.
        refusal: The error that it showed instead, or "".
    """

    number: int
    node: str
    start: int
    event_id: EventId
    zone_id: ZoneId
    paper: Paper
    direction: str
    began: Instant
    is_in_reach: bool
    peers: frozenset[tuple[str, int]]
    ended: Instant | None = None
    answer: ScanAnswer | None = None
    refusal: str = ""

    @property
    def is_green(self) -> bool:
        """Whether the holder saw green."""
        return self.answer is not None and self.answer.verdict == "admit"


class Act(msgspec.Struct, frozen=True):
    """What the organizer did, committed at the server.

    Attributes:
        kind: `block`, `unblock`, `revoke`, `compromise` or `close`.
        ticket_id: Of which ticket, or 0.
        sequence: The feed's newest number then.
        at: True time by which it was committed.
    """

    kind: str
    ticket_id: TicketId
    sequence: int
    at: Instant


class Emptying(msgspec.Struct):
    """An evacuation as it really was.

    Attributes:
        node: The gate at which it was said.
        zone_id: Of which zone.
        stopped: True time at which entry stopped.
        inside: Tickets whose holders were inside then.
        returned: True time from which on they might come back; None if it never came to that.
    """

    node: str
    zone_id: ZoneId
    stopped: Instant
    inside: frozenset[int]
    returned: Instant | None = None


class Paused(msgspec.Struct):
    """A pause of entry as the organizer ordered it.

    Attributes:
        zone_id: Of which zone.
        since: True time by which it was committed, and told.
        sequence: The feed's newest number then.
        until: True time before which nobody resumed it; None if it never came to that.
    """

    zone_id: ZoneId
    since: Instant
    sequence: int
    until: Instant | None = None


class FairRecord:
    """Everything that was seen there.

    Attributes:
        shown: In order of beginning.
        acts: The organizer's, in order of commit.
        emptyings: Evacuations that a supervisor ordered.
        pauses: Pauses of entry that the organizer ordered.
        stops: From when to when a device without a badge stopped entry, in true time.
        sold: Tickets that the till handed over, with the time.
        asked: Routes of the organizer's that were refused, as sentences; none is expected.
    """

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self.acts: list[Act] = []
        self.emptyings: list[Emptying] = []
        self.pauses: list[Paused] = []
        self.stops: list[tuple[Instant, Instant]] = []
        self.sold: dict[int, Instant] = {}
        self.asked: list[str] = []

    def act(self, kind: str) -> Act | None:
        """Return the first act of a kind."""
        return next((one for one in self.acts if one.kind == kind), None)

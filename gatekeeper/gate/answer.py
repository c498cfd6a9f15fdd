"""What a lane answers, and what it says of its own condition; plain values for any face of it."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.gate.doors_notice import DoorsNotice
from shared.kernel.id_types import ClaimId, DeviceId, GateId
from shared.kernel.instant import Duration, Instant
from shared.manifest.door_questions import DoorQuestion
from shared.seating.seat_map import SeatName

PRACTICE: Final = "practice"
"""What a device is there for whose world is made to practise in, and has no server."""


class UsedBefore(msgspec.Struct, frozen=True):
    """The latest earlier use of a ticket: where and when."""

    gate_id: GateId
    gate: str
    at: Instant


class ScanAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One scan's answer. When it is handed out, its journal entry is on disk.

    Attributes:
        verdict: `admit`, `deny` or `refer`.
        reason: A reason code.
        ticket_id: 16 hex digits, or None where the code names no ticket.
        remaining: How many may still enter on this ticket; None where unlimited or unknown.
        mode: `online`, `lan` or `offline`.
        seq: The journal entry's number in this profile.
        at: When, by the device's corrected time.
        ms: Milliseconds from the scan's arrival to this answer.
        claim_id: The use's id, for undo.
        ticket_type: Its name, or None.
        gate: Another gate's name that the holder should use, or None.
        used: The latest earlier use, where the reason is `already_used`.
        count: Persons asked for.
        direction: `in` or `out`.
        is_repeat: The same claim was answered before; nothing new was recorded.
        is_offered: An exit through an arm that tells who passed; on record once somebody has.
        is_taken_back: Of an answer that is told again: the admission does not count any more.
        may_acknowledge: The zone admits unpaid tickets once staff were told of the debt.
        stop: Why nobody is let in now whatever the ticket: `evacuation`, `paused`, or "".
        paused_at: Since when, where entry is paused; else None.
        variant: The ticket's category, reduction or the like, or "".
        zone: Where the gate leads, by name, at an event with several zones; else "".
        holder: Who holds the ticket, for a steward on duty; else "". It is never kept.
        order: The number of its order, likewise.
        printed: The last characters of the code that is printed on the ticket, or "".
        seat: Its reserved seat, or None.
        questions: What is still to be asked of the holder, in order, if the reason is `question`.
        other_date: When the date begins for which the ticket is, where the zone serves another
            date of the same event; else None.
        other_date_name: What that date is called, where the zone's own begins at the same time;
            else "".
        valid_from: When the ticket begins to be valid, where it is shown before that; else None.
        valid_until: When it ended, where it is shown after that; else None.
        called_back: There is no room by what is free, and other gates were asked just now for the
            places that they hold: whoever scans again in a moment may find them.
        own_places_used: There may be room, of which nobody here knows: this gate is cut off, and
            has too few places of its own left.
        event_end: Whether nobody comes in whatever the ticket, since the event is `over` or was
            `called_off`, or the gate's date was: `date_off`; else "".
    """

    verdict: str
    reason: str
    ticket_id: str | None
    remaining: int | None
    mode: str
    seq: int
    at: Instant
    ms: float
    claim_id: ClaimId
    ticket_type: str | None = None
    gate: str | None = None
    used: UsedBefore | None = None
    count: int = 1
    direction: str = "in"
    is_repeat: bool = False
    is_offered: bool = False
    is_taken_back: bool = False
    may_acknowledge: bool = False
    stop: str = ""
    paused_at: Instant | None = None
    variant: str = ""
    zone: str = ""
    holder: str = ""
    order: str = ""
    printed: str = ""
    seat: SeatName | None = None
    questions: tuple[DoorQuestion, ...] = ()
    other_date: Instant | None = None
    other_date_name: str = ""
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    called_back: bool = False
    own_places_used: bool = False
    event_end: str = ""


class GroupOutlook(msgspec.Struct, frozen=True):
    """A code that stands for several persons, before anything is decided.

    Attributes:
        most: How many may pass now at most; more than one.
        direction: `in` or `out`.
        ticket_id: 16 hex digits.
        ticket_type: Its name, or None.
        holder: Who holds it, for a steward on duty; else "".
        order: The number of its order, likewise.
        printed: The last characters of the code that is printed on the ticket, or "".
        at: When the code was shown.
    """

    most: int
    direction: str
    ticket_id: str
    ticket_type: str | None = None
    holder: str = ""
    order: str = ""
    printed: str = ""
    at: Instant | None = None


class AddressHeard(msgspec.Struct, frozen=True):
    """A server's signed word of where it is was scanned.

    Attributes:
        is_new: It is the server's, and newer than what was known; the gate looks for it there.
    """

    is_new: bool


class StrangeBadge(msgspec.Struct, frozen=True):
    """A staff's badge was scanned that opens nothing at this gate; it is no ticket.

    Attributes:
        is_cashiers: It is for tills, and no gate knows any.
    """

    is_cashiers: bool


class SameTicket(msgspec.Struct, frozen=True):
    """A holder who was let in a moment ago was met once more by another medium of their ticket."""


class DutyChange(msgspec.Struct, frozen=True):
    """A steward's shift that begins or ends, by the badge that was scanned.

    Attributes:
        person: Opaque id.
        name: Theirs.
        is_on: It begins.
        shows_names: The badge opens the holders' names of this event.
    """

    person: str
    name: str
    is_on: bool
    shows_names: bool = False


class LaneStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The condition of a lane, for the status bar and the device page.

    Attributes:
        device_id: Its id.
        event: The event's name, or "" before the first manifest.
        gate_id: Its gate, or None while not chosen.
        gate: The gate's name, or "".
        direction: `in`, `out` or `both`.
        mode: The rung that holds now: `online`, `lan` or `offline`.
        knowledge_at: Server time up to which its knowledge reaches, or None.
        knowledge_age: How old that is now, or None.
        pending: Journal entries not yet acknowledged by the server.
        tickets: Tickets in the manifest.
        admitted: Persons admitted at this gate by this device.
        denied: Scans turned away at this gate by this device: denied, or referred to a person who
            let nobody in.
        conflicts: Open conflicts that this device knows of.
        clock_offset: What to add to the clock to get server time, or None while unknown.
        problem: An English sentence about what is wrong, or "".
        offline_policy: The event's.
        profile: `live`, `rehearsal`, `test` or `practice`.
        timezone: IANA name of the venue's zone, or "" before the first manifest.
        evacuation: `stop` or `return` while this gate's zone is evacuated, or "".
        evacuation_id: Which evacuation that is, or "".
        evacuation_gate: Name of the gate where that was begun, or "".
        evacuation_at: When, or None.
        paused_at: Since when the organizer has paused entry at this gate, or None.
        trouble: A `TroubleKind` that says the same as `problem`, or "".
        is_clock_checked: Whether it was found out since the machine was started that its clock is
            right, or wrong.
        speaks_in_clear: Whether others on the way to the server can read what passes.
        pending_scans: How many of the pending entries are scans.
        has_tried: Whether the server was asked since the start: before that, nobody knows whether
            this gate is alone.
        steward: Who is on duty, by name, or "".
        searcher: Their opaque id, where they may look guests up; else "".
        has_foreign_codes: Whether tickets were imported with codes of another box office.
        doors: That the doors of the gate's date are closed now; None while they are open, and
            in profiles that are there to try things.
        is_disk_low: Whether the disk has little room left for what is still to come.
    """

    device_id: DeviceId
    event: str
    gate_id: GateId | None
    gate: str
    direction: str
    mode: str
    knowledge_at: Instant | None
    knowledge_age: Duration | None
    pending: int
    tickets: int
    admitted: int
    denied: int
    conflicts: int
    clock_offset: Duration | None
    problem: str
    offline_policy: str
    profile: str = "live"
    timezone: str = ""
    evacuation: str = ""
    evacuation_id: str = ""
    evacuation_gate: str = ""
    evacuation_at: Instant | None = None
    paused_at: Instant | None = None
    trouble: str = ""
    is_clock_checked: bool = True
    speaks_in_clear: bool = False
    pending_scans: int = 0
    has_tried: bool = True
    steward: str = ""
    searcher: str = ""
    has_foreign_codes: bool = False
    doors: DoorsNotice | None = None
    is_disk_low: bool = False


class SyncProgress(msgspec.Struct, frozen=True):
    """Progress of a sync, for a bar: a sentence and how much of how much is done."""

    step: str
    done: int
    total: int

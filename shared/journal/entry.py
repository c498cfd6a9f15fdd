"""Journal entries: the envelope that is chained and signed, and what each kind says inside.

Each number of a body has its bounds and each text its length; words that decide have their list. A
body out of them is no body of its kind: the entry is kept, named, and has no effect anywhere.

No personal data stands in an entry: opaque ids and hashes only, so that erasing a person leaves
every chain verifiable. Fields are only ever appended, with defaults; a reader keeps the kinds
and fields that it does not know.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from shared.journal.bounds import (
    Bytes,
    Charge,
    Count,
    DirectionWord,
    GivenTicketId,
    IdOf,
    ModeWord,
    Moment,
    Name,
    Natural,
    Number,
    Small,
    Text,
    Time,
    VerdictWord,
    Wall,
)
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from shared.journal.stock_return_body import StockReturnBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import (
    ClaimId,
    ConflictId,
    DeviceId,
    EvacuationId,
    EventId,
    GateId,
    OccurrenceId,
    ZoneId,
)
from shared.kernel.instant import INSTANT_MAX, SECOND, Duration, Instant
from shared.manifest.door_questions import AnswersSaid

ENTRY_VERSION: Final = 1
CONTEXT: Final = b"gatekeeper/journal/1"
BOOT_SIZE: Final = 8
CLAIM_ID_SIZE: Final = 16
HASH_SIZE: Final = 32
NO_HASH: Final = bytes(HASH_SIZE)
CODE_HASH_SIZE: Final = 16
CLOCK_JUMP: Final = "clock_jump"
"""The topic of the note that a device writes when its wall clock has jumped."""
FALSE_PEER: Final = "false_peer"
"""The topic of a note about a device that behaves on the venue's network as no gate does.

Its text: that device's id, and how it behaves.
"""
CLOCK_STEP_MAX: Final[Duration] = 2 * SECOND
"""Smaller steps of a wall clock are what time services do all day."""
ENTRY_SIZE_MAX: Final = 16_384
"""Bytes of one encoded entry; longer ones are refused by writer and reader.

A sale of 100 tickets fits, each with a seat of its own.
"""


class EntryKind(StrEnum):
    """What an entry records. Kinds unknown to a reader are kept, never refused."""

    BOOT = "boot"
    SCAN = "scan"
    RELEASE = "release"
    UNDO = "undo"
    SALE = "sale"
    NOTE = "note"
    DISPOSITION = "disposition"
    GIVE = "give"
    SURRENDER = "surrender"
    RETURN = "return"
    EVACUATION = "evacuation"
    SHIFT = "shift"
    WITHDRAWAL = "withdrawal"
    STOCK_RETURN = "stock_return"


class Entry(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One entry: who, where in the chain, when, knowing what, and its body.

    Attributes:
        v: `ENTRY_VERSION` of the writer.
        device_id: Whose journal.
        boot: 8 random bytes, fresh at each start of the program.
        dseq: Number within the boot, from 1, without gaps.
        seq: Number within the device's profile; never reused, across boots.
        previous: SHA-256 of the entry before it in the boot; for dseq 1, of the last entry of
            the boot before (32 zero bytes if there was none).
        kind: An `EntryKind`, or a later one.
        event_id: The event that it belongs to, or "" for the device itself.
        wall: What the device's clock said.
        monotonic: Microseconds since the boot's own start.
        offset: What to add to `wall` to get server time, or None while unknown.
        offset_error: How far `offset` may be off either way; None while unknown.
        epoch: Ledger epoch of the newest feed page that the device had verified; 0 if none.
        cursor: Its cursor.
        body: MessagePack of the kind's own struct.
    """

    v: Number
    device_id: DeviceId
    boot: bytes
    dseq: Number
    seq: Number
    previous: bytes
    kind: str
    event_id: EventId
    wall: Wall
    monotonic: Time
    offset: Time | None
    offset_error: Time | None
    epoch: Number
    cursor: Number
    body: bytes

    @property
    def corrected(self) -> Instant:
        """When the entry was made, in server time as its device knew it and clocks can show it."""
        at = self.wall if self.offset is None else self.wall + self.offset
        return max(Instant(0), min(at, INSTANT_MAX))


class BootBody(msgspec.Struct, frozen=True, array_like=True):
    """The entry by which a device's program begins each boot, and names the boot before.

    Attributes:
        program: Name and version of the program.
        previous_boot: The boot before, or b"" for a new profile.
        previous_dseq: Its last entry's number.
        damage: Why the boot before was sealed as damaged, or "" where it was whole.
    """

    program: Text
    previous_boot: Bytes
    previous_dseq: Natural
    damage: Text = ""


class EvacuationKnown(msgspec.Struct, frozen=True, array_like=True):
    """What a gate knew of its zone's evacuations when somebody passed.

    Attributes:
        evacuation_id: The one by which nobody was let in; else the last of which all were outside.
        phase: `stop` or `return`.
    """

    evacuation_id: IdOf[EvacuationId]
    phase: Name


class ScanBody(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One scan and what was decided.

    Attributes:
        claim_id: 32 hex digits (or a thin scanner's own), the same through every retry.
        gate_id: Where.
        zone_id: The scope of the use; "" where the gate was unknown.
        occurrence_id: The occurrence of the use, or "".
        direction: `in` or `out`.
        count: How many persons.
        ticket_id: Which ticket, or None where the code named none.
        generation: The credential's, where it had one.
        key_id: The credential's, where it had one.
        code_hash: `hash_code` of the scanned text.
        verdict: `admit`, `deny` or `refer`.
        reason: A reason code.
        mode: `online`, `lan` or `offline`.
        policy: The offline policy that applied, or "".
        remaining: How many may still enter on this ticket, or None where unlimited or unknown.
        person: Opaque id of the supervisor who overrode, or who found the holder by name, or "".
        time_given: Whether `wall` is a caller's time (test and rehearsal profiles only).
        why: Code of the reason that a supervisor gave, or why nobody was let in, or "".
        allotted: Persons charged to the device's own share of the zone's capacity; negative
            for an exit that is credited to it; 0 where the ledger counts the passage.
        seen: Proves that the device has read the ticket's code (`shared.manifest.seen_codes`);
            empty where nobody was let in, and where no code was shown.
        signature: By the badge of `person` over what they did
            (`shared.manifest.badge_signatures`), or empty.
        happened_from, happened_until: Of a passage by a list on paper, keyed in later: between
            which instants of server time it was, as `person` says. None for one that happened
            when its entry was made.
        answers: What the holder answered on the first way in; empty where nothing was asked, and
            where nobody was let in.
        evacuation: What the gate knew of the zone's evacuations: its clock may place a passage
            before a word that it had heard. None where it knew of none, or nobody passed.
    """

    claim_id: IdOf[ClaimId]
    gate_id: IdOf[GateId]
    zone_id: IdOf[ZoneId]
    occurrence_id: IdOf[OccurrenceId]
    direction: DirectionWord
    count: Count
    ticket_id: GivenTicketId | None
    generation: Small | None
    key_id: Small | None
    code_hash: Bytes
    verdict: VerdictWord
    reason: Name
    mode: ModeWord
    policy: Name = ""
    remaining: Natural | None = None
    person: Name = ""
    time_given: bool = False
    why: Text = ""
    allotted: Charge = 0
    seen: Bytes = b""
    signature: Bytes = b""
    happened_from: Moment | None = None
    happened_until: Moment | None = None
    answers: AnswersSaid = ()
    evacuation: EvacuationKnown | None = None

    @property
    def is_by_paper(self) -> bool:
        """Whether it was keyed in from a list on paper, and happened before its entry was made."""
        return self.happened_from is not None or self.happened_until is not None

    def paper_time(self, known_until: Instant) -> tuple[Instant, Duration | None]:
        """Return when a passage by paper was, with the bound; None where nobody can say.

        Args:
            known_until: It was not later than this: the reader knew of it by then.
        """
        first, last = self.happened_from, self.happened_until
        if first is None or last is None or first > last or first > known_until:
            return known_until, None
        last = min(last, known_until)
        middle = Instant(first + (last - first) // 2)
        return middle, Duration(last - middle)


class ReleaseBody(msgspec.Struct, frozen=True, array_like=True):
    """The holder of a claim id states that nobody was admitted under it.

    Attributes:
        claim_id: Dead from now on.
        ticket_id: Its ticket, or 0 where the code named none.
        why: A short code, such as `proof_not_shown`.
        person: Opaque id of the supervisor who refused, or "".
    """

    claim_id: IdOf[ClaimId]
    ticket_id: GivenTicketId
    why: Text
    person: Name = ""


class UndoBody(msgspec.Struct, frozen=True, array_like=True):
    """An admission is taken back: a compensating entry, never a deletion."""

    claim_id: IdOf[ClaimId]
    ticket_id: GivenTicketId
    person: Name
    why: Text


ARM_FAILED: Final = "arm_failed"
NOBODY_WENT: Final = "did_not_pass"
INTERRUPTED: Final = "interrupted"
TAKEN_BACK_BY_ITSELF: Final = (ARM_FAILED, NOBODY_WENT, INTERRUPTED)
"""Why a gate undoes an admission on nobody's word: its arm did not open, or nobody went through,
or the gate had ended before it did."""

REHEARSED: Final = "rehearsal"
"""The topic of a note about a rehearsal: `READY`, or the codes of what was wrong."""
READY: Final = "ready"
SALE_GIVEN_UP: Final = "sale_given_up"
"""The topic of the note that an open sale was given up: its id, and which payments went back."""


class NoteBody(msgspec.Struct, frozen=True, array_like=True):
    """Something that the device noticed about itself, or that was done at it.

    Attributes:
        topic: A short code, such as `clock_jump` or `unlocked`.
        text: More of it; no names.
        person: Opaque id of the supervisor who did it, or "".
    """

    topic: Name
    text: Text
    person: Name = ""


class DispositionBody(msgspec.Struct, frozen=True, array_like=True):
    """A supervisor at a gate says what became of a conflict; the organizer has the last word.

    Attributes:
        conflict_id: Which one.
        disposition: `removed`, `let_stay`, `our_error` or `fraud`.
        person: Opaque id of who says so.
        signature: By their badge, or empty: then it settles nothing but at that gate.
    """

    conflict_id: IdOf[ConflictId]
    disposition: Name
    person: Name
    signature: Bytes = b""


class EvacuationBody(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A supervisor empties a zone, lets its holders return, or ends either.

    Attributes:
        evacuation_id: 32 hex digits, the same through all phases.
        zone_id: What is emptied.
        phase: An `EvacuationPhase`.
        gate_id: Where it was begun.
        begun_at: When, in server time as well as it was known.
        emptied_at: From when on everybody counts as outside; None until the return begins.
        person: Opaque id of the supervisor who began this phase.
        signature: By their badge (`shared.manifest.badge_signatures`), or empty.
    """

    evacuation_id: IdOf[EvacuationId]
    zone_id: IdOf[ZoneId]
    phase: Name
    gate_id: IdOf[GateId]
    begun_at: Moment
    emptied_at: Moment | None = None
    person: Name = ""
    signature: Bytes = b""


class AskProof(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Why a gate may ask a ticket's home for one entry, and that it has.

    Attributes:
        seen: Proves that the ticket's code was read (`shared.manifest.seen_codes`), or empty.
        person: Opaque id of the supervisor who has found the holder by name, or "".
        signature: By their badge (`shared.manifest.badge_signatures`), or empty.
        asked: The asking device's over the answer that it wants (`shared.journal.home_asks`);
            where the ledger has asked, the code of its question.
    """

    seen: Bytes = b""
    person: Name = ""
    signature: Bytes = b""
    asked: Bytes = b""


class GiveBody(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """The home of a ticket answers another device's request for one entry (policy `home`).

    Given away means used: the home admits nobody on it any more, unless the ledger says that
    nobody was let in under the claim.

    Attributes:
        claim_id: The other device's, the same through every retry.
        ticket_id: Which ticket.
        zone_id: Where the holder wants to enter.
        occurrence_id: The occurrence of the use, or "".
        count: How many persons.
        device_id: Who asked.
        gate_id: The gate where the holder stands.
        reason: `ok` or `reentry` where it is given away, else the reason for keeping it;
            `evacuation` or `paused` where nobody is let in.
        proof: What the other device has shown over the venue's network, or the ledger's code.
        remaining: Persons who may still enter, where it is kept because others have; else None.
    """

    claim_id: IdOf[ClaimId]
    ticket_id: GivenTicketId
    zone_id: IdOf[ZoneId]
    occurrence_id: IdOf[OccurrenceId]
    count: Count
    device_id: IdOf[DeviceId]
    gate_id: IdOf[GateId]
    reason: Name
    proof: AskProof | None = None
    remaining: Natural | None = None


class SurrenderBody(msgspec.Struct, frozen=True, array_like=True):
    """A home gives its tickets up, for good: it admits nobody on them from this entry on.

    Attributes:
        move_id: The organizer's order.
        number: Assignments with this number or a lower one are given up.
        ticket_ids: Which tickets; none for all of the event.
    """

    move_id: Name
    number: Natural
    ticket_ids: tuple[GivenTicketId, ...] = ()


class ReturnBody(msgspec.Struct, frozen=True, array_like=True):
    """A device gives back what it does not need of its share of a zone's capacity.

    Attributes:
        zone_id: Which zone.
        total: Persons ever given back; never falls.
    """

    zone_id: IdOf[ZoneId]
    total: Natural


Body = (
    BootBody
    | ScanBody
    | ReleaseBody
    | UndoBody
    | SaleBody
    | NoteBody
    | DispositionBody
    | EvacuationBody
    | GiveBody
    | SurrenderBody
    | ReturnBody
    | ShiftBody
    | WithdrawalBody
    | StockReturnBody
)

BODY_TYPES: Final[dict[str, type[Body]]] = {
    EntryKind.BOOT: BootBody,
    EntryKind.SCAN: ScanBody,
    EntryKind.RELEASE: ReleaseBody,
    EntryKind.UNDO: UndoBody,
    EntryKind.SALE: SaleBody,
    EntryKind.NOTE: NoteBody,
    EntryKind.DISPOSITION: DispositionBody,
    EntryKind.GIVE: GiveBody,
    EntryKind.SURRENDER: SurrenderBody,
    EntryKind.RETURN: ReturnBody,
    EntryKind.EVACUATION: EvacuationBody,
    EntryKind.SHIFT: ShiftBody,
    EntryKind.WITHDRAWAL: WithdrawalBody,
    EntryKind.STOCK_RETURN: StockReturnBody,
}
KIND_OF_BODY: Final[dict[type[Body], EntryKind]] = {
    BootBody: EntryKind.BOOT,
    ScanBody: EntryKind.SCAN,
    ReleaseBody: EntryKind.RELEASE,
    UndoBody: EntryKind.UNDO,
    SaleBody: EntryKind.SALE,
    NoteBody: EntryKind.NOTE,
    DispositionBody: EntryKind.DISPOSITION,
    GiveBody: EntryKind.GIVE,
    SurrenderBody: EntryKind.SURRENDER,
    ReturnBody: EntryKind.RETURN,
    EvacuationBody: EntryKind.EVACUATION,
    ShiftBody: EntryKind.SHIFT,
    WithdrawalBody: EntryKind.WITHDRAWAL,
    StockReturnBody: EntryKind.STOCK_RETURN,
}

"""What people and machines ask of a gate, each as one value.

It travels whole from the window, the command line or a turnstile to where it is done.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from gatekeeper.gate.answer import (
    AddressHeard,
    DutyChange,
    GroupOutlook,
    SameTicket,
    ScanAnswer,
    StrangeBadge,
)
from gatekeeper.gate.scanned import PickedTicket, Scannable
from gatekeeper.readers.lane_readers import tag_name
from gatekeeper.readers.nfc.tag_scan import TagScan
from gatekeeper.supervisor.unlocking_and_locking_again import Badge
from shared.admission.facts import Direction
from shared.journal.entry import NoteBody
from shared.kernel.id_types import ClaimId, ConflictId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from shared.manifest.door_questions import DoorAnswer


class Shown(msgspec.Struct, frozen=True):
    """What a holder shows, or a person types or picks for them.

    Attributes:
        code: A text, whatever it says; a tag's reading; or a ticket that was found by name.
    """

    code: Scannable


class Scan(Shown, frozen=True, kw_only=True):
    """A code to be decided on, and what staff have said to it so far.

    The same again, with its answer's `claim_id`, goes on with that scan.

    Attributes:
        count: Persons who want to pass now, 1 to 1000; None where a person is asked if the code
            stands for several, else one.
        direction: `in` or `out`; None for the lane's own, else the gate's.
        at: A time of the caller's, in test and rehearsal profiles only.
        is_manual: The code was typed by a person: a manual code, or one of the box office before.
        pending_acknowledged: Staff were told of the debt and confirmed.
        id_checked: Staff have seen what `check_id` asked for.
        answers: What the holder answered to what `question` asked.
        claim_id: That of an earlier answer, to go on with that scan; None for a new one.
        opens_arm: Who is admitted passes when a turnstile's arm has been opened for them.
        awaits_passage: An arm tells who passed: an exit is on record once its holder has.
        has_passed: The arm has told that they have: nobody's word is waited for any more.
        is_unattended: Nobody looks on, so that no manual code is taken.
        other_texts: What a scanner's keys say in other ways: in another layout, without Caps Lock.
            The first that is known here counts, where the code is not.
        asked_at: When the holder showed the code, where staff were asked something since; else
            None.
    """

    count: int | None = None
    direction: Direction | str | None = None
    at: Instant | None = None
    is_manual: bool = False
    pending_acknowledged: bool = False
    id_checked: bool = False
    answers: tuple[DoorAnswer, ...] = ()
    claim_id: ClaimId | None = None
    opens_arm: bool = False
    awaits_passage: bool = False
    has_passed: bool = False
    is_unattended: bool = False
    other_texts: tuple[str, ...] = ()
    asked_at: Instant | None = None

    @property
    def text(self) -> str:
        """What the code says; where it is no text, a name for it."""
        match self.code:
            case TagScan():
                return tag_name(self.code)
            case PickedTicket():
                return format_ticket_id(self.code.ticket_id)
            case _:
                return self.code

    def after(self, answer: ScanAnswer) -> Scan:
        """Return the scan that goes on from an answer, without what staff have confirmed so far.

        It goes the way that the answer was about, and what the holder answered stays said,
        whoever lets them pass.
        """
        return Scan(
            self.code,
            count=answer.count,
            direction=answer.direction,
            is_manual=self.is_manual,
            answers=self.answers,
            claim_id=answer.claim_id,
            opens_arm=self.opens_arm,
            other_texts=self.other_texts,
        )


ScanOutcome: TypeAlias = (
    ScanAnswer | GroupOutlook | SameTicket | Badge | DutyChange | AddressHeard | StrangeBadge
)
"""An answer; or the question how many, where nothing is decided yet; or who was let in a moment
ago; or it was no ticket, but a supervisor's badge, a steward's, somebody's that opens nothing
here, or the server's word of where it is."""


class Override(msgspec.Struct, frozen=True):
    """Let holders pass on a supervisor's word.

    Attributes:
        scan: What was not admitted, going on from its answer.
        why: Code of the reason given.
        person: Opaque id of the supervisor.
    """

    scan: Scan
    why: str
    person: str


class Undo(msgspec.Struct, frozen=True):
    """Take an admission of this device's back by a further entry.

    Attributes:
        claim_id: Of the answer that let the holder in.
        why: A short code, such as `mistake`; no names.
        person: Opaque id of who decided it, or "" for staff.
    """

    claim_id: ClaimId
    why: str
    person: str = ""


class Decline(msgspec.Struct, frozen=True):
    """Let nobody pass any more on an answer that sent the holder to a person.

    Attributes:
        claim_id: Of the answer.
        ticket_id: Its ticket in 16 hex digits, where the code named one.
        why: A short code, such as `proof_not_shown`.
        person: Opaque id of the supervisor who refused, or "" for staff.
    """

    claim_id: ClaimId
    ticket_id: str | None
    why: str
    person: str = ""


class Turn(msgspec.Struct, frozen=True):
    """Use the lane `in`, `out`, or as the gate says: ""."""

    direction: str
    person: str


class Evacuate(msgspec.Struct, frozen=True):
    """Empty the gate's zone, let its holders return, or say that it is over.

    Attributes:
        phase: `stop`, `return` or `over`.
        person: The supervisor.
        evacuation_id: Which one goes on, as its supervisor saw it; None for the one that holds,
            and where one begins.
    """

    phase: str
    person: str
    evacuation_id: str | None = None


class Settle(msgspec.Struct, frozen=True):
    """Say what became of a conflict; it is off this device's list, and the server is told."""

    conflict_id: ConflictId
    disposition: str
    person: str


class KeyIn(msgspec.Struct, frozen=True, kw_only=True):
    """Put on record who was let in by a list on paper, some time ago.

    Attributes:
        code: A manual code as typed, or a ticket that was found by its holder's name.
        first, last: Between which instants of server time it was.
        person: Opaque id of the supervisor who says so.
        count: Persons.
        is_sure: Also where the ticket would not be let in now: it was used, or cancelled.
    """

    code: str | PickedTicket
    first: Instant
    last: Instant
    person: str
    count: int = 1
    is_sure: bool = False


Deed: TypeAlias = Undo | Decline | Turn | Evacuate | Settle | KeyIn | NoteBody
"""What staff and supervisors do at a gate besides scanning; a note tells of all the rest."""

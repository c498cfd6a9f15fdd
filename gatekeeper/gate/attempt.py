"""One scan on its way through the lane: what was asked, and by whose word it is decided."""

from __future__ import annotations

from gatekeeper.gate.answer import UsedBefore
from shared.admission.checks_of_capacity_knowledge_and_clock import Circumstances
from shared.admission.decide import Decision
from shared.admission.facts import ScanFacts
from shared.admission.offline_policy import Rung
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import MILLISECOND, Duration, Instant
from shared.manifest.case_of_shown_code import PAUSED, Case
from shared.manifest.door_questions import DoorAnswer
from shared.manifest.presenting import Presented
from shared.wire.claim import ClaimAnswer


class Attempt(ScanFacts, frozen=True, kw_only=True):
    """What the lane was asked: the facts of the scan, and what only the lane must know.

    Attributes:
        presented: What was scanned or typed; a tag is resolved already, a text is unread.
        claim_id: 32 hex digits, the same through every retry.
        at: Corrected time, or the caller's where `time_given`.
        may_be: Other instants that it may be, for all that is proven; none by a known clock.
        started: Monotonic time of arrival.
        time_given: Whether `at` is a caller's.
        manual: The code was typed by a person.
        id_checked: Staff have seen the holder's proof.
        answers: What the holder has answered.
        person: Opaque id of the supervisor who overrides, or who found the holder by name, or "".
        why: Code of the reason that was given, or "".
        left_to_ledger: Passages (`DEVICE/CLAIM`) that peers alone have told of and the ledger
            holds: it says itself whether they count.
        opens_arm: A turnstile's arm opens for who is admitted.
        awaits_passage: A way out counts once an arm has told that somebody passed.
        has_passed: It has: whatever anybody says, they are out.
        is_unattended: Nobody looks on.
        is_resumed: It goes on with a claim that the ledger may have granted, and whose outcome
            the disk refused to keep.
    """

    presented: Presented
    claim_id: ClaimId
    started: Duration
    may_be: tuple[Instant, ...] = ()
    time_given: bool = False
    manual: bool = False
    id_checked: bool = False
    answers: tuple[DoorAnswer, ...] = ()
    person: str = ""
    why: str = ""
    left_to_ledger: frozenset[str] = frozenset()
    opens_arm: bool = False
    awaits_passage: bool = False
    has_passed: bool = False
    is_unattended: bool = False
    is_resumed: bool = False

    def ms_until(self, now: Duration) -> float:
        """Return the milliseconds from its arrival to a monotonic time."""
        return (now - self.started) / MILLISECOND


class Moment(Circumstances, frozen=True, kw_only=True):
    """The circumstances as far as the device knows them before its rung has decided.

    With it the outcome is recorded and told: it says on whose word that rests.

    Attributes:
        rung: The best that holds.
        is_granted: The ledger gave its word for this claim.
        has_quorum: Every live peer gave its word; how old knowledge may be still counts.
        is_counted: The ledger, asked through a peer, has counted the holder in.
        capacity_left: Persons that this device may still let into the zone; None: not limited.
        word: The ledger's, where it was asked and answered.
        relayed: The ledger's, where it admits and a peer brought it.
        releases: The ledger may hold a grant that nobody makes use of.
        used: The use that a peer told of.
        stop: Why nobody is let in here, as the ticket's home has heard; "" where it told nothing.
        denial: The ledger's, as a peer brought it, where it decides; else None.
    """

    rung: Rung
    has_quorum: bool = False
    is_counted: bool = False
    word: ClaimAnswer | None = None
    relayed: ClaimAnswer | None = None
    releases: bool = False
    used: UsedBefore | None = None
    stop: str = ""
    denial: ClaimAnswer | None = None

    @property
    def told(self) -> ClaimAnswer | None:
        """The ledger's word on a scan that it keeps out, whoever brought it; None without one."""
        return self.word or self.denial

    @property
    def allotted(self) -> int | None:
        """What the ledger has charged to the device's share; None where it counted nobody."""
        word = self.word or self.relayed
        return None if word is None else word.allotted


def stop_of(case: Case, decision: Decision, moment: Moment) -> str:
    """Say why nobody is let in now whatever the ticket, as this device or another knows it; or "".

    Whoever passes is told nothing of it: they are on their way out.

    Args:
        case: What this device finds.
        decision: The outcome.
        moment: On whose word it rests.
    """
    if decision.admit:
        return ""
    told = case.stop or moment.stop or ("" if moment.word is None else moment.word.stop)
    is_paused = moment.told is not None and moment.told.paused_at
    return told or (PAUSED if is_paused else "")

"""The lane's claim at the ledger: whether it is worth one, durable before it is sent, checked."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.device_loop import answered_within
from gatekeeper.gate.attempt import Attempt, Moment
from gatekeeper.gate.deciding_by_itself import conclude, knows_time
from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.gate.passage_proofs import sign_passage
from gatekeeper.gate.uplink import AskLedger, Uplink
from gatekeeper.store.claim_intents import ClaimIntent
from gatekeeper.store.store import Store
from shared.admission.checks_of_capacity_knowledge_and_clock import BY_THE_CLOCK
from shared.admission.decide import Decision
from shared.admission.facts import Direction
from shared.admission.offline_policy import Rung
from shared.admission.reasons import Reason
from shared.evacuations.implied_exits import places_of, windows_of
from shared.kernel.errors import Rejected, ServerFault, trouble_of
from shared.kernel.id_types import DeviceId, EventId, GateId, TicketId, ZoneId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import MILLISECOND, SECOND, Duration, format_instant
from shared.manifest.badge_signatures import BadgeAct
from shared.manifest.case_of_shown_code import Case
from shared.manifest.door_questions import ANSWERS_SAID_MAX, said_of
from shared.wire.claim import CODE_SIZE_MAX, ClaimAnswer, ClaimRequest, SeenItem

HOME_BUDGET: Final[Duration] = SECOND
"""How long a ticket's home is waited for: the way there and back, and its disk."""

REFUSALS: Final = {"not-found": Reason.WRONG_GATE, "device-revoked": Reason.STALE_MANIFEST}
"""By which problems the ledger says that the gate, or the device, lets nobody in any more."""

NO_PROBLEM: Final = "rejected"
"""What a refusal is called that names none: it is somebody else's on the way, not the ledger's."""


LIFTABLE: Final = frozenset(
    {
        Reason.UNKNOWN_TICKET,
        Reason.UNKNOWN_KEY,
        Reason.UNPAID,
        Reason.SUPERVISOR,
        Reason.NOT_INSIDE,
    }
)
"""What newer knowledge of the server's may lift, so the server is asked."""

_BY_HISTORY: Final = frozenset({Reason.ALREADY_USED, Reason.RULES_DENIED})
"""What a passage that was taken back since, or a way out, may lift."""


class Claimant:
    """Asks the ledger on behalf of one lane."""

    def __init__(
        self, store: Store, knowledge: Knowledge, uplink: Uplink, ask_ledger: AskLedger
    ) -> None:
        """Ask through `ask_ledger`, and report to `uplink` how that went."""
        self._store = store
        self._knowledge = knowledge
        self._uplink = uplink
        self._ask_ledger = ask_ledger

    async def claim(
        self, attempt: Attempt, case: Case, gate_id: GateId
    ) -> tuple[ClaimAnswer | None, bool]:
        """Claim the ticket at the ledger, within the event's budget.

        Returns:
            The ledger's word, or None if there is none to be had; and whether the ledger, or a
            home that it has asked, may hold a grant for this claim: what the ledger has given
            back for it is forgotten where the ledger is put back.

        Raises:
            StoreFault: if the claim's id could not be made durable; nothing was sent then.
        """
        event = self._knowledge.event
        assert event is not None
        held = begin_claim(self._store, event, attempt, case)
        budget = event.config.claim_budget_ms * MILLISECOND
        is_elsewhere = is_home_elsewhere(case, self._store.journal.device_id)
        if is_elsewhere:
            budget = max(budget, HOME_BUDGET)
        state = self._knowledge.state
        request = make_request(attempt, gate_id, state.seen, held)
        request = sign_found(self._knowledge, attempt, case, request)
        try:
            async with answered_within(budget):
                word = await self._ask_ledger(request)
        except TimeoutError:
            self._uplink.note_silence(budget)
            return None, True
        except ServerFault as fault:
            self._uplink.note_failure(trouble_of(fault))
            return None, True
        except Rejected as fault:
            if fault.problem == NO_PROBLEM:
                self._uplink.note_failure(trouble_of(fault))
                return None, False
            # The ledger has answered, and grants nothing: that is no outage to decide alone in.
            self._uplink.note_answer()
            reason = REFUSALS.get(fault.problem, Reason.SUPERVISOR)
            return _refused(request, state.epoch, reason), False
        if self._is_behind(word, state.head):
            self._uplink.note_distrust()
            return None, True
        self._uplink.note_answer()
        return word, word.verdict == "admit" or is_elsewhere

    def _is_behind(self, word: ClaimAnswer, head_before: int) -> bool:
        """Whether the answer's place in the feed contradicts what the server has signed."""
        epoch = self._knowledge.state.epoch
        if word.epoch != epoch or word.sequence is None:
            return word.epoch < epoch
        if self._store.uses.find(word.claim_id) is not None:
            return False  # it repeats a grant that the feed has told of already
        return word.sequence <= head_before and word.verdict == "admit"


def lacks_news(
    store: Store, event: EventKnowledge, case: Case, attempt: Attempt, *, is_asked: bool
) -> bool:
    """Whether it may be freed at the ledger or here a moment ago what the other calls used.

    Args:
        store: The device's.
        event: The gate's event.
        case: What was found of the ticket.
        attempt: The scan.
        is_asked: Whether the ledger is to be asked for the passage.
    """
    if case.decision.reason in _BY_HISTORY and attempt.direction is Direction.IN:
        return not case.stop
    return is_asked and _has_untold(store, event, case)


def _has_untold(store: Store, event: EventKnowledge, case: Case) -> bool:
    """Whether this device has let somebody pass on a ticket, or not after all, untold so far.

    Where a zone is limited, whoever has not passed after all has left their place to anybody.
    """
    journal, first = store.journal, store.journal.first_pending
    if first is None or case.ticket_id is None:
        return False
    uses = store.uses.records_of(case.ticket_id)
    return any(use.is_local and not use.confirmed for use in uses) or any(
        end.body.ticket_id == case.ticket_id or is_limited(event, case.zone_id)
        for end in journal.ends_in(first, journal.last_seq)
    )


def begin_claim(store: Store, event: EventKnowledge, attempt: Attempt, case: Case) -> int:
    """Keep a claim's id before it is sent, and set room aside for it in the device's own share.

    Returns:
        For how many persons there is room; 0 where the zone is not limited.

    Raises:
        StoreFault: if it could not be made durable.
    """
    with store.transaction("claim_intent"):
        store.intents.add(
            ClaimIntent(attempt.claim_id, event.event_id, TicketId(case.ticket_id or 0))
        )
        if attempt.direction is not Direction.IN or not is_limited(event, case.zone_id):
            return 0
        return store.shares.hold(attempt.claim_id, event.event_id, case.zone_id, attempt.count)


_OF_WHAT_WAS_LOST: Final = frozenset({Reason.OFFLINE_POLICY, Reason.CAPACITY_FULL})
"""What a device whose journal was lost cannot know: whose home it is, and how many have room."""


def refer_unknown(store: Store, case: Case, decision: Decision) -> Decision:
    """Send to a person what only the ledger can know while this device is cut off from it."""
    is_unlisted = decision.reason is Reason.UNKNOWN_TICKET and case.is_only_signed
    is_lost = store.is_unsettled and decision.reason in _OF_WHAT_WAS_LOST
    is_unheard = is_unlisted or case.is_of_unheard_type
    return Decision(reason=Reason.SUPERVISOR) if is_unheard or is_lost else decision


def with_room(
    store: Store, event: EventKnowledge, attempt: Attempt, case: Case, moment: Moment
) -> Moment:
    """Say how many persons the device's own share lets in, what the claim holds included.

    A zone that is not limited has room, and so have those whom the ledger has counted in, and
    those whom an evacuation has sent out: nobody else was given their places.
    """
    if moment.is_counted or not is_limited(event, case.zone_id):
        return moment
    share = store.shares.get(event.event_id, case.zone_id)
    left = share.left + store.shares.held(attempt.claim_id, case.zone_id)
    left += persons_away(store, event.event_id, case)
    return msgspec.structs.replace(moment, capacity_left=left)


def persons_away(store: Store, event_id: EventId, case: Case) -> int:
    """Count the persons of a ticket whom an evacuation has sent out, and who are not back."""
    notices = store.uses.evacuations.list_all(event_id)
    if not notices:
        return 0
    windows = windows_of(notices, case.zone_id)
    credited = store.shares.credited(event_id, case.zone_id, TicketId(case.ticket_id or 0))
    return places_of(case.uses, case.zone_id, windows, credited).away


def _refused(request: ClaimRequest, epoch: int, reason: Reason) -> ClaimAnswer:
    """Give the ledger's refusal to decide the form of its answer to the claim."""
    return ClaimAnswer(
        verdict=reason.verdict.value,
        reason=reason.value,
        ticket_id=None,
        remaining=None,
        claim_id=request.claim_id,
        at=request.scanned_at,
        epoch=epoch,
    )


def is_limited(event: EventKnowledge, zone_id: ZoneId) -> bool:
    """Whether a zone holds so many persons and no more."""
    zone = event.index.zones.get(zone_id)
    return zone is not None and zone.capacity is not None


def is_home_elsewhere(case: Case, device_id: DeviceId) -> bool:
    """Whether the ticket's home is another device, which alone may give it away."""
    return case.home_other_than(device_id) is not None


def make_request(
    attempt: Attempt, gate_id: GateId, seen: SeenItem | None, held: int = 0
) -> ClaimRequest:
    """Make the claim that asks the ledger to admit what the lane was asked to.

    Args:
        attempt: What was asked.
        gate_id: Where.
        seen: What a ledger that has forgotten nothing holds.
        held: From `begin_claim`.
    """
    return ClaimRequest(
        code=attempt.presented.text[:CODE_SIZE_MAX],
        gate_id=gate_id,
        direction=attempt.direction.value,
        claim_id=attempt.claim_id,
        scanned_at=format_instant(attempt.came_at),
        count=attempt.count,
        pending_acknowledged=attempt.pending_acknowledged,
        manual=attempt.manual,
        id_checked=attempt.id_checked,
        answers=said_of(attempt.answers[:ANSWERS_SAID_MAX]),
        tag_uid=attempt.presented.tag_uid,
        allotted=held,
        seen=seen,
        journalled=True,
        ticket_id=_found_id(attempt),
    )


def sign_found(
    knowledge: Knowledge, attempt: Attempt, case: Case, request: ClaimRequest
) -> ClaimRequest:
    """Let the supervisor's badge sign a claim for a ticket that was found by its holder's name."""
    if request.ticket_id is None:
        return request
    signature = sign_passage(
        knowledge,
        attempt,
        act=BadgeAct.FIND,
        ticket_id=case.presented.ticket_id,
        zone_id=case.zone_id,
    )
    return msgspec.structs.replace(request, person=attempt.person, signature=signature.hex())


def _found_id(attempt: Attempt) -> str | None:
    """Return the id of a ticket that a supervisor has picked; None where a code was shown."""
    presented = attempt.presented
    if not presented.is_found or presented.ticket_id is None:
        return None
    return format_ticket_id(presented.ticket_id)


def waits_for_staff(case: Case, attempt: Attempt) -> bool:
    """Whether staff still have to ask or see something before anybody's word is of use."""
    wants_proof = case.checks_id and attempt.direction is Direction.IN
    is_unseen = wants_proof and not attempt.id_checked
    return is_unseen or bool(case.still_asks(attempt.answers))


def is_liftable(case: Case, moment: Moment) -> bool:
    """Tell whether newer knowledge, or a clock that is known, may lift what speaks against it."""
    reason = case.decision.reason
    is_clock = reason in BY_THE_CLOCK and not knows_time(case, moment)
    return reason in LIFTABLE or case.is_of_unheard_type or is_clock


def is_worth_asking(
    case: Case,
    event: EventKnowledge,
    attempt: Attempt,
    moment: Moment,
    device_id: DeviceId,
) -> bool:
    """Tell whether the ledger's word could let this holder in."""
    decision = case.decision
    if case.stop:
        return False  # nobody's word opens the gate now, and an exit waits for nobody's
    if attempt.direction is Direction.OUT and (attempt.awaits_passage or attempt.has_passed):
        # Granted, it would count before anybody has gone, or before that they have is on disk.
        return False
    if not decision.admit:
        return is_liftable(case, moment)
    granted = Moment(rung=Rung.ONLINE, is_granted=True)
    return conclude(case, event, attempt, granted, device_id).admit

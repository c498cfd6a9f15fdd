"""What this device finds by itself of a scan, with what is on its disk, and what that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from gatekeeper.gate.attempt import Attempt, Moment
from gatekeeper.gate.imported_tickets_by_peers import find_refuted, without_refuted
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.store.use_table import Uses
from shared.admission.checks_of_capacity_knowledge_and_clock import BY_THE_CLOCK
from shared.admission.decide import Decision
from shared.admission.facts import Direction, UseFact
from shared.admission.reasons import Reason, Verdict
from shared.evacuations.implied_exits import implied_exits
from shared.evacuations.standing_words import emptied_by, is_stopped
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId, DeviceId, TicketId, ZoneId
from shared.kernel.instant import Duration, Instant
from shared.lan.claims import Hold
from shared.manifest.case_of_shown_code import Case, open_case, rule
from shared.manifest.event_config import GateConfig
from shared.manifest.presenting import Presented, present_text
from shared.wire.feed import EvacuationNotice


def find_locally(
    event: EventKnowledge,
    uses: Uses,
    gate: GateConfig,
    attempt: Attempt,
    held: Sequence[Hold] = (),
    *,
    is_past: bool = False,
) -> Case:
    """Resolve, look up and decide with what is on this device's disk; reads only.

    Args:
        event: What is known of the event.
        uses: The recorded passages.
        gate: Where the scan is.
        attempt: What is asked.
        held: What peers hold of the ticket in this gate's zone; counts as used.
        is_past: The holder has come in already: that entry is paused now keeps nobody out.
    """
    presented = attempt.presented
    if presented.is_unread:
        presented = present_text(
            presented.text, event.keyring, event_id=event.event_id, is_typed=attempt.manual
        )
    case = _open_here(event, presented)
    ticket_id = case.ticket_id
    known_uses = _uses_before(uses, ticket_id, attempt.claim_id)
    is_known = bool(known_uses)  # else no entry of ours can have let a newer credential in
    # A peer may have heard of the ledger's grant of this very claim, or this gate's own feed.
    mine = event.device_id, attempt.claim_id
    # One that a peer told of may be among the entries that were heard since: the last word stands.
    told = {hold.ref: hold for hold in held}
    others = [hold for ref, hold in told.items() if ref != mine]
    refuted = find_refuted(event, uses, presented, ticket_id)
    if refuted is not None:
        known_uses = tuple(use for use in known_uses if use.claim_id not in refuted)
        others = without_refuted(others, refuted)
    if attempt.left_to_ledger:
        known_uses = tuple(use for use in known_uses if use.claim_id not in attempt.left_to_ledger)
        others = [hold for hold in others if "/".join(hold.ref) not in attempt.left_to_ledger]
    notices = uses.evacuations.list_all(event.event_id)
    known_uses += _facts_of_holds(others, known_uses, notices, gate.zone_id)
    implied = (
        implied_exits(known_uses, notices, gate.zone_id, ticket_id or TicketId(0))
        if notices
        else ()
    )
    claims = presented.claims
    if attempt.gate_id != gate.id:  # the device was sent to another gate meanwhile
        attempt = msgspec.structs.replace(attempt, gate_id=gate.id)
    found = partial(
        rule,
        event.index,
        case,
        known_uses,
        implied=implied,
        is_stopped=is_stopped(notices, gate.zone_id),
        paused_at=None if is_past else event.index.paused_since(gate),
        is_outdone=claims is not None
        and ticket_id is not None
        and (
            uses.is_outdone(ticket_id, claims.generation, has_passed=is_known)
            or event.find_withdrawn(ticket_id).generation > claims.generation
        ),
    )
    now = found(attempt)
    then = [found(msgspec.structs.replace(attempt, at=at, asked_at=None)) for at in attempt.may_be]
    if any(_is_told_apart(now.decision, one.decision) for one in then):
        return msgspec.structs.replace(now, hangs_on_clock=True)
    return now


def _is_told_apart(one: Decision, other: Decision) -> bool:
    """Whether of an instant between two of which these are the decisions none of them is said.

    Between too early and too late it may be in time, and rules may know hours in between.
    """
    reasons = {one.reason, other.reason}
    return bool(BY_THE_CLOCK & reasons) and (len(reasons) > 1 or Reason.RULES_DENIED in reasons)


def _open_here(event: EventKnowledge, presented: Presented) -> Case:
    """Find the ticket that a code stands for, and whose home it is.

    This device is a ticket's home only once it knows the passages before, and until it gave the
    ticket up: else it takes the ticket for one that has no home.
    """
    case = open_case(event.index, presented, event)
    ticket_id = case.ticket_id
    if case.home_device_id != event.device_id or ticket_id is None:
        return case
    if event.has_caught_up and not event.is_given_up(ticket_id, case.home_number):
        return case
    return case.without_home()


def _uses_before(uses: Uses, ticket_id: TicketId | None, claim_id: ClaimId) -> tuple[UseFact, ...]:
    """Return the recorded uses without the ledger's grant of this very claim.

    The feed may bring the grant before the answer to the claim comes, or in its place. It is no
    earlier passage, and no reason to let the holder in a second time where another lane of this
    device has let somebody in meanwhile.
    """
    found = () if ticket_id is None else uses.facts_of(ticket_id)
    if all(use.claim_id != claim_id for use in found):
        return found
    own = uses.find(claim_id)
    if own is None or own.is_local:
        return found
    return tuple(use for use in found if use.claim_id != claim_id)


def check_claim_id(uses: Uses, attempt: Attempt, case: Case) -> None:
    """See that a claim id does not stand for another passage.

    Raises:
        BadInput: if it does; draw a new one.
    """
    use = uses.find(attempt.claim_id)
    if use is None:
        return
    asked = (case.ticket_id, case.zone_id, attempt.direction.value)
    if (use.ticket_id, use.zone_id, use.direction) != asked:
        raise BadInput("this claim id was used for another passage; use a new one")


def is_peers(use: UseFact) -> bool:
    """Whether this device knows of a passage from a peer alone: its claim id bears its name."""
    return "/" in use.claim_id and not use.annulled


def _facts_of_holds(
    held: Sequence[Hold],
    known: Sequence[UseFact],
    notices: Sequence[EvacuationNotice],
    zone_id: ZoneId,
) -> tuple[UseFact, ...]:
    """Turn the claims that peers hold, and that are not recorded here, into uses to be counted.

    An exit gives back once it is on this disk, behind the entry before it. Who is being let in, or
    was a moment ago and is not recorded yet, follows all that is known, whatever clocks say:
    before an exit that only seems later, or the zone's last emptying, a copy would get in.
    """
    names = {use.claim_id for use in known}
    latest = max((use.at for use in known if use.zone_id == zone_id), default=0)
    latest = max(latest, emptied_by(notices, zone_id) or 0)
    return tuple(
        UseFact(
            claim_id=ClaimId(name),
            zone_id=zone_id,
            direction=Direction.IN,
            at=Instant(max(hold.at, latest + 1)),
            count=hold.count,
        )
        for hold in held
        if hold.direction == Direction.IN
        and (name := f"{hold.device_id}/{hold.claim_id}") not in names
        and hold.claim_id not in names
    )


def find_home_gate(case: Case, event: EventKnowledge, uses: Uses) -> str | None:
    """Name the gate at which a ticket's home device stands or was last heard of, or None."""
    home = case.home_device_id
    if home is None:
        return None
    places = {place.device_id: place.gate_id for place in event.config.places}
    gate_id = places.get(home) or uses.gate_of_device(home)
    gate = None if gate_id is None else event.index.gates.get(gate_id)
    return None if gate is None else gate.name


def conclude(
    case: Case,
    event: EventKnowledge,
    attempt: Attempt,
    moment: Moment,
    device_id: DeviceId,
) -> Decision:
    """Weigh the circumstances: age of knowledge, clock, rung and policy, questions to ask."""
    not_after = event.header.not_after
    is_over = not_after is not None and attempt.at > not_after
    age, age_max = moment.manifest_age, event.config.knowledge_age_max
    if moment.is_granted:
        age, age_max = Duration(0), None
    elif is_over:
        age, age_max = None, Duration(0)
    return case.weigh(
        msgspec.structs.replace(
            moment,
            count=attempt.count,
            capacity_left=None if moment.is_granted else moment.capacity_left,
            manifest_age=age,
            manifest_age_max=age_max,
            clock_trusted=knows_time(case, moment) or moment.is_granted,
            may_admit=case.may_admit(moment.rung, device_id),
            is_granted=moment.is_granted or moment.has_quorum,
            ask_question=bool(case.asks),
            question_answered=_is_answered(case, attempt, moment),
            check_id=case.checks_id and attempt.direction is Direction.IN,
            id_checked=attempt.id_checked,
        )
    )


def knows_time(case: Case, moment: Moment) -> bool:
    """Tell whether the device's clock is good enough for what a case hangs on."""
    return moment.clock_trusted and not case.hangs_on_clock


def _is_answered(case: Case, attempt: Attempt, moment: Moment) -> bool:
    """Whether nothing is left to ask; a ledger that admits has asked what its plan says."""
    is_admitted = moment.word is not None and moment.word.verdict == Verdict.ADMIT
    return is_admitted or not case.still_asks(attempt.answers)

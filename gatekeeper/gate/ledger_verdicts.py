"""The ledger's words turned into the lane's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from gatekeeper.gate.answer import UsedBefore
from gatekeeper.gate.attempt import Attempt, Moment
from gatekeeper.gate.claiming_at_ledger import is_liftable
from gatekeeper.gate.deciding_by_itself import conclude, is_peers
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.lan.lan_verdict import LanVerdict
from gatekeeper.store.use_table import Uses
from shared.admission.decide import Decision
from shared.admission.evacuation import STOPPED, EvacuationPhase
from shared.admission.facts import Direction
from shared.admission.reasons import Reason
from shared.evacuations.implied_exits import persons_inside
from shared.journal.bounds import NUMBER_MAX
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId, GateId, TicketId, ZoneId
from shared.kernel.instant import Instant, parse_instant
from shared.lan.claims import Hold, HoldState
from shared.manifest.case_of_shown_code import Case
from shared.wire.claim import ClaimAnswer
from shared.wire.feed import EvacuationNotice


def combine(
    event: EventKnowledge,
    case: Case,
    attempt: Attempt,
    moment: Moment,
    device_id: DeviceId,
) -> Decision:
    """Decide by the ledger's answer to a claim and by what this device knows meanwhile."""
    word = moment.word
    assert word is not None
    home = event.index.gates.get(GateId(word.use_gate or ""))
    there = Decision(
        reason=read_reason(word),
        remaining=word.remaining,
        use_gate=None if home is None else home.name,
    )
    here = case.decision
    if case.stop:
        return here
    if not there.admit:
        is_unheard = knows_no_evacuation(word, case) or _knows_no_entry(word, case)
        return here if is_unheard else there
    if is_liftable(case, moment):
        is_taken = attempt.direction is Direction.IN and _is_held(case)
        return Decision(reason=Reason.ALREADY_USED, remaining=0) if is_taken else there
    if not here.admit:
        return here
    granted = msgspec.structs.replace(moment, is_granted=True)
    decision = conclude(case, event, attempt, granted, device_id)
    return there if decision.admit else decision


def _is_held(case: Case) -> bool:
    """Whether a peer has admitted this ticket, or is about to, unknown to the ledger so far."""
    return any(
        is_peers(use) and use.zone_id == case.zone_id and use.direction is Direction.IN
        for use in case.uses
    )


def _knows_no_entry(word: ClaimAnswer, case: Case) -> bool:
    """Whether the ledger keeps somebody in whose entry it has not been told of yet.

    A gate without an uplink has let them in: this device has it from that gate alone, over the
    venue's network, and nothing of their leaving.
    """
    if word.reason != Reason.NOT_INSIDE:
        return False
    told = [use for use in case.uses if is_peers(use)]
    return persons_inside(told, case.zone_id, Instant(NUMBER_MAX)) > 0


def knows_no_evacuation(word: ClaimAnswer, case: Case) -> bool:
    """Whether the ledger denies by an entry from before everybody had to leave.

    It has not been told of the evacuation yet; this device's journal does so before the entry.
    """
    used = prior_use(word)
    return (
        case.emptied_at is not None
        and word.reason == Reason.ALREADY_USED
        and (used is None or used.at <= case.emptied_at)
    )


def knows_no_return(
    word: ClaimAnswer, notices: Iterable[EvacuationNotice], zone_id: ZoneId
) -> bool:
    """Whether the ledger stops a zone by evacuations alone of which the return has begun.

    A gate that is cut off said or heard so; nobody has told the ledger yet.
    """
    past = {
        one.evacuation_id
        for one in notices
        if one.zone_id == zone_id and (one.phase != EvacuationPhase.STOP or one.annulled)
    }
    return word.stop == STOPPED and bool(word.stopped_by) and past.issuperset(word.stopped_by)


def read_pause(said: str | None) -> Instant | None:
    """Return since when the ledger says that entry is paused; None where it does not."""
    try:
        return parse_instant(said) if said else None
    except BadInput:
        return None


def read_reason(word: ClaimAnswer) -> Reason:
    """Return the answer's reason; one that this version does not know goes to a person."""
    try:
        return Reason(word.reason)
    except ValueError:
        return Reason.SUPERVISOR


def prior_use(word: ClaimAnswer | None) -> UsedBefore | None:
    """Return the earlier use that the ledger names, or None."""
    if word is None or word.used is None:
        return None
    try:
        at = parse_instant(word.used.at)
    except BadInput:
        return None
    return UsedBefore(word.used.gate_id, word.used.gate, at)


def latest_use(
    uses: Uses, event: EventKnowledge, ticket_id: TicketId, zone_id: ZoneId
) -> UsedBefore | None:
    """Return the latest entry into the zone on this ticket that this device knows of."""
    entries = [
        use
        for use in uses.records_of(ticket_id)
        if use.zone_id == zone_id and use.direction == "in" and not use.annulled
    ]
    if not entries:
        return None
    last = entries[-1]
    gate = event.index.gates.get(last.gate_id)
    return UsedBefore(last.gate_id, last.gate_id if gate is None else gate.name, last.at)


def used_by(held: Sequence[Hold], event: EventKnowledge) -> UsedBefore | None:
    """Return where and when peers hold the ticket, uses before open claims; None if nobody."""
    entries = [hold for hold in held if hold.direction == "in"]
    if not entries:
        return None
    last = max(entries, key=lambda hold: (hold.state is HoldState.USED, hold.at))
    gate = event.index.gates.get(last.gate_id)
    return UsedBefore(last.gate_id, last.gate_id if gate is None else gate.name, Instant(last.at))


def hide_whose(word: ClaimAnswer | None, case: Case, decision: Decision) -> tuple[Case, Decision]:
    """Tell of no ticket where the ledger turns a keyed-in code away and tells of none.

    It has counted more guesses than this device, or knows of a stop: nobody learns by trying which
    codes are good.
    """
    if word is None or word.ticket_id is not None or not case.is_manual or decision.admit:
        return case, decision
    return case.without_ticket(), Decision(reason=decision.reason)


def read_denial(verdict: LanVerdict) -> Decision:
    """Return the denial of a claim that is taken, where nothing known here says more."""
    word = verdict.ledger
    if word is not None and word.verdict == "deny":
        return Decision(reason=read_reason(word), remaining=word.remaining)
    return Decision(reason=Reason.ALREADY_USED, remaining=0)

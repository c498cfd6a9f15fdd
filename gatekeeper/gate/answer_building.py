"""Putting an answer together, once its journal entry is on disk."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.attempt import Attempt, Moment, stop_of
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.ledger_verdicts import latest_use, prior_use, read_pause
from gatekeeper.gate.overriding import is_pending
from gatekeeper.store.use_table import Uses
from shared.admission.checks_of_ticket import CLOSED_EVENT
from shared.admission.decide import Decision
from shared.admission.facts import Direction
from shared.admission.offline_policy import Rung
from shared.admission.reasons import Reason
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Duration, Instant
from shared.manifest.case_of_shown_code import Case
from shared.manifest.door_questions import DoorQuestion
from shared.manifest.event_config import GateConfig, OccurrenceConfig, ZoneConfig
from shared.wire.claim import ClaimAnswer, read_questions

_EVENT_ENDS: Final = {Reason.EXPIRED: "over", Reason.CANCELLED: "called_off"}


def build_answer(
    attempt: Attempt,
    case: Case,
    decision: Decision,
    mode: Rung,
    *,
    seq: int,
    now: Duration,
) -> ScanAnswer:
    """Say what was recorded.

    Args:
        attempt: What was asked.
        case: What this device found of it.
        decision: What was recorded of it.
        mode: Under which rung.
        seq: The entry's number.
        now: Monotonic time.
    """
    reason, ticket_id = decision.reason, case.ticket_id
    return ScanAnswer(
        verdict=reason.verdict.value,
        reason=reason.value,
        ticket_id=None if ticket_id is None else format_ticket_id(ticket_id),
        remaining=decision.remaining,
        mode=mode.value,
        seq=seq,
        at=attempt.at,
        ms=attempt.ms_until(now),
        claim_id=attempt.claim_id,
        count=attempt.count,
        direction=attempt.direction.value,
        questions=case.still_asks(attempt.answers) if reason is Reason.QUESTION else (),
    )


def with_remarks(
    answer: ScanAnswer,
    case: Case,
    decision: Decision,
    moment: Moment,
    event: EventKnowledge,
    gate: GateConfig,
    uses: Uses,
) -> ScanAnswer:
    """Say beside an outcome what else staff want to know.

    Args:
        answer: From `build_answer`.
        case: What this device found of the ticket.
        decision: What was recorded.
        moment: On what it rests.
        event: What is known of the event.
        gate: Where it was.
        uses: Those recorded.
    """
    word, used, zone = moment.word, moment.used, event.index.zones[gate.zone_id]
    if decision.reason is Reason.ALREADY_USED and case.ticket_id is not None:
        known = latest_use(uses, event, case.ticket_id, gate.zone_id)
        used = used or known or prior_use(word)
    told = moment.told
    paused_at = case.paused_at or read_pause(None if told is None else told.paused_at)
    kind = None if case.kind is None else case.kind.name
    seat = None if case.row is None else event.seats.name_seat(case.row.seat_id)
    row, is_unpaid = case.row, decision.reason is Reason.UNPAID
    is_full = decision.reason is Reason.CAPACITY_FULL
    other = _other_date(case, decision, event, zone)
    return msgspec.structs.replace(
        answer,
        ticket_type=kind or (word.ticket_type if word is not None else None),
        gate=decision.use_gate,
        used=used,
        may_acknowledge=is_unpaid and zone.admit_pending and is_pending(case),
        stop=stop_of(case, decision, moment),
        paused_at=paused_at if not decision.admit else None,
        variant=("" if row is None else row.facts.variant) or "",
        seat=seat,
        zone=zone.name if len(event.config.zones) > 1 else "",
        questions=_questions_of(answer, decision, word),
        other_date=None if other is None else other.starts_at,
        other_date_name=_name_beside(other, event, zone),
        valid_from=_opens(answer, case, decision),
        valid_until=_ended(answer, case, decision),
        called_back=is_full and bool(told and told.called_back),
        own_places_used=is_full and told is None and moment.rung is not Rung.ONLINE,
        event_end=_event_end(answer, decision, event, zone),
    )


def _opens(answer: ScanAnswer, case: Case, decision: Decision) -> Instant | None:
    """Return when the ticket's own time begins, if that is what keeps its holder out."""
    first, is_early = case.valid_from, decision.reason is Reason.NOT_YET_VALID
    return first if is_early and first is not None and answer.at < first else None


def _ended(answer: ScanAnswer, case: Case, decision: Decision) -> Instant | None:
    """Return when the ticket's own time ended, if that is what keeps its holder out."""
    last, is_late = case.valid_until, decision.reason is Reason.EXPIRED
    return last if is_late and last is not None and answer.at > last else None


def _event_end(
    answer: ScanAnswer, decision: Decision, event: EventKnowledge, zone: ZoneConfig
) -> str:
    """Return how the event or the gate's date has ended, if that keeps its holders out."""
    if answer.direction != Direction.IN:
        return ""
    if CLOSED_EVENT.get(event.config.state) is decision.reason:
        return _EVENT_ENDS.get(decision.reason, "")
    date = event.index.find_date(zone.occurrence_id)
    is_off = date is not None and date.is_cancelled and decision.reason is Reason.CANCELLED
    return "date_off" if is_off else ""


def _other_date(
    case: Case, decision: Decision, event: EventKnowledge, zone: ZoneConfig
) -> OccurrenceConfig | None:
    """Return the date for which a ticket is that came on a wrong one, if known."""
    if decision.reason is not Reason.WRONG_EVENT:
        return None
    is_other = zone.occurrence_id not in {None, case.occurrence_id}
    return event.index.find_date(case.occurrence_id) if is_other else None


def _name_beside(other: OccurrenceConfig | None, event: EventKnowledge, zone: ZoneConfig) -> str:
    """Return what tells a date from the zone's own, where the time does not: its name."""
    own = event.index.find_date(zone.occurrence_id)
    is_alike = other is not None and own is not None and other.starts_at == own.starts_at
    return other.name if other is not None and is_alike else ""


def _questions_of(
    answer: ScanAnswer, decision: Decision, word: ClaimAnswer | None
) -> tuple[DoorQuestion, ...]:
    """Return what is to be asked: where the ledger asks, in its words; its plan may be newer."""
    if decision.reason is not Reason.QUESTION or word is None:
        return answer.questions
    return read_questions(word.questions) or answer.questions

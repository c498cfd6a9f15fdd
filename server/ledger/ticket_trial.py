"""A ticket tried at a gate: what the present plan would decide, with nothing recorded.

It is the very decision of gates, over the plan as it is set up now and the ledger's passages, with
what staff would be told to ask or to look at first.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.events.events_and_dates import check_occurrence
from server.feed.evacuated_zones import is_evacuated
from server.ledger.models import TicketUse
from server.ledger.uses import DIRECTIONS
from server.plans.compiling_plans import read_event_config
from server.problem_answers import Problem, wrong_field
from server.ticketing.finding_and_changing_tickets import change_of, get_ticket
from server.ticketing.ticket_types import get_ticket_type
from shared.admission.checks_of_capacity_knowledge_and_clock import Circumstances
from shared.admission.decide import Decision
from shared.admission.facts import Direction, ScanFacts, TicketState, UseFact
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, GateId, OccurrenceId, TicketId, TicketTypeId
from shared.kernel.instant import Instant
from shared.kernel.same_fields import made_of
from shared.manifest.case_of_shown_code import Case, rule
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import Presented
from shared.manifest.tickets import TicketClass, TicketRow

_IMAGINED = TicketId(0)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What is tried.

    Attributes:
        gate_id: Where.
        at: When.
        direction: Which way.
        ticket_id: A ticket that there is; None for one imagined.
        ticket_type_id: Of the imagined ticket, which is paid for.
        occurrence_id: The date of the imagined ticket, where its type leaves that open.
        entered: When the imagined ticket came in before, through the same gate.
    """

    gate_id: GateId
    at: Instant
    direction: Direction = Direction.IN
    ticket_id: TicketId | None = None
    ticket_type_id: TicketTypeId | None = None
    occurrence_id: OccurrenceId | None = None
    entered: Sequence[Instant] = ()


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided, and what keeps everybody out of that gate at present.

    Attributes:
        decision: Of an entry as it holds once entry goes on; of an exit as it holds now.
        paused_at: Since when the organizer has paused entry there; None where it is not, and for
            the way out.
        is_evacuated: The zone is being evacuated, which is said before a pause.
    """

    decision: Decision
    paused_at: Instant | None
    is_evacuated: bool


async def try_ticket(unit: Unit, event_id: EventId, trial: Trial) -> Tried:
    """Decide as a gate would that knows the present plan and all that the ledger knows.

    A trial is of any time, a stop or a pause of now: neither hides what a rule says.

    Raises:
        Problem: `not-found` for the event; a field that is wrong.
    """
    config = await read_event_config(unit, event_id)
    try:
        index = EventIndex(config)
        gate = index.gate(trial.gate_id)
    except BadInput as fault:
        raise wrong_field("gate_id", str(fault)) from None
    if trial.ticket_id is not None:
        row, uses = await _real(unit, event_id, trial.ticket_id, trial.at)
    else:
        row = await _imagine(unit, event_id, trial)
        uses = [
            UseFact(direction=Direction.IN, at=at, zone_id=gate.zone_id)
            for at in sorted(trial.entered)
        ]
    scan = ScanFacts(direction=trial.direction, at=trial.at, gate_id=trial.gate_id)
    presented = Presented(ticket_id=row.ticket_id, is_found=True)
    kind = index.ticket_type(presented, row)
    case = Case(presented=presented, row=row, ticket_id=row.ticket_id, kind=kind)
    is_stopped = await is_evacuated(unit, event_id, gate.zone_id)
    is_exit = trial.direction is Direction.OUT
    case = rule(index, case, tuple(uses), scan, is_stopped=is_stopped and is_exit)
    return Tried(
        decision=case.weigh(Circumstances(ask_question=bool(case.asks), check_id=case.checks_id)),
        paused_at=None if is_exit or is_stopped else index.paused_since(gate),
        is_evacuated=is_stopped,
    )


async def _real(
    unit: Unit, event_id: EventId, ticket_id: TicketId, at: Instant
) -> tuple[TicketRow, list[UseFact]]:
    try:
        ticket = await get_ticket(unit, event_id, ticket_id)
    except Problem:
        raise wrong_field("ticket_id", "is not a ticket of this event") from None
    kind = await get_ticket_type(unit, event_id, ticket.ticket_type_id)
    query = select(TicketUse).where(
        TicketUse.event_id == event_id, TicketUse.ticket_id == ticket_id, TicketUse.at <= at
    )
    uses = [
        made_of(UseFact, use, direction=DIRECTIONS[use.direction], annulled=use.is_annulled)
        for use in await unit.all(query.order_by(TicketUse.at, TicketUse.seq))
    ]
    return change_of(ticket, kind.code), uses


async def _imagine(unit: Unit, event_id: EventId, trial: Trial) -> TicketRow:
    if trial.ticket_type_id is None:
        raise wrong_field("ticket_type_id", "is needed, or ticket_id in its place")
    try:
        kind = await get_ticket_type(unit, event_id, trial.ticket_type_id)
    except Problem:
        raise wrong_field("ticket_type_id", "is not a ticket type of this event") from None
    await check_occurrence(unit, event_id, trial.occurrence_id)
    facts = TicketClass(
        ticket_type_code=kind.code,
        state=TicketState.PAID,
        occurrence_id=kind.occurrence_id or trial.occurrence_id,
        valid_from=kind.valid_from,
        valid_until=kind.valid_until,
        persons=kind.persons,
    )
    return TicketRow(_IMAGINED, facts)

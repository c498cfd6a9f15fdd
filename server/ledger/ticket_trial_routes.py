"""A ticket tried at a gate, for the organizer who has set up a rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec
from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import Answer, to_moment
from server.ledger.ticket_trial import Trial, try_ticket
from server.problem_answers import wrong_field
from server.ticketing.asked_ticket_ids import ticket_in_field
from shared.admission.explain import explain
from shared.admission.facts import Direction
from shared.field_limits import TRIAL_ENTRIES_MAX
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, GateId, OccurrenceId, TicketId, TicketTypeId
from shared.kernel.instant import Instant, instant_from_datetime
from shared.kernel.same_fields import made_of

TRIAL: Final = "/organizations/{organization_id:str}/events/{event_id:str}/admission-trial"
READ: Final = requires(Role.READER, "venues:read")
_WAYS: Final = {"in": Direction.IN, "out": Direction.OUT}
_IdText = Annotated[str | None, QueryParameter(max_length=64)]


class TrialAnswer(Answer):
    """What a gate would decide, which nothing has recorded.

    Attributes:
        verdict: `admit`, `deny`, or `refer` to a supervisor.
        reason: As the journal would have it.
        meaning: What is the case, in one sentence.
        next_step: What the steward would be told to do.
        remaining: How many persons could still come in on the ticket; null for no limit.
        paused_at: Since when the organizer has paused entry there: nobody is let in now, and what
            is decided holds once it is resumed. Null where it is not, and for the way out.
        is_evacuated: The zone is being evacuated: nobody is let in now, and what is decided holds
            once that is over, as far as passages are known by now.
    """

    admit: bool
    verdict: str
    reason: str
    meaning: str
    next_step: str
    remaining: int | None
    paused_at: datetime | None
    is_evacuated: bool


class AskedTrial(msgspec.Struct, frozen=True, kw_only=True):
    """What the query asks; what it leaves out is None."""

    gate_id: GateId | None
    at: Instant | None
    direction: Direction
    ticket_id: TicketId | None
    ticket_type_id: TicketTypeId | None
    occurrence_id: OccurrenceId | None
    entered: tuple[Instant, ...]


def provide_trial(
    gate_id: _IdText = None,
    at: Annotated[datetime | None, QueryParameter(description="with its zone")] = None,
    direction: Annotated[Literal["in", "out"], QueryParameter()] = "in",
    ticket_id: Annotated[str | None, QueryParameter(max_length=16)] = None,
    ticket_type_id: _IdText = None,
    occurrence_id: _IdText = None,
    entered: Annotated[
        list[datetime] | None,
        QueryParameter(
            max_items=TRIAL_ENTRIES_MAX, description="when an imagined ticket came in there before"
        ),
    ] = None,
) -> AskedTrial:
    """Read the query.

    Raises:
        Problem: naming what cannot be meant.
    """
    return AskedTrial(
        gate_id=None if gate_id is None else GateId(gate_id),
        at=None if at is None else _instant("at", at),
        direction=_WAYS[direction],
        ticket_id=None if ticket_id is None else ticket_in_field("ticket_id", ticket_id),
        ticket_type_id=None if ticket_type_id is None else TicketTypeId(ticket_type_id),
        occurrence_id=None if occurrence_id is None else OccurrenceId(occurrence_id),
        entered=tuple(_instant("entered", one) for one in entered or ()),
    )


@get(
    TRIAL,
    tags=["venues"],
    guards=[READ],
    dependencies={"asked": Provide(provide_trial, sync_to_thread=False)},
)
async def try_at_gate(
    units: NamedDependency[Units], event_id: FromPath[EventId], asked: NamedDependency[AskedTrial]
) -> TrialAnswer:
    """Try a ticket at a gate: what would be decided by the present plan; nothing is recorded.

    A ticket that there is, with all its passages until then, or an imagined one of a type.
    """
    async with units.read() as unit:
        await get_event(unit, event_id)
        if asked.gate_id is None:
            raise wrong_field("gate_id", "is missing")
        trial = made_of(Trial, asked, at=unit.now if asked.at is None else asked.at)
        tried = await try_ticket(unit, event_id, trial)
    decision = tried.decision
    said = explain(decision.reason)
    return TrialAnswer(
        admit=decision.admit,
        verdict=decision.verdict.value,
        reason=decision.reason.value,
        meaning=said.meaning,
        next_step=said.next_step,
        remaining=decision.remaining,
        paused_at=to_moment(tried.paused_at),
        is_evacuated=tried.is_evacuated,
    )


def _instant(field: str, moment: datetime) -> Instant:
    try:
        moment.astimezone(UTC)  # fails beyond the years that UTC can write
        return instant_from_datetime(moment)
    except (BadInput, OverflowError, ValueError):
        raise wrong_field(field, "is no moment with a zone, in the years 1 to 9999") from None

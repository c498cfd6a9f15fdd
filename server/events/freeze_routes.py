"""`…/events/{event_id}/freeze`: whether the plan is locked, and who lifted the freeze, and why."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.users import name_actor
from server.db.unit import Unit, Units
from server.events.events_and_dates import get_event
from server.events.freeze import lift_freeze, lifts_of
from server.events.models import Event
from server.events.routes import EVENT, READ, WRITE
from server.events.schemas import FreezeAnswer, LiftAnswer, LiftBody
from server.http.body_and_answer_types import answer_of, moment_of, says_nothing
from server.http.logs import log
from server.http.retrying import look_again
from server.problem_answers import wrong_field
from shared.kernel.id_types import EventId

FREEZE = EVENT + "/freeze"


@get(FREEZE, tags=["events"], guards=[READ])
async def get_freeze(units: NamedDependency[Units], event_id: FromPath[EventId]) -> FreezeAnswer:
    """Say whether zones, rules, dates, seats and what types mean are locked, and since when."""
    async with units.read() as unit:
        return await _answer(unit, await get_event(unit, event_id))


@post(FREEZE + "/lift", status_code=200, tags=["events"], guards=[WRITE])
@look_again
async def lift(
    data: JSONBody[LiftBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> FreezeAnswer:
    """Lift the freeze, with a reason, until the plan is handed to gates again.

    The reason is kept, and shown to everybody who looks at the event.
    """
    if says_nothing(data.reason):
        raise wrong_field("reason", "is empty")
    async with units.write() as unit:
        event = await lift_freeze(unit, event_id, by=units.actor, reason=data.reason.strip())
        answer = await _answer(unit, event)
    log().info("event.freeze_lifted", event_id=event_id, actor=units.actor)
    return answer


async def _answer(unit: Unit, event: Event) -> FreezeAnswer:
    lifts = [
        answer_of(LiftAnswer, one, by=await name_actor(unit.session, one.by))
        for one in lifts_of(event)
    ]
    since = None if event.frozen_at is None else moment_of(event.frozen_at)
    return FreezeAnswer(is_frozen=since is not None, since=since, lifts=lifts)

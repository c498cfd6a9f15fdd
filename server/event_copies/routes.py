"""`/api/v1/…/events/{event_id}/copy`: a new draft of an earlier event, looked at before."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody

from server.db.unit import Context, Units
from server.event_copies import copying_event
from server.event_copies.copy_preview import preview_copy
from server.event_copies.copying_event import COPY_POLL_S
from server.event_copies.schemas import CopyBody, CopyPreviewAnswer
from server.events.routes import EVENT, WRITE, event_answer
from server.events.schemas import EventAnswer
from server.http.logs import log
from server.http.retrying import look_again
from server.jobs.due_jobs import doing_jobs
from server.jobs.runner import JobRunner
from server.seating.copying_event_seats import SeatsToWrite, write_copied
from shared.kernel.id_types import EventId

COPY: Final = EVENT + "/copy"
CopyKeyHeader = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=80,
        description="The same key again gives the same copy.",
    ),
]


@post(COPY + "/preview", status_code=200, tags=["events"], guards=[WRITE])
async def preview_event_copy(
    data: JSONBody[CopyBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> CopyPreviewAnswer:
    """Tell what a copy would be: its dates, what comes along, what stays behind.

    Nothing is made; what the copy itself would refuse is refused here too.
    """
    async with units.read() as unit:
        return await preview_copy(unit, event_id, data)


@post(COPY, tags=["events"], guards=[WRITE])
async def copy_event(
    data: JSONBody[CopyBody],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    client_key: CopyKeyHeader = None,
) -> EventAnswer:
    """Make a new draft of an event in any state, a cancelled one too: all of its plan or nothing.

    Zones, gates, types with tiers and limits, prices, fees, tax, promotions without a code,
    policies, rules, seats, limits of alarms and tickets' design come along, moved to the new days.
    Nothing that was sold, nobody's data, no device, key or count does. Of a map of more than 2,000
    seats the seats come last, before the answer; where the server ends meanwhile, within minutes.
    """
    answer, seats = await _add(units, event_id, data, client_key)
    if seats is not None:
        await write_copied(units.context, units.organization_id, answer.id, seats)
    log().info("event.copied", event_id=answer.id, source_id=event_id, actor=units.actor)
    return answer


@look_again
async def _add(
    units: Units, event_id: EventId, said: CopyBody, client_key: str | None
) -> tuple[EventAnswer, SeatsToWrite | None]:
    """Add a copy by one transaction; what is done afterwards is done once."""
    async with units.write() as unit:
        made = await copying_event.copy_event(unit, event_id, said, client_key)
        return event_answer(made.event), made.seats


def make_runner(state: State) -> JobRunner:
    """Make what writes the seats of copies whose maker has died, of an application."""
    context: Context = state["context"]
    return JobRunner(context, {copying_event.KIND: copying_event.SeatCopier(context)})


lifespans = [doing_jobs("copying", lambda: COPY_POLL_S, make_runner)]

"""`/api/v1/…/occurrences/{occurrence_id}/cancellation`: one date called off, as an event is."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.cancelling import event_cancelling
from server.cancelling.date_moves import new_notice
from server.cancelling.routes import (
    BOTH,
    READ,
    AfterNumber,
    OfOutcome,
    answer_preview,
    answer_run,
    answer_settled,
)
from server.cancelling.schemas import (
    CancellationAnswer,
    CancellationBody,
    PreviewAnswer,
    SettledOrderAnswer,
)
from server.db.unit import Units
from server.events.events_and_dates import get_occurrence
from server.http.body_and_answer_types import Page, says_nothing
from server.http.logs import log
from server.http.page_cursors import PAGE_SIZE_DEFAULT, Limit
from server.http.retrying import look_again
from server.mail.notices import MovedDate
from server.problem_answers import wrong_field
from shared.kernel.id_types import EventId, OccurrenceId

DATE: Final = (
    "/organizations/{organization_id:str}/events/{event_id:str}"
    "/occurrences/{occurrence_id:str}/cancellation"
)


@get(DATE + "/preview", tags=["cancellation"], guards=[READ])
async def preview_date_cancellation(
    has_mail: NamedDependency[bool],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    occurrence_id: FromPath[OccurrenceId],
) -> PreviewAnswer:
    """Tell what calling one date off would mean now, for tickets that are for it alone."""
    async with units.read() as unit:
        await get_occurrence(unit, event_id, occurrence_id)
        return await answer_preview(unit, event_id, occurrence_id, has_mail=has_mail)


@post(DATE, status_code=200, tags=["cancellation"], guards=BOTH)
@look_again
async def cancel_date(
    data: JSONBody[CancellationBody],
    has_mail: NamedDependency[bool],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    occurrence_id: FromPath[OccurrenceId],
) -> CancellationAnswer:
    """Call one date off and give back what its tickets cost; the event's other dates stay.

    From then on nobody comes in by a ticket that is for it alone, and none is sold. Said again,
    it looks for orders that tills have brought since, and for what was paid since.
    """
    if says_nothing(data.reason):
        raise wrong_field("reason", "is empty")
    async with units.write() as unit:
        row = await get_occurrence(unit, event_id, occurrence_id)
        notice = None
        if data.tell is not None:
            notice = new_notice(
                "cancelled",
                data.tell,
                [occurrence_id],
                [MovedDate(row.name, row.starts_at, row.starts_at)],
                has_mail=has_mail,
            )
        await event_cancelling.cancel_event(
            unit,
            event_id,
            reason=data.reason,
            actor=units.actor,
            notice=notice,
            date=occurrence_id,
        )
        answer = await answer_run(unit, event_id, occurrence_id)
    log().info("occurrence.cancelled", event_id=event_id, kind=occurrence_id, actor=units.actor)
    return answer


@post(DATE + "/stop", status_code=200, tags=["cancellation"], guards=BOTH)
@look_again
async def stop_date_refunds(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    occurrence_id: FromPath[OccurrenceId],
) -> CancellationAnswer:
    """Let the refunds of a date rest; saying its cancellation again goes on behind it."""
    async with units.write() as unit:
        await event_cancelling.stop_refunds(unit, event_id, occurrence_id)
        answer = await answer_run(unit, event_id, occurrence_id)
    log().info("event.refunds_stopped", event_id=event_id, actor=units.actor)
    return answer


@get(DATE, tags=["cancellation"], guards=[READ])
async def get_date_cancellation(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    occurrence_id: FromPath[OccurrenceId],
) -> CancellationAnswer:
    """Return how far the refunds of a date have come."""
    async with units.read() as unit:
        return await answer_run(unit, event_id, occurrence_id)


@get(DATE + "/orders", tags=["cancellation"], guards=[READ])
async def list_settled_orders_of_date(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    occurrence_id: FromPath[OccurrenceId],
    *,
    outcome: OfOutcome = None,
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: AfterNumber = 0,
) -> Page[SettledOrderAnswer]:
    """List what became of a date's orders; `outcome=left` needs a person, or was paid since."""
    async with units.read() as unit:
        return await answer_settled(
            unit, event_id, occurrence_id, outcome=outcome, limit=limit, after=after
        )

"""Check-ins for the organizer."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.hot_path_connections import Driver
from server.db.unit import Units
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import Page, answer_of, page_of
from server.http.page_cursors import PAGE_BEFORE, PAGE_SIZE_DEFAULT, Limit
from server.http.parameters import AnyRequest
from server.ledger.checkins import count_passages, list_uses
from server.ledger.models import TicketUse
from server.ledger.schemas import CheckinAnswer, CountsAnswer
from server.plans.compiling_plans import read_event_config
from server.ticketing.asked_ticket_ids import ticket_in_field
from shared.kernel.id_types import EventId, OccurrenceId
from shared.kernel.ids import format_ticket_id

CHECKINS: Final = "/organizations/{organization_id:str}/events/{event_id:str}/checkins"
READ: Final = requires(Role.READER, "journal:read")


@get(CHECKINS, tags=["checkins"], guards=[READ])
async def list_checkins(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: Annotated[
        str | None, QueryParameter(max_length=20, pattern="^[0-9]+$", description=PAGE_BEFORE)
    ] = None,
    ticket_id: Annotated[str | None, QueryParameter(max_length=16)] = None,
    occurrence_id: Annotated[OccurrenceId | None, QueryParameter(max_length=64)] = None,
) -> Page[CheckinAnswer]:
    """List an event's check-ins, the latest first; perhaps those of one date or one ticket."""
    ticket = None if ticket_id is None else ticket_in_field("ticket_id", ticket_id)
    async with units.read() as unit:
        await get_event(unit, event_id)
        rows = await list_uses(
            unit,
            event_id,
            limit=limit,
            before=None if after is None else min(int(after), 1 << 62),
            ticket_id=ticket,
            occurrence_id=occurrence_id,
        )
        return page_of(rows, limit, _checkin, lambda row: str(row.seq))


@get(CHECKINS + "/counts", tags=["checkins"], guards=[READ])
async def count_checkins(
    request: AnyRequest, units: NamedDependency[Units], event_id: FromPath[EventId]
) -> CountsAnswer:
    """Count who came and went, by gate, and who is inside, by zone."""
    driver: Driver = request.app.state["driver"]
    async with units.read() as unit:
        config = await read_event_config(unit, event_id)
    found, inside = await count_passages(driver, units.organization_id, event_id, config.zones)
    return CountsAnswer(
        gates=found,
        admitted=sum(one.persons for one in found if one.direction == "in"),
        inside=sum(one.inside for one in inside),
        zones=inside,
    )


def _checkin(row: TicketUse) -> CheckinAnswer:
    return answer_of(
        CheckinAnswer,
        row,
        sequence=row.seq,
        ticket_id=format_ticket_id(row.ticket_id),
        at_error_us=row.at_error,
    )

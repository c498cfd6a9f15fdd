"""`/api/v1/organizations/{organization_id}/events` and their occurrences."""

from __future__ import annotations

from typing import Annotated

from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Principal, Role
from server.db.audit_line import note_target
from server.db.unit import Unit, Units
from server.events import events_and_dates
from server.events.event_states import EventProfile, EventState, needs_admin
from server.events.gate_policy import policy_from_json
from server.events.models import Event, Occurrence
from server.events.ports import DateUsage
from server.events.pricing_terms import pricing_from_json
from server.events.schemas import (
    EventAnswer,
    EventChange,
    NewEvent,
    OccurrenceAnswer,
    OccurrenceBody,
    StateChange,
)
from server.http.body_and_answer_types import Page, answer_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing, Search
from server.http.logs import log
from server.http.page_cursors import SORTS
from server.http.retrying import look_again
from server.organizations.organizations_and_numbers import get_organization
from server.problem_answers import refuse
from shared.kernel.id_types import EventId, OccurrenceId

EVENTS = "/organizations/{organization_id:str}/events"
EVENT = EVENTS + "/{event_id:str}"
OCCURRENCES = EVENT + "/occurrences"
READ = requires(Role.READER, "events:read")
WRITE = requires(Role.MANAGER, "events:write")


@post(EVENTS, tags=["events"], guards=[WRITE])
async def create_event(data: JSONBody[NewEvent], units: NamedDependency[Units]) -> EventAnswer:
    """Make an event, in state draft."""
    async with units.write() as unit:
        return event_answer(await events_and_dates.create_event(unit, data))


@get(EVENTS, tags=["events"], guards=[READ], opt={SORTS: events_and_dates.EVENT_ORDER})
async def list_events(
    search: NamedDependency[Search],
    units: NamedDependency[Units],
    event_state: Annotated[EventState | None, QueryParameter(name="state")] = None,
) -> Page[EventAnswer]:
    """List events, in order of their ids."""
    async with units.read() as unit:
        return await search.page(
            unit,
            events_and_dates.select_events(event_state),
            events_and_dates.EVENT_ORDER,
            convert=event_answer,
        )


@get(EVENT, tags=["events"], guards=[READ])
async def get_event(units: NamedDependency[Units], event_id: FromPath[EventId]) -> EventAnswer:
    """Return an event."""
    async with units.read() as unit:
        return event_answer(await events_and_dates.get_event(unit, event_id))


@patch(EVENT, tags=["events"], guards=[WRITE])
@look_again
async def change_event(
    data: JSONBody[EventChange],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> EventAnswer:
    """Change an event's name, time zone or gate policy."""
    async with units.write() as unit:
        await expected.check(unit, event_id, _locked, event_id)
        return event_answer(await events_and_dates.change_event(unit, event_id, data))


@post(EVENT + "/state", status_code=200, tags=["events"], guards=[WRITE])
@look_again
async def change_state(
    data: JSONBody[StateChange],
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> EventAnswer:
    """Take an event to another state; publishing may need a platform admin."""
    async with units.write() as unit:
        organization = await get_organization(unit)
        event = await events_and_dates.lock_event(unit, event_id)
        if not principal.is_platform_admin and needs_admin(
            data.state, needs_approval=organization.needs_approval, now=EventState(event.state)
        ):
            raise refuse("forbidden", "event.approval")
        is_reopened = (event.state, data.state) == (EventState.COMPLETED, EventState.ACTIVE)
        note_target("state", "reopened" if is_reopened else data.state.value)
        changed = await events_and_dates.change_state(unit, event_id, data.state)
    log().info("event.state", event_id=event_id, kind=data.state, actor=principal.actor)
    return event_answer(changed)


@post(OCCURRENCES, tags=["events"], guards=[WRITE])
async def create_occurrence(
    data: JSONBody[OccurrenceBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> OccurrenceAnswer:
    """Add a date to an event."""
    async with units.write() as unit:
        return _occurrence(await events_and_dates.save_occurrence(unit, event_id, None, data))


@get(OCCURRENCES, tags=["events"], guards=[READ])
async def list_occurrences(
    listing: NamedDependency[Listing], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> list[OccurrenceAnswer]:
    """List an event's dates, the earliest first."""
    async with units.read() as unit:
        await events_and_dates.get_event(unit, event_id)
        found = [
            _occurrence(row) for row in await events_and_dates.list_occurrences(unit, event_id)
        ]
    return listing.arrange(found, OccurrenceAnswer)


@put(OCCURRENCES + "/{occurrence_id:str}", tags=["events"], guards=[WRITE])
@look_again
async def change_occurrence(
    data: JSONBody[OccurrenceBody],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    occurrence_id: FromPath[OccurrenceId],
) -> OccurrenceAnswer:
    """Replace what a date says."""
    async with units.write() as unit:
        await expected.check(unit, occurrence_id, locked_date, event_id, occurrence_id)
        return _occurrence(
            await events_and_dates.save_occurrence(unit, event_id, occurrence_id, data)
        )


@delete(OCCURRENCES + "/{occurrence_id:str}", status_code=204, tags=["events"], guards=[WRITE])
@look_again
async def remove_occurrence(
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    usage: NamedDependency[DateUsage],
    event_id: FromPath[EventId],
    occurrence_id: FromPath[OccurrenceId],
) -> None:
    """Remove a date that no zone, ticket type or ticket is for, and on which nobody came."""
    async with units.write() as unit:
        await expected.check(unit, occurrence_id, locked_date, event_id, occurrence_id)
        await events_and_dates.remove_occurrence(unit, usage, event_id, occurrence_id)


async def _locked(unit: Unit, event_id: EventId) -> EventAnswer:
    return event_answer(await events_and_dates.lock_event(unit, event_id))


async def locked_date(
    unit: Unit, event_id: EventId, occurrence_id: OccurrenceId
) -> OccurrenceAnswer:
    """Read a date as it is now, the event locked until the end."""
    await events_and_dates.lock_event(unit, event_id)
    return _occurrence(await events_and_dates.get_occurrence(unit, event_id, occurrence_id))


def event_answer(row: Event) -> EventAnswer:
    """Show an event."""
    return answer_of(
        EventAnswer,
        row,
        state=EventState(row.state),
        profile=EventProfile(row.profile),
        policy=policy_from_json(row.policy),
        pricing=pricing_from_json(row.pricing),
    )


def _occurrence(row: Occurrence) -> OccurrenceAnswer:
    return answer_of(OccurrenceAnswer, row)

"""Makes, finds, locks and changes an organization's events and their dates, called occurrences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import Select, func, select, update

from server import quotas
from server.db.unit import Unit, for_change
from server.events.countries import list_countries
from server.events.event_end import note_end
from server.events.event_states import (
    EDITABLE,
    UNRELEASED,
    EventState,
    may_become,
)
from server.events.frozen_edits import refuse_frozen, refuse_frozen_edit
from server.events.gate_policy import policy_from_json, policy_to_json
from server.events.known_events import forget_event, know_event, known_events
from server.events.models import Event, Occurrence
from server.events.ports import DateUsage
from server.events.pricing_terms import pricing_to_json
from server.events.schemas import EventChange, NewEvent, OccurrenceBody
from server.http.body_and_answer_types import to_instant
from server.http.page_cursors import RowOrder
from server.organizations.organizations_and_numbers import get_organization
from server.problem_answers import Problem, refuse, wrong_field
from server.webhooks.message_kinds import Kind
from server.webhooks.outbox import tell_programs
from shared.admission.local_time import time_zone
from shared.kernel import ids
from shared.kernel.currencies import digits_of
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, OccurrenceId
from shared.kernel.instant import DAY, Instant, instant_from_datetime
from shared.manifest.frozen_parts import PlanPart
from shared.wire.work_reasons import WorkReason

MOVES_KEPT: Final = 8
"""Of a date, the times before it was moved for which tickets were signed: more are forgotten."""

__all__ = ["Event", "Occurrence"]
"""The rows that other domains read; they change them through the functions here only."""


async def create_event(unit: Unit, said: NewEvent) -> Event:
    """Make an event in state draft.

    Raises:
        Problem: if the time zone or the currency does not exist, or there are too many.
    """
    check_time_zone(said.timezone)
    check_currency(said.currency)
    check_country(said.pricing.country)
    await check_event_quota(unit)
    event = Event(
        id=ids.new_id(ids.EVENT, unit.entropy),
        name=said.name,
        state=EventState.DRAFT,
        profile=said.profile,
        timezone=said.timezone,
        currency=said.currency,
        policy=policy_to_json(said.policy),
        pricing=pricing_to_json(said.pricing),
        plan_version=1,
        over_at=unit.now,
        created_at=unit.now,
        updated_at=unit.now,
    )
    return await unit.add(event)


async def check_event_quota(unit: Unit) -> None:
    """Refuse one event more than an organization may have.

    Raises:
        Problem: `quota-exceeded`.
    """
    ahead = select(func.count()).select_from(Event).where(Event.over_at > unit.now - DAY)
    count = (await unit.session.execute(ahead)).scalar_one()
    quotas.check(count, quotas.EVENTS_MAX, "events that are not over")


def check_time_zone(name: str) -> None:
    """Refuse a time zone that does not exist.

    Raises:
        Problem: naming the field.
    """
    try:
        time_zone(name)
    except BadInput as error:
        raise wrong_field("timezone", str(error)) from None


def check_currency(code: str) -> None:
    """Refuse a currency that does not exist.

    Raises:
        Problem: naming the field.
    """
    try:
        digits_of(code)
    except BadInput as error:
        raise wrong_field("currency", str(error)) from None


def check_country(code: str | None) -> None:
    """Refuse two letters that are no country's.

    Raises:
        Problem: naming the field.
    """
    if code is not None and code not in list_countries():
        message = f"{code} is not an ISO 3166 country; write two capitals such as CH"
        raise wrong_field("pricing.country", message)


async def get_event(unit: Unit, event_id: EventId) -> Event:
    """Return the organization's event, which a unit reads once: who locks it reads it anew.

    Raises:
        Problem: `not-found`, also for another organization's.
    """
    known = known_events(unit)
    if event_id not in known:
        query = select(Event).where(Event.id == event_id)
        # A row that somebody holds yet would else stay as it was before a statement changed it.
        query = query.execution_options(populate_existing=True)
        known[event_id] = await unit.get(query, "event")
    return known[event_id]


async def get_editable_event(unit: Unit, event_id: EventId) -> Event:
    """Return an event whose plan may change, and note the change for its gates.

    Raises:
        Problem: `not-found`, or `conflict` if the event is over.
    """
    event = await lock_event(unit, event_id)
    if EventState(event.state) not in EDITABLE:
        raise refuse("conflict", "event.fixed", event_state=event.state)
    await touch_plan(unit, event_id)
    return event


async def lock_event(unit: Unit, event_id: EventId) -> Event:
    """Return an event as it is now, locked for a change that its gates do not wait for.

    Raises:
        Problem: `not-found`.
    """
    query = for_change(select(Event).where(Event.id == event_id))
    event = await unit.get(query.execution_options(populate_existing=True), "event")
    know_event(unit, event)
    return event


async def get_event_in(
    unit: Unit, event_id: EventId, allowed: Collection[EventState], otherwise: str
) -> Event:
    """Return an event in which something may be done now: its state and its approval allow it.

    Its row is shared until the transaction ends, so that nobody cancels it meanwhile.

    Args:
        unit: A writing one.
        event_id: Which.
        allowed: The states.
        otherwise: What does not happen in others, with what to do, after "The event is …; ".

    Raises:
        Problem: `not-found`; `conflict`; `forbidden` if a platform admin has to approve it first.
    """
    query = select(Event).where(Event.id == event_id).with_for_update(read=True)
    event = await unit.get(query.execution_options(populate_existing=True), "event")
    know_event(unit, event)
    state = EventState(event.state)
    if state not in allowed:
        because = WorkReason("event.not_now", {"event_state": state})
        raise Problem("conflict", f"The event is {state}; {otherwise}", because=because)
    if state in UNRELEASED and (await get_organization(unit)).needs_approval:
        raise refuse("forbidden", "event.approval")
    return event


async def touch_plan(unit: Unit, event_id: EventId) -> None:
    """Raise the plan's version: gates need a new configuration."""
    await unit.change(
        update(Event)
        .where(Event.id == event_id)
        .values(plan_version=Event.plan_version + 1, updated_at=unit.now)
    )
    forget_event(unit, event_id)


async def touch_all_plans(unit: Unit) -> None:
    """Raise the version of every plan: what changed belongs to the whole organization."""
    await unit.change(
        update(Event).values(plan_version=Event.plan_version + 1, updated_at=unit.now)
    )
    known_events(unit).clear()


EVENT_ORDER: Final = RowOrder(
    Event.id,
    fields={
        "name": Event.name,
        "state": Event.state,
        "created_at": Event.created_at,
        "updated_at": Event.updated_at,
    },
)


def select_events(state: EventState | None) -> Select[Event]:
    """Ask for events, those in a state or all."""
    query = select(Event)
    return query if state is None else query.where(Event.state == state)


async def list_ends(unit: Unit) -> list[tuple[EventId, str, str, Instant]]:
    """Return each event that has dates, its name, its zone, and when the last of them ends."""
    end = func.max(func.coalesce(Occurrence.ends_at, Occurrence.starts_at))
    query = (
        select(Event.id, Event.name, Event.timezone, end)
        .join(Occurrence, Occurrence.event_id == Event.id)
        .group_by(Event.id, Event.name, Event.timezone)
        .order_by(Event.id)
    )
    rows = (await unit.session.execute(query)).all()
    return [(event_id, name, zone, Instant(ends)) for event_id, name, zone, ends in rows]


async def name_events(unit: Unit) -> dict[EventId, str]:
    """Return the names of all of an organization's events by id."""
    rows = (await unit.session.execute(select(Event.id, Event.name))).all()
    return {row.id: row.name for row in rows}


async def change_event(unit: Unit, event_id: EventId, said: EventChange) -> Event:
    """Change what is given; None leaves a value as it is.

    Raises:
        Problem: `not-found`, `conflict`, or a wrong time zone.
    """
    event = await get_editable_event(unit, event_id)
    wanted = {
        name: value
        for name, value in msgspec.to_builtins(said).items()
        if value is not None and name in {"timezone", "policy"}
    }
    policy_now = policy_to_json(policy_from_json(event.policy))
    is_now = {"timezone": event.timezone, "policy": policy_now}
    refuse_frozen_edit(event, PlanPart.EVENT, is_now, wanted)
    if said.name is not None:
        event.name = said.name
    if said.timezone is not None:
        check_time_zone(said.timezone)
        event.timezone = said.timezone
    if said.policy is not None:
        event.policy = policy_to_json(said.policy)
    if said.pricing is not None:
        check_country(said.pricing.country)
        event.pricing = pricing_to_json(said.pricing)
    await unit.session.flush()
    await unit.session.refresh(event)
    return event


async def change_state(unit: Unit, event_id: EventId, then: EventState) -> Event:
    """Take an event to another state; idempotent.

    Raises:
        Problem: `not-found`, or `conflict` if there is no way there.
    """
    event = await lock_event(unit, event_id)
    now = EventState(event.state)
    if now is then:
        return event
    if not may_become(now, then):
        raise Problem("conflict", f"An event that is {now} cannot become {then}.")
    event.state = then
    event.plan_version += 1
    event.updated_at = unit.now
    await unit.session.flush()
    if then is EventState.CANCELLED:
        await tell_programs(unit, Kind.EVENT_CANCELLED, event_id, {"state": then.value})
    elif then is EventState.PUBLISHED:
        await tell_programs(unit, Kind.EVENT_PUBLISHED, event_id, {"state": then.value})
    return event


async def save_occurrence(
    unit: Unit,
    event_id: EventId,
    occurrence_id: OccurrenceId | None,
    said: OccurrenceBody,
    *,
    is_move: bool = False,
) -> Occurrence:
    """Add a date to an event (no id) or replace what one says.

    Args:
        unit: A writing one.
        event_id: The event.
        occurrence_id: Which date; None for a new one.
        said: What it shall be.
        is_move: It is moved for everybody, by an act that was previewed: that needs no lift.

    Raises:
        Problem: `not-found`, `conflict`, or times in the wrong order.
    """
    if said.ends_at is not None and said.ends_at <= said.starts_at:
        raise wrong_field("ends_at", "must be after starts_at", WorkReason("field.ends_first"))
    if said.doors_at is not None and said.doors_at > said.starts_at:
        because = WorkReason("field.doors_late")
        raise wrong_field("doors_at", "must not be after starts_at", because)
    times = (
        instant_from_datetime(said.starts_at),
        to_instant(said.ends_at),
        to_instant(said.doors_at),
    )
    event = await get_editable_event(unit, event_id)
    if occurrence_id is None:
        refuse_frozen(event, PlanPart.DATE)
        count = len(await list_occurrences(unit, event_id))
        quotas.check(count, quotas.OCCURRENCES_MAX, "occurrences")
        occurrence = Occurrence(
            id=ids.new_id(ids.OCCURRENCE, unit.entropy),
            event_id=event_id,
            earlier=[],
            created_at=unit.now,
        )
        unit.session.add(occurrence)
    else:
        occurrence = await get_occurrence(unit, event_id, occurrence_id)
        if occurrence.cancelled_at is not None:
            raise refuse("conflict", "date.off")
        if not is_move:
            before = _named(_times_of(occurrence))
            refuse_frozen_edit(event, PlanPart.DATE, before, _named(times))
    occurrence.name = said.name
    if occurrence_id is not None:
        occurrence.earlier = _times_before(occurrence, times)
    occurrence.starts_at, occurrence.ends_at, occurrence.doors_at = times
    await unit.session.flush()
    await note_end(unit, event_id)
    return occurrence


_Times = tuple[Instant, Instant | None, Instant | None]


def _times_of(row: Occurrence) -> _Times:
    return row.starts_at, row.ends_at, row.doors_at


def _named(times: _Times) -> dict[str, Instant | None]:
    return dict(zip(("starts_at", "ends_at", "doors_at"), times, strict=True))


def _times_before(row: Occurrence, then: _Times) -> list[Sequence[Instant | None]]:
    """Return when a date was to be before, once it is at other times: tickets were signed for."""
    now = [row.starts_at, row.ends_at, row.doors_at]
    known = [one for one in row.earlier if one != now]
    if now != list(then):
        known.append(now)
    return [one for one in known if one != list(then)][-MOVES_KEPT:]


async def list_occurrences(unit: Unit, event_id: EventId) -> Sequence[Occurrence]:
    """Return an event's occurrences in order of start."""
    query = (
        select(Occurrence)
        .where(Occurrence.event_id == event_id)
        .order_by(Occurrence.starts_at, Occurrence.id)
    )
    return await unit.all(query)


async def get_occurrence(unit: Unit, event_id: EventId, occurrence_id: OccurrenceId) -> Occurrence:
    """Return an event's occurrence.

    Raises:
        Problem: `not-found`.
    """
    query = select(Occurrence).where(
        Occurrence.id == occurrence_id, Occurrence.event_id == event_id
    )
    return await unit.get(query, "occurrence")


async def remove_occurrence(
    unit: Unit, usage: DateUsage, event_id: EventId, occurrence_id: OccurrenceId
) -> None:
    """Remove a date that no zone, ticket type or ticket is for, and on which nobody came.

    Raises:
        Problem: `not-found`, or `conflict`.
    """
    refuse_frozen(await get_editable_event(unit, event_id), PlanPart.DATE)
    row = await get_occurrence(unit, event_id, occurrence_id)
    if why := await usage.why_date_stays(unit, event_id, occurrence_id):
        raise Problem("conflict", why)
    await unit.session.delete(row)
    await unit.session.flush()
    await note_end(unit, event_id)


async def check_occurrence(
    unit: Unit, event_id: EventId, occurrence_id: OccurrenceId | None
) -> None:
    """Refuse an occurrence that is not this event's, as a wrong field of a body.

    Raises:
        Problem: naming `occurrence_id`.
    """
    if occurrence_id is None:
        return
    try:
        await get_occurrence(unit, event_id, occurrence_id)
    except Problem:
        raise wrong_field("occurrence_id", "is not an occurrence of this event") from None


async def check_takes_place(
    unit: Unit, event_id: EventId, occurrence_id: OccurrenceId | None
) -> None:
    """Refuse an occurrence that is not this event's, or was called off; as `check_occurrence`.

    Raises:
        Problem: naming `occurrence_id`.
    """
    await check_occurrence(unit, event_id, occurrence_id)
    if occurrence_id is not None:
        row = await get_occurrence(unit, event_id, occurrence_id)
        if row.cancelled_at is not None:
            raise wrong_field("occurrence_id", "was called off", WorkReason("date.off"))


async def cancel_occurrence(unit: Unit, event_id: EventId, occurrence_id: OccurrenceId) -> None:
    """Call a date off; its others stay. Idempotent.

    Raises:
        Problem: `not-found`, or `conflict` if the event is over, or no other date is left.
    """
    row = await get_occurrence(unit, event_id, occurrence_id)
    await get_editable_event(unit, event_id)
    rows = await list_occurrences(unit, event_id)
    if all(one.cancelled_at is not None or one.id == row.id for one in rows):
        raise refuse("conflict", "date.last")
    if row.cancelled_at is None:
        row.cancelled_at = unit.now
        await unit.session.flush()

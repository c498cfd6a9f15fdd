"""The events next to an event, in order of when they are over: its gates know their keys too."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Select, select, tuple_

from server.db.unit import Unit
from server.events.events_and_dates import get_event
from server.events.models import Event
from shared.credential.key_ids import AROUND, NEAREST_EVENTS, Dated, is_kept, kept_since, nearest
from shared.kernel.id_types import EventId


class _Neighbours(msgspec.Struct, frozen=True):
    """The events before and after a place, the nearest first, with the names of all."""

    before: Sequence[Dated]
    after: Sequence[Dated]
    names: dict[EventId, str]


async def find_neighbours(unit: Unit, event_id: EventId) -> dict[str, str]:
    """Return the events, by id and name, whose keys an event's keyring holds, itself included.

    An event that has been over for long holds its own only, and is held by no other.
    """
    own, name = await _place_of(unit, event_id)
    if not is_kept(own.over_at, unit.now):
        return {event_id: name}
    return {event_id: name} | await _nearest_to(unit, own)


async def find_nearest_to_now(unit: Unit) -> dict[str, str]:
    """Return the events, by id and name, that are nearest to the present."""
    return await _nearest_to(unit, Dated(unit.now, ""))


async def find_reached(unit: Unit, event_id: EventId) -> list[EventId]:
    """Return the events whose keyrings may hold an event's keys, itself included."""
    own, _ = await _place_of(unit, event_id)
    if not is_kept(own.over_at, unit.now):
        return [event_id]
    return [event_id, *(await _beside(unit, own)).names]


async def select_around(unit: Unit, event_id: EventId) -> Select[str]:
    """Select the events whose keys may meet an event's in a keyring, itself included."""
    own, _ = await _place_of(unit, event_id)
    before, after = (query.subquery() for query in _sides(unit, own, AROUND))
    own_id = select(Event.id).where(Event.id == event_id)
    found = own_id.union_all(select(before.c.id), select(after.c.id)).subquery()
    return select(found.c.id)


async def _place_of(unit: Unit, event_id: EventId) -> tuple[Dated, str]:
    event = await get_event(unit, event_id)
    return Dated(event.over_at, event_id), event.name


async def _nearest_to(unit: Unit, place: Dated) -> dict[str, str]:
    beside = await _beside(unit, place)
    chosen = nearest(place, beside.before, beside.after)
    return {one.id: beside.names[EventId(one.id)] for one in chosen}


async def _beside(unit: Unit, place: Dated) -> _Neighbours:
    before, after = (query.subquery() for query in _sides(unit, place, NEAREST_EVENTS))
    found = select(before.c.id).union_all(select(after.c.id)).subquery()
    query = select(Event.over_at, Event.id, Event.name).where(Event.id.in_(select(found.c.id)))
    names = {
        Dated(row.over_at, row.id): row.name for row in (await unit.session.execute(query)).all()
    }
    return _Neighbours(
        before=sorted((one for one in names if one < place), reverse=True),
        after=sorted(one for one in names if one > place),
        names={EventId(one.id): name for one, name in names.items()},
    )


def _sides(
    unit: Unit, place: Dated, most: int
) -> tuple[Select[int, str, str], Select[int, str, str]]:
    """Select the events before and after a place whose keys are kept, by one index."""
    order, here = tuple_(Event.over_at, Event.id), tuple_(place.over_at, place.id)
    kept = select(Event.over_at, Event.id, Event.name).where(
        Event.organization_id == unit.organization_id, Event.over_at >= kept_since(unit.now)
    )
    before = kept.where(order < here).order_by(Event.over_at.desc(), Event.id.desc())
    after = kept.where(order > here).order_by(Event.over_at, Event.id)
    return before.limit(most), after.limit(most)

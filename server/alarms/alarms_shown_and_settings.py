"""Looking at alarms, taking notice of them, saying their limits, and who is mailed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select, tuple_

from server.alarms.alarm_thresholds import Limits
from server.alarms.judging import AlarmKind
from server.alarms.models import Alarm, AlarmLimits, AlarmReader
from server.db.unit import Unit
from server.devices.finding_devices import Device
from server.events.events_and_dates import Event, get_event, lock_event
from server.events.tables_of_event_copies import copy_row
from server.organizations.members_and_last_owner import get_member
from server.venues_and_gates.venues_zones_and_gates import list_gates, list_zones
from shared.kernel.id_types import EventId, UserId
from shared.kernel.instant import Instant

__all__ = ["Alarm", "AlarmReader"]
"""The rows that are shown."""


class NamedAlarm(msgspec.Struct, frozen=True):
    """An alarm with the names of its event and of what it is about."""

    row: Alarm
    event: str
    place: str


async def list_standing(unit: Unit) -> list[NamedAlarm]:
    """Return the alarms that stand at all events, the latest first."""
    query = select(Alarm).where(Alarm.ended_at.is_(None)).order_by(Alarm.raised_at.desc())
    return await _named(unit, await unit.all(query))


async def list_alarms(
    unit: Unit,
    event_id: EventId,
    *,
    is_standing: bool | None,
    kind: AlarmKind | None,
    limit: int,
    after: tuple[Instant, str] | None,
) -> list[NamedAlarm]:
    """Return up to `limit + 1` alarms of an event, the latest first.

    Raises:
        Problem: `not-found`.
    """
    await get_event(unit, event_id)
    query = (
        select(Alarm)
        .where(Alarm.event_id == event_id)
        .order_by(Alarm.raised_at.desc(), Alarm.id.desc())
        .limit(limit + 1)
    )
    if is_standing is not None:
        query = query.where(Alarm.ended_at.is_(None) == is_standing)
    if kind is not None:
        query = query.where(Alarm.kind == kind.value)
    if after is not None:
        query = query.where(tuple_(Alarm.raised_at, Alarm.id) < tuple_(*after))
    return await _named(unit, await unit.all(query))


async def get_alarm(unit: Unit, event_id: EventId, alarm_id: str) -> NamedAlarm:
    """Return an alarm.

    Raises:
        Problem: `not-found`.
    """
    query = select(Alarm).where(Alarm.event_id == event_id, Alarm.id == alarm_id)
    return (await _named(unit, [await unit.get(query, "alarm")]))[0]


async def take_notice(
    unit: Unit, event_id: EventId, alarm_id: str, user_id: UserId, note: str
) -> NamedAlarm:
    """Note who has seen an alarm; the first one's name stays.

    Raises:
        Problem: `not-found`.
    """
    query = select(Alarm).where(Alarm.event_id == event_id, Alarm.id == alarm_id)
    row = await unit.get(query.with_for_update(), "alarm")
    if row.seen_by is None:
        row.seen_by, row.seen_at = user_id, unit.now
    if note:
        row.note = note
    await unit.session.flush()
    return (await _named(unit, [row]))[0]


async def read_limits(unit: Unit, event_id: EventId, *, is_locked: bool = False) -> Limits:
    """Return an event's limits; the usual ones where nobody has said any.

    Raises:
        Problem: `not-found`.
    """
    await (lock_event(unit, event_id) if is_locked else get_event(unit, event_id))
    row = await unit.find(select(AlarmLimits).where(AlarmLimits.event_id == event_id))
    return Limits() if row is None else msgspec.convert(row.limits, Limits)


async def save_limits(unit: Unit, event_id: EventId, limits: Limits) -> None:
    """Say from where on an event's alarms are raised.

    Raises:
        Problem: `not-found`.
    """
    await lock_event(unit, event_id)
    row = await unit.find(select(AlarmLimits).where(AlarmLimits.event_id == event_id))
    said: Any = msgspec.to_builtins(limits)
    if row is None:
        unit.session.add(AlarmLimits(event_id=event_id, limits=said))
    else:
        row.limits = said
    await unit.session.flush()


async def copy_limits(unit: Unit, event_id: EventId, copy_id: EventId) -> None:
    """Let a copy of an event raise alarms from where on the event does."""
    row = await unit.find(select(AlarmLimits).where(AlarmLimits.event_id == event_id))
    if row is not None:
        given = {"event_id": copy_id, "organization_id": unit.organization_id}
        await unit.add(copy_row(row, **given))


async def has_own_limits(unit: Unit, event_id: EventId) -> bool:
    """Tell whether somebody has said from where on an event's alarms are raised."""
    query = select(AlarmLimits.event_id).where(AlarmLimits.event_id == event_id)
    return await unit.find(query) is not None


async def read_reader(unit: Unit, user_id: UserId) -> AlarmReader | None:
    """Return how a member is mailed; None if they are not."""
    return await unit.find(select(AlarmReader).where(AlarmReader.user_id == user_id))


async def set_reader(unit: Unit, user_id: UserId, *, wanted: bool, language: str) -> None:
    """Have a member mailed when an alarm is raised, or no more.

    Raises:
        Problem: `not-found` for somebody who is no member.
    """
    await get_member(unit, user_id)
    row = await read_reader(unit, user_id)
    if row is not None and not wanted:
        await unit.session.delete(row)
    elif row is not None:
        row.language = language
    elif wanted:
        unit.session.add(AlarmReader(user_id=user_id, language=language))
    await unit.session.flush()


async def _named(unit: Unit, rows: Sequence[Alarm]) -> list[NamedAlarm]:
    event_ids = sorted({row.event_id for row in rows})
    names: dict[str, str] = {}
    for event_id in event_ids:
        names |= {gate.id: gate.name for gate in await list_gates(unit, event_id)}
        names |= {zone.id: zone.name for zone in await list_zones(unit, event_id)}
    others = sorted({row.subject for row in rows if row.subject} - names.keys())
    if others:
        devices = select(Device).where(Device.id.in_(others))
        names |= {device.id: device.name for device in await unit.all(devices)}
    found = await unit.all(select(Event).where(Event.id.in_(event_ids)))
    events = {event.id: event.name for event in found}
    return [
        NamedAlarm(row, events.get(row.event_id, ""), names.get(row.subject, row.subject))
        for row in rows
    ]

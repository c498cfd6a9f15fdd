"""How an event stands, as far as alarms are concerned: from what gates have brought in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Select, func, or_, select

from server.alarms.judging import GateScans, Measured, ZoneFill
from server.alarms.models import Alarm
from server.alarms.silent_gates import ALARM_BEFORE, find_silent_gates
from server.db.session_transaction import SessionTransaction
from server.db.unit import Unit
from server.devices.finding_devices import Device
from server.events.event_states import REACHABLE, EventState
from server.events.events_and_dates import Event, Occurrence
from server.ledger.evacuations_on_record import Word, WordStanding, read_words, select_unended
from server.reconciliation.findings import ConflictKind
from server.reconciliation.settling_conflicts import Conflict
from server.tallies.rows import Count, read_minutes, read_totals
from server.tallies.what_is_counted import MINUTE_US, Stat
from server.venues_and_gates.place_pauses import list_pauses
from server.venues_and_gates.venues_zones_and_gates import list_gates, list_zones
from shared.admission.evacuation import EvacuationPhase
from shared.admission.reasons import Reason
from shared.kernel.id_types import EventId, OccurrenceId, OrganizationId, ZoneId
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant

ALARM_DENIALS_SPAN: Final[Duration] = 10 * MINUTE
"""Over which denied scans, and codes that nobody signed, are counted."""
ALARM_OVERRIDES_SPAN: Final[Duration] = 30 * MINUTE
ALARM_AFTER: Final[Duration] = 2 * HOUR
"""So long after the end they still are, but for silent gates."""
ALARM_LENGTH: Final[Duration] = 8 * HOUR
"""How long a date without an end goes on, as far as alarms are concerned."""

FORGED: Final = frozenset({Reason.BAD_SIGNATURE.value, Reason.UNKNOWN_KEY.value})
_DENY: Final = "deny"
_OVERRIDE: Final = "override"
_HOLD: Final = (WordStanding.COUNTS, WordStanding.ANNULLED)
_TAKES_PLACE: Final = (EventState.PUBLISHED.value, EventState.ACTIVE.value)


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """An event whose alarms are judged now.

    Attributes:
        doors: Of the dates that are on, since when their gates work; of any other, before its
            doors, after its end or called off, no gate is missed.
        is_on: False for one that is before its hours or after them: it is evacuated, or has an
            alarm that stands.
        is_evacuated: Gates of it let nobody in, whatever its date.
    """

    organization_id: OrganizationId
    event_id: EventId
    profile: str = ""
    doors: Mapping[OccurrenceId, Instant] = {}
    is_on: bool = False
    is_evacuated: bool = False


async def find_watched(unit: Unit) -> list[Watched]:
    """Return the events whose alarms are judged at this instant; in the system's scope."""
    now, date = unit.now, Occurrence
    doors = func.coalesce(date.doors_at, date.starts_at)
    ends = func.coalesce(date.ends_at, date.starts_at + ALARM_LENGTH)
    query = (
        select(Event.organization_id, Event.id, Event.profile, date.id, doors, ends)
        .join(date, date.event_id == Event.id)
        .where(
            Event.over_at > now - ALARM_LENGTH - ALARM_AFTER,
            Event.state.in_(_TAKES_PLACE),
            date.cancelled_at.is_(None),
            doors <= now + ALARM_BEFORE,
            ends >= now - ALARM_AFTER,
        )
    )
    found: dict[EventId, Watched] = {}
    rows = await unit.session.execute(query)
    for organization_id, event_id, profile, date_id, doors_at, ends_at in rows:
        before = found.get(event_id)
        is_open = doors_at <= now <= ends_at
        found[event_id] = Watched(
            organization_id=organization_id,
            event_id=event_id,
            profile=profile,
            doors={
                **({} if before is None else before.doors),
                **({date_id: doors_at} if is_open else {}),
            },
            is_on=True,
        )
    for organization_id, event_id in await unit.session.execute(_find_evacuated(now)):
        found.setdefault(
            event_id,
            Watched(organization_id=organization_id, event_id=event_id, is_evacuated=True),
        )
    standing = select(Alarm.organization_id, Alarm.event_id).where(Alarm.ended_at.is_(None))
    for organization_id, event_id in await unit.session.execute(standing.distinct()):
        over = Watched(organization_id=organization_id, event_id=event_id)
        found.setdefault(event_id, over)
    return [found[event_id] for event_id in sorted(found)]


def _find_evacuated(now: Instant) -> Select[OrganizationId, EventId]:
    """Find events with an evacuation that nobody has ended, until a while after event and word.

    Without a date an event is over when it was made; and the last guests stay beyond its end.
    """
    words, since = select_unended().subquery(), now - ALARM_LENGTH - ALARM_AFTER
    return (
        select(Event.organization_id, Event.id)
        .join(words, words.c.event_id == Event.id)
        .where(
            or_(Event.over_at > since, words.c.said_at > since),
            Event.state.in_(REACHABLE),
        )
        .distinct()
    )


async def measure(unit: Unit, event: Watched) -> Measured:
    """Measure an event."""
    if not (event.is_on or event.is_evacuated):
        return Measured()
    transaction = SessionTransaction(unit.session)
    words = await read_words(transaction, unit.organization_id, event.event_id)
    evacuated = _evacuated(words, unit.now)
    if not event.is_on:
        return Measured(evacuated=evacuated)
    doubles = select(func.count()).where(
        Conflict.event_id == event.event_id,
        Conflict.kind == ConflictKind.DOUBLE_USE.value,
        Conflict.disposition == "",
    )
    lately = _evacuated(words, Instant(unit.now - ALARM_DENIALS_SPAN))
    return Measured(
        double_uses=(await unit.session.execute(doubles)).scalar_one(),
        scans=await _scans(unit, event.event_id, lately),
        silences=await find_silent_gates(unit, event.event_id, event.profile, event.doors),
        zones=await _zones(unit, event.event_id),
        evacuated=evacuated,
    )


async def _scans(unit: Unit, event_id: EventId, evacuated: Collection[ZoneId]) -> list[GateScans]:
    """Count by the minute at which something was scanned: a late journal tells of long ago."""
    transaction, org = SessionTransaction(unit.session), unit.organization_id
    last = unit.now // MINUTE_US
    span = range(last - ALARM_OVERRIDES_SPAN // MINUTE_US + 1, last + 1)
    stats = (Stat.IN, Stat.DENIED, Stat.TAKEN_BACK)
    counts = await read_minutes(transaction, org, event_id, stats, span)
    standing = await _gates_of(unit, [one.place for one in counts if one.stat == Stat.TAKEN_BACK])
    recent = last - ALARM_DENIALS_SPAN // MINUTE_US
    paused = await _paused_gates(unit, event_id, evacuated)
    by_gate: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in counts:
        # Who was told to wait is no sign of anything.
        is_wait = one.stat == Stat.DENIED and one.what == Reason.RULES_DENIED
        place = standing.get(one.place, one.place)
        if place and not (is_wait and place in paused):
            by_gate[place].update(_of_count(one, is_recent=one.minute > recent))
    return [GateScans(gate_id=gate_id, **found) for gate_id, found in sorted(by_gate.items())]


async def _gates_of(unit: Unit, device_ids: Collection[str]) -> dict[str, str]:
    """Return at which gate each of some devices stands; who stands at none is named itself."""
    if not device_ids:
        return {}
    query = select(Device.id, Device.gate_id).where(Device.id.in_(device_ids))
    return {one: gate or one for one, gate in await unit.session.execute(query)}


async def _paused_gates(unit: Unit, event_id: EventId, evacuated: Collection[ZoneId]) -> set[str]:
    """Name the gates at which nobody is let in, or was while denials still count.

    Args:
        unit: Any.
        event_id: Whose.
        evacuated: Zones that an evacuation stops, or stopped while denials still count.
    """
    since = unit.now - ALARM_DENIALS_SPAN
    pauses = await list_pauses(unit, event_id)
    places = {one.place_id for one in pauses if one.until is None or one.until > since}
    places |= set(evacuated)
    gates = await list_gates(unit, event_id) if places else ()
    return {gate.id for gate in gates if not places.isdisjoint({gate.id, gate.zone_id})}


def _of_count(one: Count, *, is_recent: bool) -> Counter[str]:
    found: Counter[str] = Counter()
    if one.stat == Stat.IN:
        found["entered"] = one.count
        found["overrides"] = one.count if one.what == _OVERRIDE else 0
        found["admitted"] = one.count if is_recent else 0
    elif one.stat == Stat.TAKEN_BACK:
        found["entered"] = found["overrides"] = one.count
    elif one.scope == _DENY and is_recent:
        found["denied"] = one.count
        found["forged"] = one.count if one.what in FORGED else 0
    return found


async def _zones(unit: Unit, event_id: EventId) -> list[ZoneFill]:
    zones = await list_zones(unit, event_id)
    limited = [(zone.id, zone.capacity) for zone in zones if zone.capacity]
    if not limited:
        return []
    transaction = SessionTransaction(unit.session)
    counts = await read_totals(transaction, unit.organization_id, event_id, (Stat.INSIDE,))
    inside = {one.scope: one.count for one in counts}
    return [ZoneFill(zone_id, inside.get(zone_id, 0), capacity) for zone_id, capacity in limited]


def _evacuated(words: Sequence[Word], since: Instant) -> list[ZoneId]:
    """Name zones of which an evacuation is under way, or ended after an instant."""
    held = [one for one in words if one.standing in _HOLD]
    ended = [one for one in held if one.notice().phase == EvacuationPhase.OVER]
    over = {one.subject for one in ended if one.said_at <= since}
    return sorted({one.zone_id for one in held if one.subject not in over})

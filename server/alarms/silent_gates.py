"""Which gates of an event are heard of no more, though nobody has closed them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from sqlalchemy import select

from server.alarms.judging import Silence
from server.db.unit import Unit
from server.devices.device_reports import read_report
from server.devices.finding_devices import AT_GATES, Device, DeviceReportRow
from server.venues_and_gates.venues_zones_and_gates import list_gates, list_zones
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId, OccurrenceId
from shared.kernel.instant import HOUR, MINUTE, SECOND, Duration, Instant

ALARM_BEFORE: Final[Duration] = 2 * HOUR
"""So long before doors an event's alarms begin to be judged."""
ALARM_LEFT: Final[Duration] = 60 * SECOND
"""A gate that said it closes, and was heard of no later than that, is closed and not silent."""


async def find_silent_gates(
    unit: Unit, event_id: EventId, profile: str, opened: Mapping[OccurrenceId, Instant]
) -> list[Silence]:
    """Return gates that had begun and are heard of no more, with the minutes since.

    A gate counts from its first word of this date on, so that a spare device in its box is none;
    one whose devices have said that they close is closed, and so is one whose zone serves another
    date. One device that is heard is enough.
    """
    if not opened:
        return []
    first = min(opened.values())
    dates = {zone.id: zone.occurrence_id for zone in await list_zones(unit, event_id)}
    gates = await list_gates(unit, event_id)
    doors: dict[str | None, Instant | None] = {
        gate.id: first if (own := dates.get(gate.zone_id)) is None else opened.get(own)
        for gate in gates
    }
    query = (
        select(Device, DeviceReportRow)
        .outerjoin(DeviceReportRow, DeviceReportRow.device_id == Device.id)
        .where(
            Device.organization_id == unit.organization_id,
            Device.event_id == event_id,
            Device.profile == profile,
            Device.role.in_(AT_GATES),
            Device.revoked_at.is_(None),
            Device.last_seen_at.is_not(None),
            Device.last_seen_at >= first - ALARM_BEFORE,
        )
    )
    heard: dict[str, list[Instant]] = defaultdict(list)
    for device, report in (await unit.session.execute(query)).all():
        at, opens = device.last_seen_at, doors.get(device.gate_id, first)
        if at is None or opens is None or at < opens - ALARM_BEFORE or _has_left(device, report):
            continue
        # Of what had begun before doors it counts since doors: nobody is waited for earlier.
        heard[device.gate_id or device.id].append(max(opens, at))
    since = {one: max(times) for one, times in heard.items()}
    return [
        Silence(subject, max(0, unit.now - at) // MINUTE) for subject, at in sorted(since.items())
    ]


def _has_left(device: Device, row: DeviceReportRow | None) -> bool:
    """Tell whether the last that a device said is that it closes."""
    if row is None or device.last_seen_at is None:
        return False
    try:
        report = read_report(row)
    except Malformed:
        return False
    return report.is_leaving and device.last_seen_at - row.reported_at <= ALARM_LEFT

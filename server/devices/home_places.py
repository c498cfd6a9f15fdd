"""Where devices stand that may be homes, and the homes of ids that tills sell on their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import text

from server.db.unit import Unit
from server.devices.finding_devices import AT_GATES, list_devices
from server.venues_and_gates.venues_zones_and_gates import list_gates
from shared.kernel.id_types import DeviceId, EventId, GateId
from shared.kernel.instant import SECOND, Duration
from shared.manifest.event_config import HomePlace

HEARD_WITHIN: Final[Duration] = 30 * SECOND
"""How exact a device's last contact is noted."""

LOST = "lost"
_LOST: Final = text(
    "SELECT from_device_id FROM home_move"
    " WHERE event_id = :event_id AND organization_id = :organization_id AND state = :lost"
)
_LEFT_UNHEARD: Final = text(
    "SELECT p.device_id, p.gate_id FROM device_place p JOIN device d ON d.id = p.device_id"
    " JOIN device_place n ON n.device_id = d.id AND n.event_id = d.event_id"
    " AND n.gate_id = d.gate_id WHERE p.event_id = :event_id"
    " AND p.organization_id = :organization_id AND p.gate_id <> d.gate_id"
    " AND coalesce(d.last_seen_at, d.enrolled_at) < n.since + :within"
    " ORDER BY p.device_id, p.gate_id"
)


async def read_places(unit: Unit, event_id: EventId) -> tuple[HomePlace, ...]:
    """Return the devices of an event that may be homes, in order of id.

    Those count that are enrolled for one of its gates, and neither revoked nor lost.
    """
    lost = await read_lost(unit, event_id)
    return tuple(
        HomePlace(device.id, device.gate_id)
        for device in await list_devices(unit)
        if device.event_id == event_id
        and device.gate_id is not None
        and device.role in AT_GATES
        and device.revoked_at is None
        and device.id not in lost
    )


async def read_lost(unit: Unit, event_id: EventId) -> frozenset[DeviceId]:
    """Return the devices that the organizer declared lost as homes of an event."""
    asked = {"event_id": event_id, "organization_id": unit.organization_id, "lost": LOST}
    found = await (await unit.session.connection()).execute(_LOST, asked)
    return frozenset(found.scalars().all())


async def read_gates_of(
    unit: Unit, event_id: EventId, device_ids: Collection[DeviceId]
) -> dict[DeviceId, tuple[GateId, str]]:
    """Return the gates, by id and name, at which some devices stand; for people to read."""
    if not device_ids:
        return {}
    names = {gate.id: gate.name for gate in await list_gates(unit, event_id)}
    return {
        device.id: (device.gate_id, names[device.gate_id])
        for device in await list_devices(unit)
        if device.id in device_ids and device.gate_id in names
    }


async def list_left_unheard(unit: Unit, event_id: EventId) -> Mapping[DeviceId, Sequence[GateId]]:
    """Name the gates at which devices stood that were sent to another one and not heard since.

    Cut off, they go on there.
    """
    asked = {
        "event_id": event_id,
        "organization_id": unit.organization_id,
        "within": HEARD_WITHIN,
    }
    found: dict[DeviceId, list[GateId]] = {}
    for device_id, gate_id in await (await unit.session.connection()).execute(
        _LEFT_UNHEARD, asked
    ):
        found.setdefault(device_id, []).append(gate_id)
    return found

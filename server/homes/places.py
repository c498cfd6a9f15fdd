"""Where devices stand that may be homes, and the homes of ids that tills sell on their own."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from server.db.unit import Unit
from server.devices.service import list_devices
from server.homes.models import HomeMove, HomeRange
from server.venues.service import list_gates
from shared.credential.keyring import HomeRange as KeyRange
from shared.credential.keyring import IdRange
from shared.manifest.event_config import DevicePlace

LOST = "lost"
_ROLES = frozenset({"gate", "both"})


async def read_places(unit: Unit, event_id: str) -> tuple[DevicePlace, ...]:
    """Return the devices of an event that may be homes, in order of id.

    Those count that are enrolled for one of its gates, and neither revoked nor lost.
    """
    lost = await read_lost(unit, event_id)
    return tuple(
        DevicePlace(device.id, device.gate_id)
        for device in await list_devices(unit)
        if device.event_id == event_id
        and device.gate_id is not None
        and device.role in _ROLES
        and device.revoked_at is None
        and device.id not in lost
    )


async def read_lost(unit: Unit, event_id: str) -> frozenset[str]:
    """Return the devices that the organizer declared lost as homes of an event."""
    query = select(HomeMove.from_device_id).where(
        HomeMove.event_id == event_id, HomeMove.state == LOST
    )
    return frozenset((await unit.session.execute(query)).scalars().all())


async def read_home_ranges(unit: Unit, event_id: str) -> dict[int, tuple[KeyRange, ...]]:
    """Return the homes of the ids that an event's tills sell on their own, by the tills' keys."""
    query = (
        select(HomeRange)
        .where(HomeRange.event_id == event_id)
        .order_by(HomeRange.key_id, HomeRange.place)
    )
    found: dict[int, tuple[KeyRange, ...]] = {}
    for row in (await unit.session.execute(query)).scalars():
        ids = IdRange(row.id_prefix, row.id_prefix_bits)
        part = KeyRange(ids, row.device_id, row.number)
        found[row.key_id] = (*found.get(row.key_id, ()), part)
    return found


async def read_gates_of(
    unit: Unit, event_id: str, device_ids: Collection[str]
) -> dict[str, tuple[str, str]]:
    """Return the gates, by id and name, at which some devices stand; for people to read."""
    if not device_ids:
        return {}
    names = {gate.id: gate.name for gate in await list_gates(unit, event_id)}
    return {
        device.id: (device.gate_id, names[device.gate_id])
        for device in await list_devices(unit)
        if device.id in device_ids and device.gate_id in names
    }

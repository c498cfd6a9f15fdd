"""Taking away a device's word: it enrols, claims and is heard no more."""

from __future__ import annotations

from server.db.unit import Unit
from server.devices.finding_devices import hold_device
from server.devices.models import Device
from shared.kernel.id_types import DeviceId


async def revoke_device(unit: Unit, device_id: DeviceId, because: str) -> Device:
    """Take a device's word away, from this commit on; its journal is still taken as evidence.

    Raises:
        Problem: `not-found`.
    """
    device = await hold_device(unit, device_id)
    if device.revoked_at is None:
        device.revoked_at = unit.now
        device.revoked_because = because
        await unit.session.flush()
    return device

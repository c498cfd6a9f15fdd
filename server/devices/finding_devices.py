"""Devices as other rooms and organizers look them up: one, all, those of a gate or an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, func, select

from server import quotas
from server.db.ledger_state import LedgerRow, Reoffer
from server.db.unit import Unit, locked
from server.devices.lan_addresses import note_lan_address
from server.devices.models import Device, DeviceReportRow
from server.devices.rosters import RosterVersions, newest_roster
from server.http.page_cursors import RowOrder
from shared.kernel.id_types import DeviceId, EventId, GateId

__all__ = ["Device", "DeviceReportRow", "RosterVersions", "newest_roster", "note_lan_address"]
"""What other domains read; they change it through the functions of this room only."""

SCANNER: Final = "scanner"
"""The role of a device that only claims, by its token alone."""
AT_GATES: Final = frozenset({"gate", "both"})
"""Roles of devices that decide at a gate; a scanner only claims."""


async def get_device(unit: Unit, device_id: DeviceId) -> Device:
    """Return a device of the organization.

    Raises:
        Problem: `not-found`.
    """
    query = select(Device).where(Device.id == device_id)
    return await unit.get(query, "device")


async def hold_device(unit: Unit, device_id: DeviceId) -> Device:
    """Return a device as it is now, locked until the commit: nobody revokes it meanwhile.

    Raises:
        Problem: `not-found`.
    """
    return await unit.get(locked(select(Device).where(Device.id == device_id)), "device")


async def count_at_gate(unit: Unit, gate_id: GateId) -> int:
    """Count the devices that stand at a gate and are not revoked."""
    standing = select(func.count()).select_from(Device)
    standing = standing.where(Device.gate_id == gate_id, Device.revoked_at.is_(None))
    return (await unit.session.execute(standing)).scalar_one()


DEVICE_ORDER: Final = RowOrder(
    Device.id,
    fields={
        "name": Device.name,
        "role": Device.role,
        "enrolled_at": Device.enrolled_at,
        "last_seen_at": Device.last_seen_at,
        "revoked_at": Device.revoked_at,
    },
)


def select_devices(
    *, role: str | None, event_id: EventId | None, is_revoked: bool | None
) -> Select[Device]:
    """Ask for devices: of a role, of those that work at an event, of those that are revoked."""
    query = select(Device)
    if role is not None:
        query = query.where(Device.role == role)
    if event_id is not None:
        query = query.where(Device.event_id == event_id)
    if is_revoked is not None:
        query = query.where(Device.revoked_at.is_not(None) == is_revoked)
    return query


async def list_devices(unit: Unit) -> Sequence[Device]:
    """Return the devices in order of id, revoked ones as well."""
    return await unit.all(select(Device).order_by(Device.id).limit(quotas.DEVICES_MAX + 1))


async def list_awaited(unit: Unit, event_id: EventId) -> Sequence[Device]:
    """Return the devices whose journals the ledger, which was put back, still waits for.

    What they took back or let in since the copy an event's ledger does not know before.
    """
    query = (
        select(Device)
        .join(Reoffer, Reoffer.device_id == Device.id)
        .join(LedgerRow, LedgerRow.epoch == Reoffer.epoch)
        .where(Reoffer.event_id.in_([event_id, ""]), Reoffer.done_at.is_(None))
        .where(Device.revoked_at.is_(None))
        .order_by(Device.id)
    )
    return await unit.all(query)

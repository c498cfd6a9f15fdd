"""Which gates of an event may claim among themselves: the roster, and its version."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import select, update

from server.db.ledger import read_ledger
from server.db.unit import Context, Unit
from server.devices.models import Device, RosterRow
from server.venues.service import list_gates
from shared.kernel.ed25519 import sha256
from shared.lan.roster import DEVICES_MAX, ROSTER_VERSION, Roster, RosterDevice

_ROLES: Final = ("gate", "both")


async def newest_roster(context: Context, organization_id: str, event_id: str) -> Roster:
    """Return the roster as it stands; its sequence rises when anything in it has changed.

    Revoked devices are left out, and so are those of other events.
    """
    async with context.read(organization_id) as unit:
        roster, row = await _read(unit, event_id)
        if row is not None and (row.epoch, row.digest) == (roster.epoch, _digest(roster)):
            return msgspec.structs.replace(roster, sequence=row.sequence)
    async with context.write(organization_id) as unit:
        roster, row = await _read(unit, event_id)
        digest = _digest(roster)
        if row is None:
            row = RosterRow(
                event_id=event_id, organization_id=organization_id, epoch=0, sequence=0, digest=b""
            )
            unit.session.add(row)
        if (row.epoch, row.digest) != (roster.epoch, digest):
            row.epoch, row.digest, row.sequence = roster.epoch, digest, row.sequence + 1
        await unit.session.flush()
        return msgspec.structs.replace(roster, sequence=row.sequence)


async def note_lan_address(
    context: Context, organization_id: str, device_id: str, address: str
) -> None:
    """Keep where a device says that other gates reach it."""
    async with context.read(organization_id) as unit:
        known = select(Device.lan_address).where(Device.id == device_id)
        if (await unit.session.execute(known)).scalar_one_or_none() == address:
            return
    async with context.write(organization_id) as unit:
        await unit.session.execute(
            update(Device).where(Device.id == device_id).values(lan_address=address)
        )


async def _read(unit: Unit, event_id: str) -> tuple[Roster, RosterRow | None]:
    ledger = await read_ledger(unit.session)
    zones = {gate.id: gate.zone_id for gate in await list_gates(unit, event_id)}
    query = (
        select(Device)
        .where(Device.event_id == event_id, Device.revoked_at.is_(None), Device.role.in_(_ROLES))
        .order_by(Device.id)
        .limit(DEVICES_MAX)
    )
    devices = tuple(
        RosterDevice(
            device.id,
            device.public_key,
            device.gate_id or "",
            zones.get(device.gate_id or "", ""),
            (device.lan_address,) if device.lan_address else (),
            device.name,
        )
        for device in (await unit.session.execute(query)).scalars()
    )
    found = select(RosterRow).where(RosterRow.event_id == event_id)
    row = (await unit.session.execute(found)).scalar_one_or_none()
    return Roster(ROSTER_VERSION, event_id, ledger.epoch, 0, devices), row


def _digest(roster: Roster) -> bytes:
    return sha256(msgspec.msgpack.encode(roster.devices))

"""Which gates of an event may claim among themselves: the roster, and its version."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import select, text, update

from server.db.ledger import read_ledger
from server.db.unit import Context, Unit
from server.devices.models import Device, RosterRow
from server.venues.service import list_gates
from shared.kernel.ed25519 import sha256
from shared.kernel.instant import SECOND, Duration
from shared.lan.roster import DEVICES_MAX, ROSTER_VERSION, Roster, RosterDevice

_ROLES: Final = ("gate", "both")
LOOK_EVERY: Final[Duration] = 2 * SECOND
_FIRST: Final = text(
    "INSERT INTO roster (event_id, organization_id, epoch, sequence, digest)"
    " VALUES (:event_id, :organization_id, 0, 0, :digest) ON CONFLICT (event_id) DO NOTHING"
)


class RosterVersions:
    """The versions of events' rosters for one worker's exchanges, at most a moment old.

    Devices hear in each exchange what they would else ask for again and again; a roster of
    hundreds of gates is not read anew for each of them.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[str, tuple[Duration, tuple[int, int]]] = {}

    async def of_event(self, organization_id: str, event_id: str) -> tuple[int, int]:
        """Return epoch and sequence of an event's newest roster."""
        now = self._context.clock.monotonic()
        known = self._known.get(event_id)
        if known is not None:
            if now - known[0] < LOOK_EVERY:
                return known[1]
            # Whoever comes while this one looks is content with what was known.
            self._known[event_id] = now, known[1]
        roster = await newest_roster(self._context, organization_id, event_id)
        self._known[event_id] = now, roster.version
        return roster.version


async def newest_roster(context: Context, organization_id: str, event_id: str) -> Roster:
    """Return the roster as it stands; its sequence rises when anything in it has changed.

    Revoked devices are left out, and so are those of other events.
    """
    async with context.read(organization_id) as unit:
        roster = await _read(unit, event_id)
        found = select(RosterRow).where(RosterRow.event_id == event_id)
        row = (await unit.session.execute(found)).scalar_one_or_none()
        if row is not None and (row.epoch, row.digest) == (roster.epoch, _digest(roster)):
            return msgspec.structs.replace(roster, sequence=row.sequence)
    async with context.write(organization_id) as unit:
        # The row is locked before the devices are read: one version never names two rosters.
        named = {"event_id": event_id, "organization_id": organization_id, "digest": b""}
        await (await unit.session.connection()).execute(_FIRST, named)
        row = (await unit.session.execute(found.with_for_update())).scalar_one()
        roster = await _read(unit, event_id)
        digest = _digest(roster)
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


async def _read(unit: Unit, event_id: str) -> Roster:
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
    return Roster(ROSTER_VERSION, event_id, ledger.epoch, 0, devices)


def _digest(roster: Roster) -> bytes:
    return sha256(msgspec.msgpack.encode(roster.devices))

"""Which gates of an event may claim among themselves: the roster, and its version."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import select, text

from server.db.hot_path_connections import Driver, Transaction
from server.db.hot_path_statements import statement
from server.db.session_transaction import SessionTransaction
from server.db.unit import Context
from server.devices.models import RosterRow
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import EventId, GateId, OrganizationId, ZoneId
from shared.kernel.instant import SECOND, Duration
from shared.lan.roster import DEVICES_MAX, ROSTER_VERSION, Roster, RosterDevice

ROSTER_LOOK_EVERY: Final[Duration] = 2 * SECOND
_FIRST: Final = text(
    "INSERT INTO roster (event_id, organization_id, epoch, sequence, digest)"
    " VALUES (:event_id, :organization_id, 0, 0, :digest) ON CONFLICT (event_id) DO NOTHING"
)
# Every moment each worker asks these of each event: the bare statements take a fifth of the time
# that the mapper does.
_VERSION: Final = statement(
    "SELECT l.epoch, r.epoch, r.sequence, r.digest FROM ledger l"
    " LEFT JOIN roster r ON r.event_id = $1 AND r.organization_id = $2"
)
_DEVICES: Final = statement(
    "SELECT d.id, d.public_key, d.gate_id, g.zone_id, d.lan_address, d.name,"
    # As at the ledger: a rehearsal's times are its caller's, and say nothing of a pace.
    " CASE WHEN d.profile = 'live' THEN d.admissions_per_minute ELSE 0 END FROM device d"
    " LEFT JOIN gate g ON g.id = d.gate_id AND g.event_id = d.event_id"
    " WHERE d.event_id = $1 AND d.organization_id = $2 AND d.revoked_at IS NULL"
    " AND d.role IN ('gate', 'both') ORDER BY d.id LIMIT $3"
)


class RosterVersions:
    """The versions of events' rosters for one worker's exchanges, at most a moment old.

    Devices hear in each exchange what they would else ask for again and again; a roster of
    hundreds of gates is not read anew for each of them.
    """

    def __init__(self, context: Context, driver: Driver) -> None:
        self._context = context
        self._driver = driver
        self._known: dict[str, tuple[Duration, tuple[int, int]]] = {}

    async def of_event(
        self, organization_id: OrganizationId, event_id: EventId
    ) -> tuple[int, int]:
        """Return epoch and sequence of an event's newest roster."""
        now = self._context.clock.monotonic()
        known = self._known.get(event_id)
        if known is not None:
            if now - known[0] < ROSTER_LOOK_EVERY:
                return known[1]
            # Whoever comes while this one looks is content with what was known.
            self._known[event_id] = now, known[1]
        roster = await newest_roster(self._context, self._driver, organization_id, event_id)
        self._known[event_id] = now, roster.version
        return roster.version


async def newest_roster(
    context: Context, driver: Driver, organization_id: OrganizationId, event_id: EventId
) -> Roster:
    """Return the roster as it stands; its sequence rises when anything in it has changed.

    Revoked devices are left out, and so are those of other events.
    """
    async with driver.read(organization_id) as transaction:
        roster, told = await _read(transaction, organization_id, event_id)
    if told == (roster.epoch, _digest(roster)):
        return roster
    async with context.write(organization_id) as unit:
        # The row is locked before the devices are read: one version never names two rosters.
        named = {"event_id": event_id, "organization_id": organization_id, "digest": b""}
        await (await unit.session.connection()).execute(_FIRST, named)
        found = select(RosterRow).where(RosterRow.event_id == event_id).with_for_update()
        row = (await unit.session.execute(found)).scalar_one()
        transaction = SessionTransaction(unit.session)
        roster, told = await _read(transaction, organization_id, event_id)
        digest = _digest(roster)
        if told != (roster.epoch, digest):
            row.epoch, row.digest, row.sequence = roster.epoch, digest, row.sequence + 1
        await unit.session.flush()
        return msgspec.structs.replace(roster, sequence=row.sequence)


async def _read(
    transaction: Transaction, organization_id: OrganizationId, event_id: EventId
) -> tuple[Roster, tuple[int, bytes] | None]:
    """Return the roster under the last number told, and the epoch and digest that this named."""
    versions = await transaction.fetch(_VERSION, event_id, organization_id)
    rows = await transaction.fetch(_DEVICES, event_id, organization_id, DEVICES_MAX)
    devices = tuple(
        RosterDevice(
            device_id=device_id,
            public_key=key,
            gate_id=GateId(gate or ""),
            zone_id=ZoneId(zone or ""),
            addresses=(lan,) if lan else (),
            name=name,
            admissions_per_minute=pace,
        )
        for device_id, key, gate, zone, lan, name, pace in rows
    )
    epoch, told_epoch, sequence, digest = versions[0]
    roster = Roster(ROSTER_VERSION, event_id, epoch, sequence or 0, devices)
    return roster, None if digest is None else (told_epoch, digest)


def _digest(roster: Roster) -> bytes:
    return sha256(msgspec.msgpack.encode(roster.devices))

"""Devices as the bare statements of other rooms lock and read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.database_connections import Database
from server.db.hot_path_connections import Row, Transaction
from server.db.hot_path_statements import statement
from server.devices.schemas import SELLING_ROLES
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.kernel.instant import Instant

_LOCK: Final = statement(
    "SELECT revoked_at, enrolled_at, last_seen_at FROM device"
    " WHERE id = $1 AND organization_id = $2"
    " FOR NO KEY UPDATE"
)
_READ_PLACES: Final = statement(
    "SELECT event_id, gate_id FROM device_place WHERE device_id = $1 AND organization_id = $2"
)
_SELLS_AT: Final = statement(
    "SELECT 1 FROM device d WHERE d.organization_id = $1 AND d.id = $2"
    " AND d.role = ANY($4::text[]) AND (d.event_id IS NULL OR d.event_id = $3 OR EXISTS"
    " (SELECT 1 FROM device_place p WHERE p.device_id = d.id AND p.event_id = $3))"
)
_READ_KEYS: Final = statement(
    "SELECT id, public_key FROM device WHERE organization_id = $1 AND id = ANY($2::text[])"
    " ORDER BY id"
)
_AWAIT_ALL: Final = text(
    "INSERT INTO reoffer (epoch, device_id, organization_id, event_id, asked_at, done_at,"
    " absent_because) SELECT CAST(:epoch AS BIGINT), d.id, d.organization_id,"
    " coalesce(d.event_id, ''), NULL, NULL, NULL FROM device d WHERE d.revoked_at IS NULL"
    # A scanner keeps no journal that could be waited for.
    " AND d.role <> 'scanner' ON CONFLICT DO NOTHING"
)
_SERVING: Final = text(
    "SELECT id, event_id, revoked_at IS NOT NULL FROM device WHERE id IN :ids"
).bindparams(bindparam("ids", expanding=True))
_IN_TOUCH: Final = statement(
    "SELECT id FROM device WHERE organization_id = $1 AND id = ANY($2::text[])"
    " AND revoked_at IS NULL AND coalesce(last_seen_at, enrolled_at) >= $3"
)
_READ_PACES: Final = statement(
    # A rehearsal's times are its caller's, and say nothing of a pace.
    "SELECT id, CASE WHEN profile = 'live' THEN admissions_per_minute ELSE 0 END,"
    " coalesce(last_seen_at, enrolled_at) FROM device"
    " WHERE organization_id = $1 AND id = ANY($2::text[]) ORDER BY id"
)
_OF_EVENT: Final = statement(
    "SELECT id FROM device WHERE event_id = $1 AND organization_id = $2 ORDER BY id"
)


async def lock_device(
    transaction: Transaction, organization_id: OrganizationId, device_id: DeviceId
) -> Row | None:
    """Lock a device against another upload; reads when it was revoked, enrolled and heard last.

    Returns:
        None if there is no such device.
    """
    rows = await transaction.fetch(_LOCK, device_id, organization_id)
    return rows[0] if rows else None


async def read_device_places(
    transaction: Transaction, organization_id: OrganizationId, device_id: DeviceId
) -> Sequence[Row]:
    """Read at which events and gates a device was ever placed."""
    return await transaction.fetch(_READ_PLACES, device_id, organization_id)


async def sells_at(
    transaction: Transaction,
    organization_id: OrganizationId,
    device_id: DeviceId,
    event_id: EventId,
) -> bool:
    """Tell whether a device is a till, and was ever assigned to an event or to none yet."""
    roles = [role.value for role in sorted(SELLING_ROLES)]
    return bool(await transaction.fetch(_SELLS_AT, organization_id, device_id, event_id, roles))


async def read_keys(
    transaction: Transaction, organization_id: OrganizationId, device_ids: Collection[DeviceId]
) -> Sequence[Row]:
    """Read devices' ids and public keys, of those that the organization has."""
    if not device_ids:
        return ()
    return await transaction.fetch(_READ_KEYS, organization_id, sorted(device_ids))


async def read_paces(
    transaction: Transaction, organization_id: OrganizationId, device_ids: Collection[DeviceId]
) -> Sequence[Row]:
    """Read how many a minute devices may let in, 0 for no limit, and when each was heard last."""
    if not device_ids:
        return ()
    return await transaction.fetch(_READ_PACES, organization_id, sorted(device_ids))


async def read_devices_of(
    transaction: Transaction, organization_id: OrganizationId, event_id: EventId
) -> list[DeviceId]:
    """Read which devices are assigned to an event, in order of id."""
    return [row[0] for row in await transaction.fetch(_OF_EVENT, event_id, organization_id)]


async def read_in_touch(
    transaction: Transaction,
    organization_id: OrganizationId,
    device_ids: Iterable[DeviceId],
    since: Instant,
) -> set[DeviceId]:
    """Read which of some devices, not revoked, were heard or enrolled since an instant."""
    wanted = sorted(device_ids)
    if not wanted:
        return set()
    return {row[0] for row in await transaction.fetch(_IN_TOUCH, organization_id, wanted, since)}


async def await_journals(session: AsyncSession, epoch: int) -> None:
    """Let an epoch wait for the journals of all devices, of every organization."""
    await (await session.connection()).execute(_AWAIT_ALL, {"epoch": epoch})


async def read_serving(
    database: Database, device_ids: Collection[DeviceId]
) -> Mapping[DeviceId, tuple[EventId | None, bool]]:
    """Read which events devices serve, and whether they are revoked."""
    rows = await database.glance(_SERVING, {"ids": sorted(device_ids)})
    return {row[0]: (row[1], bool(row[2])) for row in rows}

"""Keeping the list of what was ended for good, by what the database knows (`ended_list`)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import select

from server.db.database_connections import Database
from server.db.tenancy import SYSTEM
from server.devices.finding_devices import Device
from server.keys.models import KeyRecord
from server.start_up.ended_list import DEVICE, ENDINGS, KEY, KeptEnding
from shared.credential.keyring import KeyStatus


async def keep_endings(database: Database, folder: Path) -> None:
    """Have the list name every ending that the database knows.

    Raises:
        StoreFault: if the list is damaged.
        OSError: if the disk refuses.
    """
    # Of columns that every version has: a database may be of one before the last upgrade.
    keys = select(KeyRecord.organization_id, KeyRecord.public_key, KeyRecord.compromised_at).where(
        KeyRecord.status == KeyStatus.COMPROMISED
    )
    devices = select(Device.organization_id, Device.id, Device.revoked_at).where(
        Device.revoked_at.is_not(None)
    )
    async with database.read(org=SYSTEM) as session:
        found = [
            KeptEnding(organization_id=org, kind=KEY, name=public_key.hex(), at=at or 0)
            for org, public_key, at in await session.execute(keys)
        ]
        found += [
            KeptEnding(organization_id=org, kind=DEVICE, name=name, at=at or 0)
            for org, name, at in await session.execute(devices)
        ]
    if found:
        await asyncio.to_thread(ENDINGS.add, folder, found)

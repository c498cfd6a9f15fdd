"""What was ended for good, in a list beside the database: an older copy would trust it again.

Keys that were declared compromised, and devices that were revoked. Whoever puts an older copy back
puts it under this list: what has ended since is ended again before anybody is served. It holds ids
and public keys, and no reasons: people write those.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.engine import Database
from server.db.tenancy import SYSTEM
from server.devices.service import Device
from server.kept_lists import KeptList
from server.keys.models import KeyRecord
from shared.credential.keyring import KeyStatus
from shared.kernel.id_types import OrganizationId

KEY: Final = "key"
DEVICE: Final = "device"


class KeptEnding(msgspec.Struct, frozen=True, kw_only=True):
    """What was ended, as the list keeps it.

    Attributes:
        kind: `KEY` or `DEVICE`.
        name: The key's public half in hex, or the device's id.
        at: µs.
    """

    organization_id: OrganizationId
    kind: str
    name: str
    at: int


ENDINGS: Final = KeptList(
    "endings.json",
    KeptEnding,
    name_of=lambda one: (one.kind, one.name),
    order_of=lambda one: (one.at, one.name),
    if_damaged="which keys and devices are trusted no more. If the database did not go back since"
    " the server last ran, remove it; if it did, do so and end them again by hand",
)


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

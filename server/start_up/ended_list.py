"""What was ended for good, in a list beside the database: an older copy would trust it again.

Keys that were declared compromised, and devices that were revoked. Whoever puts an older copy back
puts it under this list: what has ended since is ended again before anybody is served. It holds ids
and public keys, and no reasons: people write those. The process that copies a server reads it
without the server's tables.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from server.lists_beside_database import KeptList
from shared.credential.keyring import KeyStatus
from shared.kernel.errors import StoreFault

KEY: Final = "key"
DEVICE: Final = "device"


class KeptEnding(msgspec.Struct, frozen=True, kw_only=True):
    """What was ended, as the list keeps it.

    Attributes:
        kind: `KEY` or `DEVICE`.
        name: The key's public half in hex, or the device's id.
        at: µs.
    """

    organization_id: str
    kind: str
    name: str
    at: int


ENDINGS: Final = KeptList(
    "endings.json",
    KeptEnding,
    name_of=lambda one: (one.kind, one.name),
    order_of=lambda one: (one.at, one.name),
    if_damaged=(
        "which keys and devices are no longer trusted. If the database has not been restored"
        " since the server last ran, remove this file; if it has, remove it and revoke them"
        " again by hand"
    ),
)

_ENDED: Final = (
    "SELECT organization_id, ?1, lower(hex(public_key)), coalesce(compromised_at, 0)"
    " FROM signing_key WHERE status = ?3"
    " UNION ALL SELECT organization_id, ?2, id, revoked_at"
    " FROM device WHERE revoked_at IS NOT NULL"
)


def read_endings(file: Path) -> list[KeptEnding]:
    """Return every ending that a SQLite file knows.

    Raises:
        StoreFault: if it cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            rows = opened.execute(_ENDED, (KEY, DEVICE, KeyStatus.COMPROMISED.value)).fetchall()
    except sqlite3.Error as error:
        message = f"{file} cannot be read: {error}"
        raise StoreFault(message) from error
    return [
        KeptEnding(organization_id=org, kind=kind, name=name, at=at)
        for org, kind, name, at in rows
    ]

"""Whether the database takes what claims would write: tried by a commit that changes nothing.

A disk that is full can mostly be read, and often still takes a small row where an older one was.
So more is written than a batch of claims needs, and where it needs new room.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.database_connections import Database
from server.db.model import Model
from server.db.tenancy import SYSTEM
from shared.kernel.ports import Entropy

PROBE_SIZE: Final = 65_536
"""Bytes. A batch of claims changes some ten pages of SQLite, 4 KiB each."""


class WritingProbe(Model):
    """The only row of its table (id 1); what it holds means nothing."""

    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    filling: Mapped[bytes]


async def try_writing(database: Database, entropy: Entropy) -> None:
    """Commit something, and return when it is durable.

    Raises:
        DBAPIError: if the database takes nothing: its disk is full, or it is a standby.
        TimeoutError: of SQLAlchemy's, if no connection is free for long.
        OSError: if it cannot be reached.
    """
    async with database.write(org=SYSTEM, is_audited=False) as session:
        if database.is_sqlite:
            # Other bytes each time: SQLite does not write what is as it was. Its log must take
            # all of them.
            await session.execute(_FILL, {"filling": entropy.random_bytes(PROBE_SIZE)})
        else:
            # A row's new version goes where an older one was. Only a table of its own needs new
            # room on the disk each time; the row tries the log, which knows no such table. Some
            # operators let no role make one.
            await session.execute(_FILL, {"filling": b""})
            if (await session.execute(_MAY_TAKE_ROOM)).scalar_one():
                await session.execute(_NEW_ROOM, {"lines": PROBE_SIZE // 1_024})


_FILL: Final = text(
    "INSERT INTO writing_probe (id, filling) VALUES (1, :filling)"
    " ON CONFLICT (id) DO UPDATE SET filling = excluded.filling"
)
_MAY_TAKE_ROOM: Final = text("SELECT has_database_privilege(current_database(), 'TEMPORARY')")
_NEW_ROOM: Final = text(
    "CREATE TEMPORARY TABLE writing_probe_room ON COMMIT DROP AS"
    " SELECT repeat('.', 1024) AS line"
    " FROM generate_series(1, CAST(:lines AS INTEGER))"
)

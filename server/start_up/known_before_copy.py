"""What the database that a copy replaces knows and the copy has forgotten: brought into the copy.

On PostgreSQL it lies in a table beside the copy's rows, put there by their own transaction, until
whoever prepares the database next has brought it with the higher epoch: also on another host, and
where `restore` was killed before it could.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from command_line.exit_statuses import say_line
from server.db.database_connections import Database
from server.db.tenancy import SYSTEM
from server.settings import Settings
from server.start_up.badges_since_copy import KnownBadges, bring_badges, read_badges
from server.start_up.rights_gone_since_copy import (
    LIST_NAME,
    EndedTicket,
    list_good_again,
    read_ended_tickets,
)
from shared.kernel.instant import Instant

_TABLE: Final = "known_before_copy"
_IS_THERE: Final = text(f"SELECT to_regclass('{_TABLE}') IS NOT NULL")
_TAKE: Final = text(f"SELECT known FROM {_TABLE}")  # noqa: S608 - ours
_DROP: Final = text(f"DROP TABLE {_TABLE}")


class Known(msgspec.Struct, frozen=True):
    """What the replaced database knows, and an older copy has forgotten."""

    badges: Sequence[KnownBadges]
    ended: Sequence[EndedTicket]


async def read_known(settings: Settings, now: Instant) -> Known:
    """Read it from the database that is about to be replaced, as far as that can be read."""
    read = Known(await read_badges(settings, now), await read_ended_tickets(settings))
    if settings.sqlite_file is not None:
        return read
    database = Database(settings.database, pool_size=1)
    try:
        async with database.read(org=SYSTEM) as session:
            kept = await _read_kept(session)
    finally:
        await database.close()
    # Of the one before, by a `restore` that was killed: the copy that it put there knew less.
    return read if kept is None else _merged([read, kept])


def keep_known(known: Known) -> str:
    """Return the statements that keep it beside a copy's rows on PostgreSQL."""
    quoted = msgspec.json.encode(known).decode().replace("'", "''")
    # There is one in a copy that was made behind a `restore` that was killed.
    return (
        f"CREATE TABLE IF NOT EXISTS {_TABLE} (known text NOT NULL);\n"
        f"INSERT INTO {_TABLE} VALUES ('{quoted}');\n"
    )


async def bring_kept(session: AsyncSession, settings: Settings, epoch: int, now: Instant) -> None:
    """Bring what lies beside a copy's rows on PostgreSQL, if there is any, and keep it no longer.

    Raises:
        OSError: if the disk refuses the list of tickets.
    """
    kept = await _read_kept(session)
    if kept is not None:
        await bring_known(session, settings, kept, epoch, now)
        await session.execute(_DROP)


async def bring_known(
    session: AsyncSession, settings: Settings, known: Known, epoch: int, now: Instant
) -> None:
    """Let a copy know the badges, and list the tickets that it makes good again, and say so.

    Raises:
        OSError: if the disk refuses the list.
    """
    await bring_badges(session, known.badges, now)
    file = settings.data_folder / LIST_NAME.format(epoch)
    if await list_good_again(session, known.ended, file):
        say_line(
            "gatekeeper-server",
            (
                f"{file} lists the tickets that were cancelled, blocked or reissued after the"
                " backup, and are valid again because of it, or of what tills and lists bring:"
                " cancel again those that should stay so, before the event is published"
            ),
        )


async def _read_kept(session: AsyncSession) -> Known | None:
    if not (await session.execute(_IS_THERE)).scalar_one():
        return None
    rows = (await session.execute(_TAKE)).scalars().all()
    return _merged([msgspec.json.decode(one, type=Known) for one in rows])


def _merged(those: Sequence[Known]) -> Known:
    """Return all that some know; of what two of them know, the word of the later one."""
    badges = {one.person: one for known in those for one in known.badges}
    ended = {(one.event_id, one.ticket_id): one for known in those for one in known.ended}
    return Known([*badges.values()], [*ended.values()])

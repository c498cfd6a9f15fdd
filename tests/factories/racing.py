"""Races that happen every time: a third transaction holds a row while requests queue up for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from sqlalchemy import text

from server.db.tenancy import SYSTEM
from tests.factories.office import Office

QUEUED_WITHIN_S: Final = 60.0
_WAITING: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock'"
)


async def raced(
    office: Office, table: str, where: str, *requests: Coroutine[Any, Any, Any]
) -> list[Any]:
    """Send requests that meet at a row, in this order; on SQLite they meet at its one writer.

    Each is sent when the one before it waits for a lock, or is done without one.

    Args:
        office: The server.
        table: Whose row is held meanwhile.
        where: Which row.
        requests: Begun here, one after another.

    Returns:
        What they returned, in their order.
    """
    if office.database.is_sqlite:
        return list(await asyncio.gather(*requests))
    tasks: list[asyncio.Task[Any]] = []
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text(f"SELECT 1 FROM {table} WHERE {where} FOR UPDATE"))
        for request in requests:
            tasks.append(asyncio.create_task(request))
            await queued(office, tasks)
    return list(await asyncio.gather(*tasks))


async def queued(office: Office, tasks: list[asyncio.Task[Any]]) -> None:
    """Wait until every task that is not done waits for a lock."""
    async with asyncio.timeout(QUEUED_WITHIN_S):
        while True:
            async with office.database.read(org=SYSTEM) as session:
                waiting = (await session.execute(_WAITING)).scalar_one()
            if waiting >= sum(not task.done() for task in tasks):
                return
            await asyncio.sleep(0.02)


async def rows_of(office: Office, sql: str, **given: Any) -> list[tuple[Any, ...]]:
    """Read rows past the API, as the books have them."""
    async with office.database.read(org=SYSTEM) as session:
        return [tuple(row) for row in (await session.execute(text(sql), given)).all()]

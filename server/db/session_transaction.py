"""The hot statements inside a service's own transaction; for few of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.hot_path_connections import Row
from server.db.hot_path_statements import Statement


class SessionTransaction:
    """The same statements inside a service's own transaction; for few of them."""

    has_round_trips = False

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self, wanted: Statement, *arguments: Any) -> int:
        """See `Transaction.lock`."""
        return len(await self.fetch(wanted, *arguments))

    async def fetch(self, wanted: Statement, *arguments: Any) -> Sequence[Row]:
        """See `Transaction.fetch`."""
        connection = await self._session.connection()
        is_sqlite = connection.dialect.name == "sqlite"
        sql = wanted.sqlite if is_sqlite else wanted.postgres
        plain = tuple(_as_json(a) if is_sqlite else a for a in arguments)
        found = await connection.exec_driver_sql(sql, plain)
        return [tuple(row) for row in found.all()] if found.returns_rows else []

    async def run_many(self, wanted: Statement, rows: Sequence[Row]) -> None:
        """See `Transaction.run_many`."""
        if not rows:
            return
        connection = await self._session.connection()
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql(wanted.sqlite, [tuple(row) for row in rows])
        else:
            columns = tuple(list(column) for column in zip(*rows, strict=True))
            await connection.exec_driver_sql(wanted.postgres, columns)


def _as_json(argument: Any) -> Any:
    return msgspec.json.encode(argument).decode() if isinstance(argument, list) else argument

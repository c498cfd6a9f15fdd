"""All rows of a database, to hold two looks at it against each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text

from server.db.tenancy import SYSTEM, scoped_tables
from server.tables import load_metadata
from shared.kernel.id_types import OrganizationId
from tests.factories.office import Office

_MOVED_BY_WORKERS: Final = frozenset({"job", "notice", "notice_order"})
"""Tables whose rows workers go on with while a test asks: letters to all buyers."""

_OF_NOBODY: Final = frozenset({"rate_limit", "periodic_turn", "writing_probe", "order_clock"})
"""Limits count requests, turns the clock; readiness tries to write."""

_TALLIES: Final = frozenset({"tally", "tally_note"})
"""Running counts: a worker brings what was added together, whenever it likes; sums stay."""

_KEYS: Final = "organization_id, event_id, stat, minute, place, scope, what"
_SUMS: Final = (
    f"SELECT {_KEYS}, CAST(sum(count) AS bigint), CAST(sum(amount) AS bigint) FROM"
    f" (SELECT {_KEYS}, count, amount FROM tally"
    f" UNION ALL SELECT {_KEYS}, count, amount FROM tally_note"
    " UNION ALL SELECT organization_id, event_id, stat, 0, place, scope, what, count, amount"
    " FROM tally_note WHERE minute <> 0"
    " UNION ALL SELECT organization_id, event_id, 'inside', 0, '', scope, '', inside,"
    " surely_inside FROM tally_note WHERE inside <> 0) side"
    f" GROUP BY {_KEYS} HAVING sum(count) <> 0 OR sum(amount) <> 0"
)


async def rows_of(office: Office, organization_id: OrganizationId) -> dict[str, list[str]]:
    """Return all rows of an organization but those that workers move by themselves."""
    tables = [(table.name, column) for table, column in scoped_tables(load_metadata())]
    return await _rows(office, tables, organization_id)


async def every_row(office: Office) -> dict[str, list[str]]:
    """Return all rows of all tables but those that count requests or that workers go on with."""
    names = {table.name for table in load_metadata().tables.values()} - _OF_NOBODY
    return await _rows(office, [(name, None) for name in names], None)


async def _rows(
    office: Office,
    tables: Iterable[tuple[str, str | None]],
    organization_id: OrganizationId | None,
) -> dict[str, list[str]]:
    found = {}
    async with office.database.read(org=SYSTEM) as session:

        async def keep(name: str, query: str, column: str | None) -> None:
            where = f" WHERE {column} = :organization_id" if column else ""
            of = {"organization_id": organization_id} if column else {}
            rows = await session.execute(text(f"SELECT * FROM {query}{where}"), of)
            found[name] = sorted(map(repr, rows.all()))

        for name, column in tables:
            if name not in _MOVED_BY_WORKERS | _TALLIES:
                await keep(name, name, column)
        await keep("running counts", f"({_SUMS}) sums", organization_id and "organization_id")
    return found

"""Reading an event's tickets for its manifest: a million rows in about a second.

Most columns are the same for most tickets. So the distinct combinations are read first; then,
of each ticket, its id and only the columns in which the combinations differ.
"""

from __future__ import annotations

import asyncio
import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from server.db.database_connections import Database, sqlite_pragmas
from server.db.hot_path_connections import connect_postgres
from server.settings import Settings
from server.ticketing.rows import CLASS_COLUMNS
from shared.kernel.id_types import EventId, OrganizationId

if TYPE_CHECKING:
    import asyncpg

_ALL: Final = ", ".join(CLASS_COLUMNS)
_FETCH_SIZE: Final = 20_000
_WORK_MEMORY: Final = "96MB"
"""Of PostgreSQL, for the moment of reading: sorting a million ids must not go to its disk."""

_FLIP: Final = bytes(byte ^ 0x80 for byte in range(256))
"""Turns the first byte of a signed number into that of the unsigned one 2^63 above it."""


class TicketColumns(msgspec.Struct):
    """An event's tickets, in order of id.

    Attributes:
        combinations: The distinct values of `CLASS_COLUMNS`.
        ids: Unsigned ids, 8 bytes each, big-endian.
        places: For each ticket the index of its combination; empty where there is but one.
        manual: Manual codes (5 bytes) and ticket ids (8 bytes), in order of code.
    """

    combinations: Sequence[tuple[Any, ...]]
    ids: bytes
    places: array[int]
    manual: tuple[bytes, bytes]

    @property
    def count(self) -> int:
        """Return how many tickets there are."""
        return len(self.ids) // 8


async def read_ticket_columns(
    database: Database, settings: Settings, organization_id: OrganizationId, event_id: EventId
) -> TicketColumns:
    """Read an event's tickets from one snapshot, on a connection of its own where it may be."""
    if database.inline is not None:
        async with database.inline.reading():
            return _read_columns(database.inline.connection, organization_id, event_id)
    file = settings.sqlite_file
    if file is not None:
        return await asyncio.to_thread(_read_sqlite, file, organization_id, event_id)
    return await _read_postgres(settings.database, organization_id, event_id)


def differing(combinations: Sequence[tuple[Any, ...]]) -> list[str]:
    """Name the columns in which combinations differ."""
    return [
        name
        for number, name in enumerate(CLASS_COLUMNS)
        if len({combination[number] for combination in combinations}) > 1
    ]


def _places_of(combinations: Sequence[tuple[Any, ...]], names: Sequence[str]) -> dict[Any, int]:
    """Map the differing columns' values to the combination that has them."""
    numbers = [CLASS_COLUMNS.index(name) for name in names]
    return {
        tuple(combination[number] for number in numbers): place
        for place, combination in enumerate(combinations)
    }


def _read_sqlite(file: Path, organization_id: OrganizationId, event_id: EventId) -> TicketColumns:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in sqlite_pragmas(writes=False):
            connection.execute(pragma)
        return _read_columns(connection, organization_id, event_id)


def _read_columns(
    connection: sqlite3.Connection, organization_id: OrganizationId, event_id: EventId
) -> TicketColumns:
    where = "FROM ticket WHERE event_id = ?1 AND organization_id = ?2"
    given = (event_id, organization_id)
    connection.execute("BEGIN")
    try:
        combinations = connection.execute(f"SELECT DISTINCT {_ALL} {where}", given).fetchall()
        names = differing(combinations)
        columns = ", ".join(["ticket_id", *names])
        rows = connection.execute(f"SELECT {columns} {where} ORDER BY ticket_id", given)
        ids, places = _drain(rows, _places_of(combinations, names) if names else None)
        rows = connection.execute(
            f"SELECT manual_code, ticket_id {where} AND manual_code IS NOT NULL"
            " ORDER BY manual_code",
            given,
        )
        codes, owners = _drain_pairs(rows)
    finally:
        connection.execute("ROLLBACK")
    manual = (_low_bytes(_big_endian(codes), 5), _unsigned(_big_endian(owners)))
    return TicketColumns(combinations, _unsigned(_big_endian(ids)), places, manual)


def _drain(
    rows: sqlite3.Cursor, place_of: Mapping[Any, int] | None
) -> tuple[array[int], array[int]]:
    ids, places = array("q"), array("I")
    while batch := rows.fetchmany(_FETCH_SIZE):
        ids.extend([row[0] for row in batch])
        if place_of is not None:
            places.extend([place_of[row[1:]] for row in batch])
    return ids, places


def _drain_pairs(rows: sqlite3.Cursor) -> tuple[array[int], array[int]]:
    first, second = array("q"), array("q")
    while batch := rows.fetchmany(_FETCH_SIZE):
        first.extend([row[0] for row in batch])
        second.extend([row[1] for row in batch])
    return first, second


def _big_endian(numbers: array[int]) -> bytes:
    swapped = numbers[:]
    swapped.byteswap()
    return swapped.tobytes()


def _unsigned(rows: bytes) -> bytes:
    """Add 2^63 to each 8-byte number."""
    flipped = bytearray(rows)
    flipped[0::8] = flipped[0::8].translate(_FLIP)
    return bytes(flipped)


def _low_bytes(rows: bytes, width: int) -> bytes:
    """Keep the lowest `width` bytes of each 8-byte number."""
    kept = bytearray(len(rows) // 8 * width)
    for place in range(width):
        kept[place::width] = rows[8 - width + place :: 8]
    return bytes(kept)


async def _read_postgres(
    url: str, organization_id: OrganizationId, event_id: EventId
) -> TicketColumns:
    connection = await connect_postgres(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute("SELECT set_config('app.org', $1, true)", organization_id)
            await connection.execute(f"SET LOCAL work_mem = '{_WORK_MEMORY}'")
            return await _read_groups(connection, organization_id, event_id)
    finally:
        await connection.close(timeout=5)


async def _read_groups(
    connection: asyncpg.Connection[asyncpg.Record],
    organization_id: OrganizationId,
    event_id: EventId,
) -> TicketColumns:
    """Let the server pack the ids of each group: eight bytes a ticket on the way, no rows."""
    where = "FROM ticket WHERE event_id = $1 AND organization_id = $2"
    packed = "string_agg(int8send(ticket_id), ''::bytea)"
    # There are few combinations, which the planner cannot know: it would sort a million rows.
    await connection.execute("SET LOCAL enable_sort = off")
    found = await connection.fetch(f"SELECT DISTINCT {_ALL} {where}", event_id, organization_id)
    await connection.execute("SET LOCAL enable_sort = on")
    combinations = [tuple(row) for row in found]
    names = differing(combinations)
    columns = ", ".join(["ticket_id", *names])
    groups = "".join(f", {name}" for name in names)
    grouped = f" GROUP BY {', '.join(names)}" if names else ""
    ordered = f"(SELECT {columns} {where} ORDER BY ticket_id) t"
    query = f"SELECT {packed}{groups} FROM {ordered}{grouped}"  # noqa: S608 - our own columns
    rows = await connection.fetch(query, event_id, organization_id)
    place_of = _places_of(combinations, names)
    runs = [(_unsigned(row[0]), place_of[tuple(row[1:])]) for row in rows if row[0] is not None]
    coded = f"(SELECT manual_code, ticket_id {where} AND manual_code IS NOT NULL"
    codes = "string_agg(int8send(manual_code), ''::bytea)"
    query = f"SELECT {codes}, {packed} FROM {coded} ORDER BY manual_code) t"  # noqa: S608 - as above
    manual = await connection.fetchrow(query, event_id, organization_id)
    assert manual is not None
    ids, places = await asyncio.to_thread(merge_runs, runs)
    pair = (_low_bytes(manual[0] or b"", 5), _unsigned(manual[1] or b""))
    return TicketColumns(combinations, ids, places, pair)


def merge_runs(runs: Sequence[tuple[bytes, int]]) -> tuple[bytes, array[int]]:
    """Merge groups of ids, each in order, into one order that knows each id's group."""
    if len(runs) == 1:
        rows, place = runs[0]
        if place == 0 and is_sorted(rows):
            return rows, array("I")
    keys: list[bytes] = []
    for rows, place in runs:
        tail = place.to_bytes(4, "big")
        keys += [rows[at : at + 8] + tail for at in range(0, len(rows), 8)]
    keys.sort()
    merged = b"".join(keys)
    ids = bytearray(len(keys) * 8)
    for byte in range(8):
        ids[byte::8] = merged[byte::12]
    tails = bytearray(len(keys) * 4)
    for byte in range(4):
        tails[byte::4] = merged[8 + byte :: 12]
    places = array("I", bytes(tails))
    places.byteswap()
    return bytes(ids), places


def is_sorted(rows: bytes) -> bool:
    """Tell whether 8-byte numbers stand in order."""
    numbers = array("Q", rows)
    numbers.byteswap()
    found = numbers.tolist()
    return found == sorted(found)

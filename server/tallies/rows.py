"""The running counts as they are read, added to, and brought together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from server.db.hot_path_connections import Driver, Transaction
from server.db.hot_path_statements import Statement, insertion, statement
from server.db.tenancy import SYSTEM
from server.tallies.counts_of_entries import EntryCount, place_of
from server.tallies.models import Tally, TallyNote
from server.tallies.what_is_counted import COLUMNS, Stat, counts_of_notes
from shared.kernel.id_types import EventId, OrganizationId

TOGETHER_S: Final = 1.0
"""Between two times that what PostgreSQL's transactions have noted is added to the counts."""
_KEYS: Final = "stat, minute, place, scope, what"
_OF_EVENT: Final = "event_id = $1 AND organization_id = $2"
_NAMES: Final = COLUMNS.replace(",", "")


def _reading(minutes: str) -> Statement:
    wanted = f"stat = ANY($3::text[]) AND {minutes}"
    noted = counts_of_notes("tally_note", _OF_EVENT)
    sides = (
        f"SELECT {_KEYS}, count, amount FROM tally WHERE {_OF_EVENT} AND {wanted} UNION ALL"  # noqa: S608 - our own names
        f" SELECT {_KEYS}, count, amount FROM ({noted}) noted WHERE {wanted}"
    )
    return statement(
        f"SELECT {_KEYS}, CAST(sum(count) AS bigint), CAST(sum(amount) AS bigint)"  # noqa: S608 - as above
        f" FROM ({sides}) side GROUP BY {_KEYS}"
        f" HAVING sum(count) <> 0 OR sum(amount) <> 0 ORDER BY {_KEYS}"
    )


_READ: Final = _reading("minute = 0")
_READ_MINUTES: Final = _reading("minute BETWEEN $4::bigint AND $5::bigint")
_ADD: Final = (
    "ON CONFLICT (event_id, stat, minute, place, scope, what) DO UPDATE SET"
    " count = tally.count + excluded.count, amount = tally.amount + excluded.amount"
)
_NOTE: Final = Statement(
    insertion(TallyNote, _NAMES).postgres, insertion(Tally, _NAMES, _ADD).sqlite
)
_GATES: Final = statement(
    "SELECT event_id, id FROM gate WHERE event_id = ANY($1::text[]) AND organization_id = $2"
)
_WAITING: Final = statement("SELECT DISTINCT event_id FROM tally_note")
_BRING_TOGETHER: Final = Statement(
    "WITH alone AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(hashtext($1)) AS is_mine),"  # noqa: S608 - our own names
    " gone AS (DELETE FROM tally_note WHERE event_id = $1 AND (SELECT is_mine FROM alone)"
    " RETURNING *)"
    f" INSERT INTO tally ({COLUMNS}) SELECT event_id, organization_id, {_KEYS}, sum(count),"
    f" sum(amount) FROM ({counts_of_notes('gone')}) noted ({COLUMNS})"
    f" GROUP BY event_id, organization_id, {_KEYS} {_ADD}",
    "",
)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """One running count; see `server.tallies.models.Tally`."""

    stat: str
    minute: int
    place: str
    scope: str
    what: str
    count: int
    amount: int


async def read_totals(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    stats: Iterable[Stat],
) -> list[Count]:
    """Read what was counted of an event in all."""
    wanted = [stat.value for stat in stats]
    rows = await transaction.fetch(_READ, event_id, organization_id, wanted)
    return [_count(row) for row in rows]


async def read_minutes(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    stats: Iterable[Stat],
    minutes: range,
) -> list[Count]:
    """Read what was counted of an event in some minutes, each by itself.

    Args:
        transaction: Any.
        organization_id: Whose.
        event_id: Of which event.
        stats: Such as are counted by the minute.
        minutes: Since 1970.
    """
    wanted = [stat.value for stat in stats]
    span = (minutes.start, minutes.stop - 1)
    rows = await transaction.fetch(_READ_MINUTES, event_id, organization_id, wanted, *span)
    return [_count(row) for row in rows]


async def note_entries(
    transaction: Transaction, organization_id: OrganizationId, noted: Iterable[EntryCount]
) -> None:
    """Count what entries add to the counts; in the transaction that keeps them."""
    counts: Counter[EntryCount] = Counter(noted)
    if not counts:
        return
    events = sorted({one.event_id for one in counts})
    found = await transaction.fetch(_GATES, events, organization_id)
    gates = frozenset((event_id, gate_id) for event_id, gate_id in found)
    rows: Counter[tuple[Any, ...]] = Counter()
    for one, count in counts.items():
        # A note of a minute counts for all time too.
        for minute in (one.minute,) if transaction.has_round_trips else {0, one.minute}:
            key = (one.event_id, organization_id, one.stat.value, minute, place_of(one, gates))
            rows[*key, one.scope, one.what] += count
    await transaction.run_many(_NOTE, [(*key, rows[key], 0) for key in sorted(rows)])


async def bring_together(driver: Driver) -> None:
    """Add what PostgreSQL's transactions have noted to the counts.

    Each worker may do it at any time: an event that another is at is left to it.
    """
    async with driver.read(SYSTEM) as transaction:
        if not transaction.has_round_trips:
            return  # SQLite notes nothing
        rows = await transaction.fetch(_WAITING)
    for (event_id,) in rows:
        async with driver.write(SYSTEM) as transaction:
            await transaction.fetch(_BRING_TOGETHER, event_id)


def _count(row: Any) -> Count:
    stat, minute, place, scope, what, count, amount = row
    return Count(
        stat=stat,
        minute=int(minute),
        place=place,
        scope=scope,
        what=what,
        count=int(count),
        amount=int(amount),
    )

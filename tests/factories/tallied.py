"""Every server under test ends with running counts that equal a fold of its records.

So whatever the tests do, late journals, undos, evacuations, refunds, two workers at once, is tried
against the counts too, on both databases. The fold is the tests' own: it shares no text with the
triggers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.db.database_connections import Database
from server.db.tenancy import SYSTEM
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import TAKEN_BACK_BY_ITSELF, ScanBody, UndoBody
from shared.kernel.errors import Malformed

Key = tuple[str, str, int, str, str, str]
Tallies = Counter[tuple[Key, str]]
_MINUTE: Final = 60_000_000
_TALLIES: Final = (
    # In one statement: what is noted may be added to the counts at any moment.
    "SELECT 0, event_id, stat, minute, place, scope, what, count, amount, 0, 0 FROM tally"
    " UNION ALL SELECT minute, event_id, stat, minute, place, scope, what, count, amount, inside,"
    " surely_inside FROM tally_note"
)
_USES: Final = (
    "SELECT event_id, ticket_id, direction, at, gate_id, zone_id, reason, count, is_confirmed,"
    " source FROM ticket_use WHERE is_annulled = :no ORDER BY at, direction, claim_id"
)
_LINES: Final = (
    "SELECT o.event_id, o.paid_at, l.ticket_type_id, o.channel, o.currency, l.quantity,"
    " l.total_minor FROM order_line l JOIN ticket_order o ON o.id = l.order_id"
    " WHERE o.paid_at IS NOT NULL"
)
_CAME: Final = (
    "SELECT event_id, tender, currency, amount_minor FROM payment"
    " WHERE state IN ('paid', 'partly_refunded', 'refunded', 'disputed')"
)
_WENT: Final = "SELECT event_id, tender, currency, amount_minor FROM payout WHERE state = 'done'"


_GATES: Final = "SELECT event_id, id FROM gate"
_TABLES: Final = (
    *("tally", "tally_note"),
    *("ticket_use", "order_line", "payment", "payout", "journal_entry"),
)
_FILLED: Final = " UNION ALL ".join(
    f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in _TABLES
)


class Records:
    """What a database holds; tables that are empty are asked once, all together.

    Args:
        connection: Sees the rows of all organizations.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._filled: frozenset[str] | None = None

    async def rows(self, query: str, *tables: str, **values: object) -> Sequence[Any]:
        """Return a query's rows; nothing if all these tables, which it needs, are empty."""
        if self._filled is None:
            found = (await self._connection.execute(text(_FILLED))).all()
            self._filled = frozenset(row[0] for row in found)
        if self._filled.isdisjoint(tables):
            return ()
        return (await self._connection.execute(text(query), values)).all()


async def check_tallies(database: Database) -> None:
    """Hold the running counts of all events against a fold; a database that is gone has none."""
    try:
        async with database.read(org=SYSTEM) as session:
            records = Records(await session.connection())
            counted, folded = await read_tallies(records), await fold_all(records)
    except (DBAPIError, OSError):
        return
    assert counted == folded, f"{(counted - folded)=}, {(folded - counted)=}"


async def read_tallies(records: Records) -> Tallies:
    """Read the counts, those left out that are nothing."""
    found: Tallies = Counter()
    for noted, event, stat, minute, *key, count, amount, seen, sure in await records.rows(
        _TALLIES, "tally", "tally_note"
    ):
        place, zone, what = key
        for at in {0, int(minute)} if noted else {int(minute)}:
            _add(found, (event, stat, at, place, zone, what), int(count), int(amount))
        _add(found, (event, "inside", 0, "", zone, ""), int(seen), int(sure))
    return _without_zeros(found)


async def fold_all(records: Records) -> Tallies:
    """Fold the records."""
    found: Tallies = Counter()
    uses = await records.rows(_USES, "ticket_use", no=False)
    for event, _, way, at, gate, zone, reason, count, *_ in uses:
        for minute in {0, at // _MINUTE}:
            _add(found, (event, way, minute, gate, zone, reason), 1, count)
    for event, zone, seen, sure in _inside(uses):
        _add(found, (event, "inside", 0, "", zone, ""), seen, sure)
    lines = await records.rows(_LINES, "order_line")
    for event, at, kind, channel, currency, quantity, total in lines:
        for minute in {0, at // _MINUTE}:
            _add(found, (event, "sold", minute, kind, channel, currency), quantity, total)
    for stat, table, query in (("received", "payment", _CAME), ("paid_back", "payout", _WENT)):
        for event, tender, currency, amount in await records.rows(query, table):
            _add(found, (event, stat, 0, tender, "", currency), 1, amount)
    await _fold_entries(records, found)
    return _without_zeros(found)


def _inside(uses: Any) -> Iterator[tuple[str, str, int, int]]:
    """Walk each ticket's passages: an exit of somebody who was not seen coming is nobody's."""
    walks: dict[tuple[str, str, int], list[tuple[int, int]]] = {}
    for event, ticket, way, _, _, zone, _, count, is_confirmed, source in uses:
        waits = source == "awaited" and not is_confirmed
        if way == "in":
            step = (count, count if is_confirmed else 0)
        else:
            step = (0 if waits else -count, -count)
        walks.setdefault((event, zone, ticket), []).append(step)
    for (event, zone, _), steps in walks.items():
        seen, sure = zip(*steps, strict=True)
        yield event, zone, _left(seen), _left(sure)


def _left(steps: tuple[int, ...]) -> int:
    total = lowest = 0
    for step in steps:
        total += step
        lowest = min(lowest, total)
    return total - lowest


async def _fold_entries(records: Records, found: Tallies) -> None:
    entries = await records.rows("SELECT entry FROM journal_entry", "journal_entry")
    gates = {tuple(row) for row in await records.rows(_GATES, "journal_entry")}
    for (encoded,) in entries:
        try:
            entry = decode_entry(bytes(encoded))
            body = decode_body(entry)
        except Malformed:
            continue
        if isinstance(body, ScanBody) and body.verdict != "admit" and entry.event_id:
            gate = body.gate_id if (entry.event_id, body.gate_id) in gates else ""
            for minute in {0, entry.corrected // _MINUTE}:
                key = (entry.event_id, "denied", minute, gate, body.verdict, body.reason)
                _add(found, key, 1, 0)
        if isinstance(body, UndoBody) and body.why not in TAKEN_BACK_BY_ITSELF and entry.event_id:
            for minute in {0, entry.corrected // _MINUTE}:
                key = (entry.event_id, "taken_back", minute, entry.device_id, "", "")
                _add(found, key, 1, 0)


def _add(found: Tallies, key: Key, count: int, amount: int) -> None:
    found[key, "count"] += count
    found[key, "amount"] += amount


def _without_zeros(found: Tallies) -> Tallies:
    return Counter({key: value for key, value in found.items() if value})

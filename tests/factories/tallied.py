"""Every server under test ends with running counts that equal a fold of its records.

So whatever the tests do, late journals, undos, evacuations, refunds, two workers at once, is tried
against the counts too, on both databases. The fold is the tests' own: it shares no text with the
triggers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.db.engine import Database
from server.db.tenancy import SYSTEM
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ScanBody
from shared.kernel.errors import Malformed

Key = tuple[str, str, int, str, str, str]
Tallies = Counter[tuple[Key, str]]
_MINUTE: Final = 60_000_000
_TALLIES: Final = (
    "SELECT event_id, stat, minute, place, scope, what, count, amount FROM tally UNION ALL"
    " SELECT event_id, stat, minute, place, scope, what, count, amount FROM tally_change"
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


async def check_tallies(database: Database) -> None:
    """Hold the running counts of all events against a fold; a database that is gone has none."""
    try:
        async with database.read(org=SYSTEM) as session:
            connection = await session.connection()
            counted, folded = await read_tallies(connection), await fold_all(connection)
    except (DBAPIError, OSError):
        return
    assert counted == folded, f"{(counted - folded)=}, {(folded - counted)=}"


async def read_tallies(connection: AsyncConnection) -> Tallies:
    """Read the counts, those left out that are nothing."""
    found: Tallies = Counter()
    for row in (await connection.execute(text(_TALLIES))).all():
        key: Key = (row[0], row[1], int(row[2]), row[3], row[4], row[5])
        found[key, "count"] += int(row[6])
        found[key, "amount"] += int(row[7])
    return _without_zeros(found)


async def fold_all(connection: AsyncConnection) -> Tallies:
    """Fold the records."""
    found: Tallies = Counter()
    uses = (await connection.execute(text(_USES), {"no": False})).all()
    for event, _, way, at, gate, zone, reason, count, *_ in uses:
        for minute in (0, at // _MINUTE):
            _add(found, (event, way, minute, gate, zone, reason), 1, count)
    for event, zone, seen, sure in _inside(uses):
        _add(found, (event, "inside", 0, "", zone, ""), seen, sure)
    for event, at, kind, channel, currency, quantity, total in await _all(connection, _LINES):
        for minute in (0, at // _MINUTE):
            _add(found, (event, "sold", minute, kind, channel, currency), quantity, total)
    for stat, query in (("received", _CAME), ("paid_back", _WENT)):
        for event, tender, currency, amount in await _all(connection, query):
            _add(found, (event, stat, 0, tender, "", currency), 1, amount)
    await _fold_denied(connection, found)
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


async def _fold_denied(connection: AsyncConnection, found: Tallies) -> None:
    gates = {tuple(row) for row in await _all(connection, "SELECT event_id, id FROM gate")}
    for (encoded,) in await _all(connection, "SELECT entry FROM journal_entry"):
        try:
            entry = decode_entry(bytes(encoded))
            body = decode_body(entry)
        except Malformed:
            continue
        if isinstance(body, ScanBody) and body.verdict != "admit" and entry.event_id:
            gate = body.gate_id if (entry.event_id, body.gate_id) in gates else ""
            for minute in (0, entry.corrected // _MINUTE):
                key = (entry.event_id, "denied", minute, gate, body.verdict, body.reason)
                _add(found, key, 1, 0)


async def _all(connection: AsyncConnection, query: str) -> Any:
    return (await connection.execute(text(query))).all()


def _add(found: Tallies, key: Key, count: int, amount: int) -> None:
    found[key, "count"] += count
    found[key, "amount"] += amount


def _without_zeros(found: Tallies) -> Tallies:
    return Counter({key: value for key, value in found.items() if value})

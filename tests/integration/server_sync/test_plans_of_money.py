"""What SQLite reads for one sale, refund or exchange does not grow with the event's."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from server.settings import Settings
from tests.factories.counters import Counter, add_type, counter, prepared_counter, published

__all__ = ["counter", "prepared_counter", "published"]
pytestmark = pytest.mark.integration

SQLITE = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
LARGE: Final = "feed|ticket|ticket_use|ticket_withdrawal|journal_entry|payment|payout|refund"
WHOLE: Final = re.compile(
    rf"SCAN (?:{LARGE})\b"
    rf"|SEARCH (?:{LARGE}) USING (?!INDEX ix_journal_entry_waiting).*"
    r" \((?:event_id|organization_id|device_id)=\?\)"
    r"|SEARCH feed USING .* \(event_id=\? AND seq<\?\)"
)
"""A step that reads all rows of an event, an organization or a device; few wait for a sale."""
VERBS: Final = ("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")
Asked = dict[str, Any]


@contextmanager
def noted() -> Iterator[Asked]:
    """Note each statement that services ask by SQLAlchemy, with the values of one time."""
    asked: Asked = {}

    def note(_1: Any, _2: Any, sql: str, values: Any, _3: Any, is_many: Any) -> None:
        asked[sql] = values[0] if is_many else values

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@SQLITE
async def test_no_sale_and_no_payout_reads_all_that_was_sold_or_paid_before(
    counter: Counter, published: tuple[Settings, Any]
) -> None:
    """Else each keeps SQLite's one writer longer the more there were, and claims wait for it."""
    office = counter.office
    child = await add_type(office, "Child", 1_000)
    await counter.till.sync()
    with noted() as asked:
        sold = await counter.ok(sell=[{"type": 1, "count": 3}], tenders=[{"kind": "cash"}])
        first, second, third = (one["ticket_id"] for one in sold["tickets"])
        given = await counter.ok(exchange=first, to=child, reason="wrong")
        await counter.ok(refund=[given["tickets"][0]["ticket_id"]], reason="ill")
        await counter.ok(refund=[second], reason="ill")
        await counter.till.sync()
        path = f"{office.path}/tickets/{third}/refund"
        await office.office.ok("POST", path, office.owner, json={"reason": "ill"})
    found = []
    with sqlite3.connect(published[0].data_folder / "gatekeeper.db") as connection:
        for sql, values in asked.items():
            if sql.startswith(VERBS):
                steps = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)
                found += [(step, sql) for *_, step in steps if WHOLE.search(step)]
    assert len(asked) > 50
    assert found == []

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

from server.db.tenancy import SYSTEM
from server.journals.withdrawal_booking import find_released
from server.settings import Settings
from server.webhooks.receiver_connection import Sender
from server.webhooks.routes import make_lanes
from shared.kernel.id_types import ClaimId
from tests.factories.counters import Counter, add_type, counter, prepared_counter, published

__all__ = ["counter", "prepared_counter", "published"]
SQLITE = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
LARGE: Final = "feed|ticket|ticket_use|ticket_withdrawal|journal_entry|payment|payout|refund"
WHOLE: Final = re.compile(
    rf"SCAN (?:{LARGE})\b"
    rf"|SEARCH (?:{LARGE}) USING (?!INDEX ix_journal_entry_waiting).*"
    r" \((?:event_id|organization_id|device_id)=\?\)"
    r"|SEARCH feed USING .* \(event_id=\? AND seq<\?\)"
    r"|SEARCH journal_entry USING .* \(effect=\?\)"
)
"""A step that reads all rows of an event, an organization or a device, or all that is still to be
booked: of tills that were cut off, thousands; few wait for a sale."""
WAITING: Final = re.compile(r"webhook_delivery\.state|claim_mark\.why")
BY_WHAT_WAITS: Final = {
    "SCAN webhook_delivery USING INDEX ix_webhook_delivery_held",
    "SCAN claim_mark USING INDEX ix_claim_mark_released",
}
"""Of these, the index holds what waits alone."""
ORDERS: Final = 12
"""More than SQLite takes any key to find."""
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
    assert len(asked) > 50
    assert whole_reads(published[0], asked) == []


@SQLITE
async def test_what_is_read_of_some_orders_does_not_grow_with_all_of_them(
    counter: Counter, published: tuple[Settings, Any]
) -> None:
    """Else a large event cannot be called off at the desk, which waits for half a minute.

    Its orders are looked at by hundreds: what is looked up of so many is read otherwise than of
    one.
    """
    office = counter.office
    line = {"ticket_type_id": office.ticket_type_id, "quantity": 1}
    for _ in range(ORDERS):
        order = {"lines": [line], "payment": "paid"}
        await office.office.ok("POST", f"{office.path}/orders", office.owner, json=order)
    with noted() as asked:
        for place in ("", f"/occurrences/{office.occurrence_id}"):
            path = f"{office.path}{place}/cancellation/preview"
            answer = await office.office.ok("GET", path, office.owner)
            assert place or answer["orders"] >= ORDERS
        await counter.till.wire.fetch_buyers(office.event_id, "")
    of_orders = {sql: values for sql, values in asked.items() if "order_id" in sql}
    assert len(of_orders) > 5
    assert whole_reads(published[0], of_orders) == []


@SQLITE
async def test_what_waits_is_found_without_what_is_over(
    counter: Counter, published: tuple[Settings, Any]
) -> None:
    """It is looked for every few seconds: messages of a paused webhook, and grants of tills."""
    state = counter.office.office.framework.state
    with noted() as asked:
        await make_lanes(state, Sender(state["webhook_networks"])).work()
        async with state["context"].read(SYSTEM) as unit:
            await find_released(unit)
            await find_released(unit, [ClaimId(f"claim-{n}") for n in range(ORDERS)])
    waiting = {sql: values for sql, values in asked.items() if WAITING.search(sql)}
    assert len(waiting) == 3
    found = read_by(published[0], waiting)
    assert {step for step, _ in found if step.startswith("SCAN")} == BY_WHAT_WAITS
    assert [one for one in found if WHOLE.search(one[0])] == []


def whole_reads(settings: Settings, asked: Asked) -> list[tuple[str, str]]:
    """Return the steps of statements that read all rows, each with its statement."""
    return [one for one in read_by(settings, asked) if WHOLE.search(one[0])]


def read_by(settings: Settings, asked: Asked) -> list[tuple[str, str]]:
    """Return the steps in which SQLite does statements, each with its statement."""
    found = []
    with sqlite3.connect(settings.data_folder / "gatekeeper.db") as connection:
        for sql, values in asked.items():
            if sql.startswith(VERBS):
                steps = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)
                found += [(step, sql) for *_, step in steps]
    return found

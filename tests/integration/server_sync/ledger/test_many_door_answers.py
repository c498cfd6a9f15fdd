"""An event's first minutes: its answers are folded before the database knows its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from server.db.model import Model, metadata
from server.db.unit import Unit
from server.ledger.models import DoorAnswerRow, TicketUse
from server.orders.models import Order
from server.reports.door_answer_tables import count_answers, list_answers
from server.ticketing.models import Ticket
from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized

Row = dict[str, Any]
HONEST: Final = sized(2_000, 4_000)
"""Tickets that answered two questions each; every 50th entry was undone, every 100th ticket has
another that stands."""
HOSTILE: Final = sized(1_000, 2_000)
"""Undone entries of one ticket, each with an answer to a question of its own."""
FIRST: Final = 1_000_000
"""The first of the honest tickets' ids."""
ROWS_EACH: Final = 40
"""What PostgreSQL's steps may hand on for each row of uses and answers, in both queries."""
INSTRUCTIONS_EACH: Final = 1_000
"""What SQLite may take for it."""

ORDER: Final = {"state": "paid", "channel": "api", "currency": "EUR", "total_minor": 0}
TICKET: Final = {
    "state": "paid",
    "blocked": False,
    "generation": 1,
    "persons": 1,
    "updated_seq": 0,
}
USE: Final = {
    "occurrence_id": "",
    "direction": "in",
    "count": 1,
    "device_id": "",
    "mode": "offline",
    "reason": "ok",
    "is_confirmed": True,
    "source": "journal",
    "epoch": 1,
}


@pytest.mark.parametrize(
    ("published", "earlier"),
    [
        ("sqlite", 300),
        ("postgresql", 0),
        ("postgresql", 300),
        *sized([], [("sqlite", 0)]),
    ],
    indirect=["published"],
)
async def test_answers_cost_a_few_steps_each_without_statistics(
    ledger_office: LedgerOffice, earlier: int
) -> None:
    """A bulk of rows in the same moment, and a ticket that a device let in and undid endlessly.

    The database knows nothing of the tables, or that all rows are of an earlier event.
    """
    made = ledger_office
    async with made.office.context.write(made.owner.organization_id) as unit:
        if earlier:
            await write_passages(made, unit, "ev_earlier", earlier, 0)
            await (await unit.session.connection()).exec_driver_sql("ANALYZE")
        await write_sales(made, unit)
        rows = await write_passages(made, unit, made.event_id, HONEST, HOSTILE)
        connection = await unit.session.connection()
        if connection.dialect.name == "sqlite":
            most = INSTRUCTIONS_EACH * rows
            spent = await count_instructions(made, unit, connection, most)
        else:
            most = ROWS_EACH * rows
            spent = await count_rows(made, unit, connection)
    assert spent < most


async def fold(made: LedgerOffice, unit: Unit) -> None:
    counts = {line[1:3]: line[3] for line in await count_answers(unit, made.event_id)}
    counting = HONEST - HONEST // 100
    assert counts == {("bags", "1"): counting, ("meal", "1"): counting}
    assert len(await list_answers(unit, made.event_id, {}, str)) == 2 * counting


async def count_instructions(
    made: LedgerOffice, unit: Unit, connection: AsyncConnection, most: int
) -> int:
    """Count SQLite's instructions; beyond `most` it is stopped."""
    size, steps = 1_000, 0

    def step() -> bool:
        nonlocal steps
        steps += 1
        return steps * size > most

    raw: Any = (await connection.get_raw_connection()).driver_connection
    await raw.set_progress_handler(step, size)
    try:
        await fold(made, unit)
    finally:
        await raw.set_progress_handler(None, 0)
    return steps * size


async def count_rows(made: LedgerOffice, unit: Unit, connection: AsyncConnection) -> int:
    """Count the rows that the steps of PostgreSQL's plans give and throw away."""
    await connection.exec_driver_sql("SET LOCAL statement_timeout = '30s'")
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, said: str, given: Any, *_rest: Any) -> None:
        if "JOIN door_answer" in said or "FROM door_answer" in said:
            asked.append((said, given))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    await fold(made, unit)
    event.remove(connection.sync_connection, "before_cursor_execute", note)
    assert len(asked) == 2
    spent = 0
    for said, given in asked:
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {said}"
        (plan,) = (await connection.exec_driver_sql(explain, given)).scalar_one()
        spent += sum(rows_of(plan["Plan"]))
    return spent


def rows_of(step: dict[str, Any]) -> Iterator[int]:
    thrown = sum(step[name] for name in step if name.startswith("Rows Removed"))
    yield (step["Actual Rows"] + thrown) * step["Actual Loops"]
    for below in step.get("Plans", ()):
        yield from rows_of(below)


async def write_sales(made: LedgerOffice, unit: Unit) -> None:
    """Write an order with its ticket for each who answers honestly."""
    orders: list[Row] = [{"id": f"or-{n}", "number": FIRST + n} for n in range(HONEST)]
    tickets: list[Row] = [{"ticket_id": FIRST + n, "order_id": f"or-{n}"} for n in range(HONEST)]
    same = {"event_id": made.event_id, "created_at": made.now}
    await write(unit, Order, ORDER | same, orders)
    await write(unit, Ticket, TICKET | same | {"ticket_type_id": made.ticket_type_id}, tickets)


async def write_passages(
    made: LedgerOffice, unit: Unit, event_id: str, honest: int, hostile: int
) -> int:
    """Write uses and answers; returns how many."""
    uses: list[Row] = []
    answers: list[Row] = []

    def enter(ticket: int, claim_id: str, *questions: str, is_annulled: bool = False) -> None:
        said = {"claim_id": claim_id, "ticket_id": ticket}
        uses.append(said | {"is_annulled": is_annulled, "seq": len(uses)})
        answers.extend(said | {"question_id": one} for one in questions)

    for number in range(honest):
        enter(FIRST + number, f"honest-{number}", "bags", "meal", is_annulled=number % 50 == 0)
        if number % 100 == 0:
            enter(FIRST + number, f"other-{number}")
    for number in range(hostile):
        enter(4711, f"hostile-{number}", f"asked-{number}", is_annulled=True)
    same = {"event_id": event_id, "gate_id": made.gates[0], "at": made.now}
    await write(unit, TicketUse, USE | same | {"zone_id": made.zone_id}, uses)
    await write(unit, DoorAnswerRow, same | {"answer": 0}, answers)
    return len(uses) + len(answers)


async def write(unit: Unit, model: type[Model], same: Row, rows: list[Row]) -> None:
    connection = await unit.session.connection()
    whole = same | {"organization_id": unit.organization_id}
    table = metadata.tables[model.__tablename__]
    await connection.execute(insert(table), [whole | row for row in rows])

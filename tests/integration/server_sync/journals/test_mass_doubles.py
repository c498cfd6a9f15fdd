"""A gate that was cut off for long brings many double uses at once, and others wait meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import pytest

from server.db import hot_path_connections
from server.db.hot_path_statements import Statement
from server.entries.rows import READ_SIGNED
from shared.wire.feed import ConflictNotice
from tests.factories.ledger_office import LedgerOffice


class Counter:
    """Counts the statements of what a test asks for, those of one row on SQLite left out.

    The server's own upkeep goes on beside it, and is not counted.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._is_asked: ContextVar[bool] = ContextVar("is_asked", default=False)
        self._is_asked.set(True)
        for kind in (
            hot_path_connections._PostgresTransaction,
            hot_path_connections._SqliteTransaction,
        ):
            for name in ("fetch", "run_many"):
                monkeypatch.setattr(kind, name, self._counted(getattr(kind, name)))

    def _counted(self, run: Any) -> Any:
        async def counted(transaction: Any, wanted: Statement, *given: Any) -> Any:
            self.count += self._is_asked.get() and wanted is not READ_SIGNED
            return await run(transaction, wanted, *given)

        return counted


async def statements_of(
    ledger_office: LedgerOffice, counter: Counter, tickets: Sequence[int]
) -> int:
    """Admit tickets at two gates that are alone; returns what the second upload's cost is."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    for gate in (north, south):
        for ticket in tickets:
            ledger_office.scan(gate, ticket)
    await ledger_office.exchanged(north, north.journal.entries)
    before = counter.count
    await ledger_office.exchanged(south, south.journal.entries)
    return counter.count - before


async def test_the_cost_of_an_upload_does_not_grow_with_its_double_uses(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve double uses take as many statements as two, so the counter is held no longer."""
    counter = Counter(monkeypatch)
    few = await statements_of(ledger_office, counter, range(2))
    many = await statements_of(ledger_office, counter, range(2, 14))
    assert many == few > 0
    found = await ledger_office.conflicts()
    assert sorted(one["ticket_id"] for one in found) == sorted(
        ledger_office.hex_of(ticket) for ticket in range(14)
    )
    feed = await ledger_office.read_feed(await ledger_office.enrol())
    notices = [item for item in feed if isinstance(item, ConflictNotice)]
    assert len(notices) == 14
    assert all(len(notice.claim_ids) == 2 for notice in notices)

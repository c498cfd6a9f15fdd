"""What a ticket pays that is given for another one is no money, and no report counts it so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.counters import Counter, add_type, counter, prepared_counter, published
from tests.factories.ledger_office import LedgerOffice

__all__ = ["counter", "prepared_counter", "published"]
pytestmark = pytest.mark.either_database


async def test_money_received_and_paid_back_is_what_changed_hands(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """A ticket of 25.00, exchanged for one of 40.00, and that for one of 10.00."""
    dearer = await add_type(ledger_office, "Balcony", 4_000)
    cheaper = await add_type(ledger_office, "Child", 1_000)
    ticket = await counter.sell(1)
    for to, paid_by in ((dearer, [{"kind": "cash"}]), (cheaper, [])):
        await counter.till.sync()
        done = await counter.ok(exchange=ticket["ticket_id"], to=to, tenders=paid_by)
        ticket = done["tickets"][0]
    await counter.till.sync()
    office = ledger_office
    for path, kept in ((office.path, "kept"), (office.owner.path, "net")):
        report = await office.office.ok("GET", f"{path}/report", office.owner)
        told: dict[str, list[dict[str, Any]]] = {
            table["name"]: [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
            for table in report["tables"]
        }
        totals = {row["figure"]: row["amount_minor"] for row in told["totals"]}
        wanted = {"received": 4_000, "paid_back": 3_000, "refunds_owed": 3_000, kept: 1_000}
        assert totals | wanted == totals
        tenders = {row["tender"]: row for row in told["tenders"] if row["tender"] != "total"}
        assert list(tenders) == ["cash"]
        cash = tenders["cash"]
        assert (cash["received_minor"], cash["paid_back_minor"]) == (4_000, 3_000)
        for table in ("events", "days"):
            for row in told.get(table, ()):
                assert (row["received_minor"], row["paid_back_minor"]) == (4_000, 3_000), table

"""The office lists the guests of one date, and who of them came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.settings import Settings
from shared.kernel.instant import DAY, format_instant
from tests.factories.ledger_office import LedgerOffice, Template, copy_published


@pytest.fixture
def published(published_sqlite: Template, tmp_path: Path) -> tuple[Settings, LedgerOffice]:
    """Run these on SQLite only: databases compare ids and plain letters alike."""
    return copy_published(published_sqlite, tmp_path)


async def ids(office: LedgerOffice, query: str) -> set[str]:
    found: dict[str, Any] = await office.office.ok(
        "GET", f"{office.path}/tickets?{query}", office.owner
    )
    return {one["id"] for one in found["items"]}


async def test_lists_are_made_for_one_date(ledger_office: LedgerOffice) -> None:
    """Who has a ticket for Sunday, and who came on Sunday."""
    office, desk = ledger_office, ledger_office.office
    sunday = await desk.ok(
        "POST",
        f"{office.path}/occurrences",
        office.owner,
        json={"name": "Sunday", "starts_at": format_instant(office.now + DAY)},
    )
    kind = await desk.ticket_type(
        office.owner, office.event_id, name="Sunday", occurrence_id=sunday["id"]
    )
    lines = {"lines": [{"ticket_type_id": kind, "quantity": 2}]}
    order = await desk.ok("POST", f"{office.path}/orders", office.owner, json=lines)
    bought = {ticket["id"] for ticket in order["tickets"]}
    assert await ids(office, f"occurrence_id={sunday['id']}") == bought
    gate = await office.enrol()
    await office.claimed(gate, office.codes[0])
    came = await desk.ok(
        "GET", f"{office.path}/checkins?occurrence_id={office.occurrence_id}", office.owner
    )
    assert [one["ticket_id"] for one in came["items"]] == [office.hex_of(0)]
    none = await desk.ok(
        "GET", f"{office.path}/checkins?occurrence_id={sunday['id']}", office.owner
    )
    assert none["items"] == []

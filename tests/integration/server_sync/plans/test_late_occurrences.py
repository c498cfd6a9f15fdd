"""Tickets for one of several occurrences, sold after a gate's last sync."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.kernel.id_types import OccurrenceId
from shared.kernel.instant import DAY, HOUR, format_instant
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import open_gate


async def printed(office: LedgerOffice, occurrence_id: OccurrenceId) -> str:
    """Sell a ticket for an occurrence; returns its code, which is the same at each print."""
    line = {"ticket_type_id": office.ticket_type_id, "quantity": 1, "occurrence_id": occurrence_id}
    wanted = {"lines": [line], "payment": "paid"}
    placed = await office.office.ok("POST", f"{office.path}/orders", office.owner, json=wanted)
    path = f"{office.path}/tickets/{placed['tickets'][0]['id']}/credential"
    codes = {(await office.office.ok("GET", path, office.owner))["digits"] for _ in range(2)}
    assert len(codes) == 1
    return str(codes.pop())


@pytest.mark.either_database
async def test_cut_off_gate_tells_tonights_late_sale_from_tomorrows(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """The gate has no row of either: the window that is signed says for when they are."""
    office = ledger_office
    start = office.now + DAY
    times = {
        "starts_at": format_instant(start),
        "ends_at": format_instant(start + 8 * HOUR),
    }
    tomorrow = await office.office.ok(
        "POST", f"{office.path}/occurrences", office.owner, json={"name": "Second"} | times
    )
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    codes = [await printed(office, one) for one in (office.occurrence_id, tomorrow["id"])]
    await gate.cut()
    assert (await gate.scan(codes[0])).verdict == "admit"
    assert (await gate.scan(codes[1])).verdict == "deny"
    await gate.session.close()

"""Seats travel to gates with the manifest and with the feed: the verdict says where to sit."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.presenters.gate.verdict_content import describe_answer
from shared.kernel.instant import Instant
from shared.seating.csv_form import write_csv
from tests.factories.ledger_office import LedgerOffice
from tests.factories.seats import make_seat_map
from tests.factories.wired_gates import open_gate


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_a_gate_says_the_seat_of_tickets_of_manifest_and_feed(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """One sold before the publication, one after it, and none of a ticket without a seat."""
    office = ledger_office
    call, owner = office.office.ok, office.owner
    table = {"form": "csv", "text": write_csv(make_seat_map())}
    await call("PUT", f"{office.path}/seats/map", owner, json=table)
    kind = await office.office.ticket_type(owner, office.event_id, selling={"seats": {}})

    async def sell(seat: str) -> str:
        line = {"ticket_type_id": kind, "quantity": 1, "seats": [seat]}
        body = {"lines": [line], "payment": "paid"}
        placed = await call("POST", f"{office.path}/orders", owner, json=body)
        path = f"{office.path}/tickets/{placed['tickets'][0]['id']}/credential"
        return str((await call("GET", path, owner))["digits"])

    before = await sell("B-3")
    await call("POST", f"{office.path}/handover", owner)
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    after = await sell("D-7")
    await gate.sync()
    await gate.cut()
    first, second = await gate.scan(before), await gate.scan(after)
    assert [(one.verdict, one.seat and one.seat.number) for one in (first, second)] == [
        ("admit", "3"),
        ("admit", "7"),
    ]
    shown = describe_answer(first, now=Instant(first.at), zone=None)
    assert "Stalls · row B · seat 3" in [line.replace("\u00a0", " ") for line in shown.lines]
    plain = await gate.scan(office.codes[0])
    assert (plain.verdict, plain.seat) == ("admit", None)
    await gate.session.close()

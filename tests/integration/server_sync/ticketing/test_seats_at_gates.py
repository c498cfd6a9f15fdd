"""Seats travel to gates with the manifest and with the feed: the verdict says where to sit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gatekeeper.presenters.gate.verdict_content import describe_answer
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant
from shared.seating.csv_form import write_csv
from tests.factories.ledger_office import LedgerOffice
from tests.factories.seats import make_seat_map
from tests.factories.wired_gates import open_gate
from tests.integration.server_sync.publishing.test_publishing import fetch


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


async def test_events_with_the_same_hall_reach_each_their_own_gates(
    ledger_office: LedgerOffice,
) -> None:
    """A season's nights have one seat map: the pieces of it that gates fetch are the same bytes.

    Whichever is handed over again meanwhile, no other's is gone.
    """
    first = ledger_office
    call, owner = first.office.ok, first.owner
    event_id = EventId(await first.office.event(owner))
    path = f"{owner.path}/events/{event_id}"
    await first.office.ticket_type(owner, event_id)
    zone = await call("POST", f"{path}/zones", owner, json={"name": "Hall"})
    gate = {"name": "Door", "zone_id": zone["id"]}
    gates = [str((await call("POST", f"{path}/gates", owner, json=gate))["id"])]
    second = replace(first, event_id=event_id, gates=gates)
    table = {"form": "csv", "text": write_csv(make_seat_map())}
    for night in (first, second):
        await call("PUT", f"{night.path}/seats/map", owner, json=table)
        await call("POST", f"{night.path}/handover", owner)
    devices = [(night, await night.enrol()) for night in (first, second)]
    for again in (first, first, second, first):
        for night, device in devices:
            for ref in (await fetch(night, device)).seat_chunks:
                piece = f"/sync/v1/chunks/{ref.sha256.hex()}"
                answer = await night.office.client.get(piece, headers=device.headers)
                assert answer.status_code == 200, answer.text
        await call("POST", f"{again.path}/handover", owner)

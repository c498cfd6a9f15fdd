"""What devices say of themselves is kept and shown, and trusted for nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.kernel.instant import MINUTE, SECOND
from shared.wire.device_report import (
    REPORT_SIZE_MAX,
    DeviceReport,
    PartReport,
    encode_report,
)
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import open_gate


async def reports(office: LedgerOffice) -> dict[str, Any]:
    """Return the newest reports by device."""
    path = f"{office.owner.path}/device-reports"
    found = await office.office.ok("GET", path, office.owner)
    return {one["device_id"]: one for one in found["items"]}


@pytest.mark.either_database
async def test_a_gate_that_closes_says_so(ledger_office: LedgerOffice, tmp_path: Path) -> None:
    """With its last word, right after another one: nobody misses it then."""
    gate = await open_gate(ledger_office, tmp_path, 0)
    await gate.sync()
    assert not (await reports(ledger_office))[gate.id]["is_leaving"]
    background = asyncio.create_task(gate.session.run_background())
    await asyncio.sleep(0)
    background.cancel()
    await asyncio.wait([background])
    assert (await reports(ledger_office))[gate.id]["is_leaving"]
    await gate.session.close()


@pytest.mark.either_database
async def test_gates_and_tills_tell_how_they_stand(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Feed, plan, keyring, manifest, pending entries, clock and program; each with its time."""
    office = ledger_office
    gate = await open_gate(office, tmp_path, 0)
    till = await open_gate(office, tmp_path, 1, role="till")
    for one in (gate, till):
        await one.sync()
        office.office.clock.advance(MINUTE)
        await one.sync()
    for _ in range(2):
        office.office.clock.advance(2 * MINUTE)
        await gate.sync()
        await till.sync()
    found = await reports(office)
    assert found.keys() == {gate.id, till.id}
    first, second = found[gate.id], found[till.id]
    state = gate.session.knowledge.state
    assert (first["cursor"], first["epoch"]) == (state.cursor, state.epoch)
    assert (first["plan"], first["keyring"]) == (second["plan"], second["keyring"])
    assert first["plan"] > 0
    assert len(first["keyring"]) == 16
    assert (first["manifest_sequence"], first["pending"]) == (1, 0)
    assert (first["program"], first["battery"]) == ("gatekeeper 0.1.0", None)
    assert first["is_clock_trusted"]
    path = f"{office.owner.path}/device-reports/{gate.id}"
    assert await office.office.ok("GET", path, office.owner) == first
    await gate.session.close()
    await till.session.close()


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_a_report_that_is_none_keeps_nobody_from_syncing(
    ledger_office: LedgerOffice,
) -> None:
    """Garbage, a liar's figures and too much of it: the exchange is served all the same."""
    office = ledger_office
    device = await office.enrol()
    good = DeviceReport(v=1, program="p", epoch=1, cursor=2, head=3)
    parts = tuple(PartReport(f"r{n}", "ready") for n in range(17))
    wrong = [
        b"\xff\x00garbage",
        encode_report(msgspec.structs.replace(good, readers=parts)),
        encode_report(msgspec.structs.replace(good, cursor=-1)),
        encode_report(msgspec.structs.replace(good, battery=101)),
        encode_report(msgspec.structs.replace(good, program="a\x00b")),
    ]
    for said in wrong:
        await office.exchanged(device, report=said)
        assert await reports(office) == {}
    await office.exchanged(device, report=encode_report(good))
    newer = msgspec.structs.replace(good, cursor=1 << 50)
    await office.exchanged(device, report=encode_report(newer))
    assert (await reports(office))[device.id]["cursor"] == 2, "the second came too soon"
    office.office.clock.advance(3 * SECOND)
    answer = await office.exchanged(device)
    assert (await reports(office))[device.id]["cursor"] == 1 << 50, "the device has said it"
    assert answer.page is not None
    big = await office.exchange(device, report=bytes(REPORT_SIZE_MAX + 1))
    assert big.status_code == 400
    path = f"{office.owner.path}/device-reports/dv_000000000000"
    missing = await office.office.call("GET", path, office.owner)
    assert missing.status_code == 404

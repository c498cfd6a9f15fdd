"""Who is named for the radio: gates that have not said what holds by now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.devices.device_of_request import KnownDevices
from server.exchange.epochs import open_higher_epoch
from shared.kernel.instant import MINUTE, SECOND
from shared.wire.device_report import DeviceReport, encode_report
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.wired_gates import WiredGate, open_gate
from tests.integration.server_sync.evacuations.test_ordered_evacuations import PASSWORD, order
from tests.integration.server_sync.plans.test_paused_entry import pauses, say


async def sync(office: LedgerOffice, gate: WiredGate, *, times: int = 2) -> None:
    """Let a gate exchange; one brings the word, the next says that it is known."""
    for _ in range(times):
        office.office.clock.advance(3 * SECOND)
        await gate.sync()


async def unheard(office: LedgerOffice) -> list[str]:
    """Name the devices that have not confirmed how a place stands."""
    return [
        device["device_id"]
        for one in await pauses(office)
        for device in one["devices"]
        if not device["has_heard"]
    ]


async def note_contact(office: LedgerOffice, gate: WiredGate) -> None:
    """Note when a gate was last heard of, as the server's upkeep does."""
    async with office.office.driving() as driver:
        known_devices = KnownDevices(office.office.context, driver)
        known_devices.hear(await known_devices.identify(gate.device.headers["authorization"]))
        await known_devices.note_contacts()


async def open_synced(office: LedgerOffice, folder: Path) -> WiredGate:
    """Open a gate that knows how things stood a while ago."""
    gate = await open_gate(office, folder, 0)
    await sync(office, gate)
    office.office.clock.advance(5 * MINUTE)
    return gate


@pytest.mark.either_database
async def test_a_gate_that_still_holds_people_back_is_named_after_the_next_pause(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """It heard the first pause, and neither its end nor the second one."""
    made, place = ledger_office, ledger_office.gates[0]
    north = await open_synced(made, tmp_path)
    await say(made, "PUT", place)
    await sync(made, north)
    assert await unheard(made) == []
    await north.cut()
    made.office.clock.advance(5 * MINUTE)
    for method in ("DELETE", "PUT", "DELETE"):
        await say(made, method, place)
        assert await unheard(made) == [north.id]
    assert (await north.scan(made.codes[0])).stop == "paused"
    await north.mend()
    await sync(made, north)
    assert await pauses(made) == []
    await north.session.close()


@pytest.mark.either_database
async def test_a_gate_is_named_that_may_have_heard_and_could_not_say_so(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Its cable broke after the word had come and before it said that it knows."""
    made, place = ledger_office, ledger_office.gates[0]
    north = await open_synced(made, tmp_path)
    await say(made, "PUT", place)
    await sync(made, north, times=1)
    await note_contact(made, north)
    await north.cut()
    assert (await north.scan(made.codes[0])).stop == "paused"
    made.office.clock.advance(5 * MINUTE)
    await say(made, "DELETE", place)
    assert await unheard(made) == [north.id]
    await north.session.close()


@pytest.mark.either_database
async def test_a_gate_that_was_away_all_the_while_needs_no_call(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Nobody told it of the pause: of the end it need not hear."""
    made, place = ledger_office, ledger_office.gates[0]
    north = await open_synced(made, tmp_path)
    await north.cut()
    await say(made, "PUT", place)
    assert await unheard(made) == [north.id]
    await say(made, "DELETE", place)
    assert await pauses(made) == []
    await north.session.close()


@pytest.mark.either_database
async def test_a_program_of_before_is_named_while_entry_is_paused(
    ledger_office: LedgerOffice,
) -> None:
    """It reads the plan and knows no pauses: cut off, it goes on; afterwards it need not hear."""
    made, place = ledger_office, ledger_office.gates[0]
    old = await made.enrol(0)
    await say(made, "PUT", place)

    async def tell(**changed: Any) -> None:
        made.office.clock.advance(3 * SECOND)
        report = DeviceReport(v=1, program="p", epoch=1, cursor=9, head=9, plan=1 << 40)
        report = msgspec.structs.replace(report, **changed)
        await made.exchanged(old, report=encode_report(report))

    await tell()
    assert await unheard(made) == [old.id]
    await say(made, "DELETE", place)
    assert await pauses(made) == []
    await say(made, "PUT", place)
    await tell(pauses=(place,))
    assert await unheard(made) == []
    await tell(pauses=(place,), plan=1, is_leaving=True)
    await say(made, "DELETE", place)
    assert await pauses(made) == [], "it was closed: nobody stands before it"


async def test_a_gate_that_heard_before_the_ledger_was_put_back_is_named(
    place: Place, tmp_path: Path
) -> None:
    """What it said in the epoch before still tells that it holds people back."""
    async with open_ledger_office_again(place.settings, place.office) as made:
        north = await open_synced(made, tmp_path)
        await say(made, "PUT", made.gates[0])
        await sync(made, north)
        await north.cut()
        made.office.clock.advance(5 * MINUTE)
    place.copy()
    async with open_ledger_office_again(place.put_back(), made) as again:
        await open_higher_epoch(again.office.context, "test")
        await say(again, "DELETE", again.gates[0])
        assert (await north.scan(again.codes[0])).stop == "paused"
        assert await unheard(again) == [north.id]
        await north.session.close()


@pytest.mark.either_database
async def test_a_gate_is_named_that_may_have_heard_of_an_evacuation(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Nor could it say that it lets nobody in, before it was cut off for the rest of it."""
    made = ledger_office
    await made.office.give_password(made.owner, PASSWORD)
    north = await open_synced(made, tmp_path / "north")
    south = await open_gate(made, tmp_path / "south", 1)
    await sync(made, south)
    await south.cut()
    made.office.clock.advance(5 * MINUTE)
    (stop,) = await order(made, "stop")
    await sync(made, north, times=1)
    await note_contact(made, north)
    await north.cut()
    made.office.clock.advance(5 * MINUTE)
    for phase in ("return", "over"):
        await order(made, phase, evacuation_id=stop["evacuation_id"])
    assert (await north.scan(made.codes[0])).stop == "evacuation"
    path = f"{made.path}/evacuations/reach"
    (one,) = await made.office.ok("GET", path, made.owner)
    assert [device["device_id"] for device in one["devices"]] == [north.id]
    for gate in (north, south):
        await gate.session.close()

"""An evacuation ordered after the copy was taken that the server was put back to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from server.exchange.epochs import declare_absent, open_higher_epoch
from shared.journal.entry import EvacuationBody
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import HOUR, MINUTE, SECOND, Instant, format_instant
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.wired_gates import WiredGate, open_again, open_gate

pytestmark = pytest.mark.either_database

PASSWORD: Final = "seven lamps over the gate"


async def order(office: LedgerOffice, phase: str, evacuation_id: str | None = None) -> Any:
    """Order it; returns its id."""
    body = {"zone_id": office.zone_id, "phase": phase, "password": PASSWORD}
    named = {} if evacuation_id is None else {"evacuation_id": evacuation_id}
    path = f"{office.path}/evacuations"
    (word, *_) = await office.office.ok("POST", path, office.owner, json=body | named)
    return word["evacuation_id"]


@asynccontextmanager
async def begun(place: Place, folder: Path) -> AsyncIterator[tuple[LedgerOffice, WiredGate]]:
    """Open the office, whose owner may order an evacuation, and a gate that knows its event."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        await office.office.give_password(office.owner, PASSWORD)
        gate = await open_gate(office, folder / "north", 0)
        await gate.sync()
        yield office, gate


async def forget(office: LedgerOffice, gate: WiredGate) -> None:
    """Let a gate meet the office that was put back, and then its higher epoch."""
    gate.wire._office = office
    with pytest.raises(ServerFault):
        await gate.sync()
    await open_higher_epoch(office.office.context, "put back")
    await sync_often(office, gate)


async def sync_often(office: LedgerOffice, gate: WiredGate) -> None:
    """Let a gate say all that it is asked for again."""
    for _ in range(4):
        office.office.clock.advance(5 * SECOND)
        await gate.sync()


async def test_a_stop_that_gates_hold_is_ended_at_the_desk_of_a_server_that_forgot_it(
    place: Place, tmp_path: Path
) -> None:
    """It is nobody's journal's: without the gates' word the zone would stay shut, unseen."""
    async with begun(place, tmp_path) as (office, gate):
        before = office
    place.copy()
    async with open_ledger_office_again(place.settings, before) as office:
        gate.wire._office = office
        stop = await order(office, "stop")
        await gate.sync()
        assert (await gate.scan(office.codes[0])).reason == "rules_denied"
        before = office
    async with open_ledger_office_again(place.put_back(), before) as office:
        await forget(office, gate)
        path = f"{office.path}/evacuations/reach"
        ((one),) = await office.office.ok("GET", path, office.owner)
        assert (one["evacuation_id"], one["phase"]) == (stop, "stop")
        office.office.clock.advance(MINUTE)
        for phase in ("return", "over"):
            assert await order(office, phase, stop) == stop
        await gate.sync()
        assert (await gate.scan(office.codes[0])).reason == "ok"
        assert await office.conflicts() == []
    await gate.session.close()


async def test_a_gate_whose_tickets_are_lost_says_again_what_it_holds(
    place: Place, tmp_path: Path
) -> None:
    """It learns of the new epoch by a manifest, before it exchanges anything."""
    async with begun(place, tmp_path) as (office, gate):
        before = office
    place.copy()
    async with open_ledger_office_again(place.settings, before) as office:
        gate.wire._office = office
        stop = await order(office, "stop")
        await gate.sync()
        before = office
    await gate.session.close()
    folder = tmp_path / "north" / gate.id
    for file in folder.glob("manifest-*"):
        file.unlink()
    async with open_ledger_office_again(place.put_back(), before) as office:
        await open_higher_epoch(office.office.context, "put back")
        await declare_absent(office.office.context, DeviceId(gate.id), "its disk is damaged")
        await office.office.ok("POST", f"{office.path}/handover", office.owner)
        gate = await open_again(office, folder, gate.device)
        await sync_often(office, gate)
        path = f"{office.path}/evacuations/reach"
        ((one),) = await office.office.ok("GET", path, office.owner)
        assert (one["evacuation_id"], one["phase"]) == (stop, "stop")
        await gate.session.close()


async def test_who_came_back_by_a_return_that_the_server_forgot_comes_back_no_more(
    place: Place, tmp_path: Path
) -> None:
    """The copy is from between stop and return: said again, it empties the zone as it did."""
    async with begun(place, tmp_path) as (office, gate):
        back, away, fresh = office.codes[:3]
        for code in (back, away):
            assert (await gate.scan(code)).reason == "ok"
        office.office.clock.advance(MINUTE)
        stop = await order(office, "stop")
        await gate.sync()
        before = office
    place.copy()
    async with open_ledger_office_again(place.settings, before) as office:
        gate.wire._office = office
        office.office.clock.advance(MINUTE)
        await order(office, "return", stop)
        for _ in range(2):
            office.office.clock.advance(MINUTE)
            await gate.sync()
        assert (await gate.scan(back)).reason == "reentry"
        await gate.sync()
        before = office
    async with open_ledger_office_again(place.put_back(), before) as office:
        await forget(office, gate)
        await order(office, "return", stop)
        for _ in range(2):
            office.office.clock.advance(MINUTE)
            await gate.sync()
        answers = [await gate.scan(code) for code in (back, away, fresh)]
        assert [one.reason for one in answers] == ["already_used", "reentry", "ok"]
        assert {one.mode for one in answers[1:]} == {"online"}
        other = await office.enrol(1)
        again = [await office.claimed(other, code) for code in (back, away)]
        assert [one["reason"] for one in again] == ["already_used"] * 2
        found = [(one["kind"], one["disposition"]) for one in await office.conflicts()]
        assert found == [("double_use", "withdrawn")], "named while the return was forgotten"
    await gate.session.close()


async def test_what_a_device_has_heard_counts_for_nothing_by_itself(
    ledger_office: LedgerOffice,
) -> None:
    """Nobody comes back by it, and a server that has forgotten nothing names it as any other."""
    office = ledger_office
    await office.office.give_password(office.owner, PASSWORD)
    north, rogue = await office.enrol(0), await office.enrol(1)
    code = office.codes[0]
    await office.claimed(north, code)
    office.office.clock.advance(MINUTE)
    for epoch in (1, 2):
        stop = await order(office, "stop")
        began = office.now
        office.office.clock.advance(MINUTE)
        body = EvacuationBody(
            evacuation_id=stop,
            zone_id=office.zone_id,
            phase="return",
            gate_id=rogue.gate_id,
            begun_at=Instant(began - HOUR),
            emptied_at=Instant(began - HOUR),
        )
        rogue.journal.add(body, office.event_id, office.now)
        await office.exchanged(rogue, rogue.journal.entries, epoch=epoch)
        office.office.clock.advance(MINUTE)
        assert (await office.claimed(north, code))["reason"] == "rules_denied"
        names = [one["kind"] for one in await office.conflicts()]
        assert names == ["evacuation_unproven"], "in the first epoch"
        await order(office, "return", stop)
        listed = await office.office.ok("GET", f"{office.path}/evacuations", office.owner)
        (word,) = [
            one
            for one in listed
            if (one["evacuation_id"], one["phase"], one["device_id"]) == (stop, "return", None)
        ]
        assert word["emptied_at"] == format_instant(office.now if epoch == 1 else began)
        assert (await office.claimed(north, code))["reason"] == "reentry"
        assert (await office.claimed(north, code))["reason"] == "already_used"
        await order(office, "over", stop)
        office.office.clock.advance(MINUTE)
        if epoch == 1:
            await open_higher_epoch(office.office.context, "test")
            for device in (north, rogue):
                for _ in range(2):
                    entries = device.journal.entries
                    await office.exchanged(device, entries, epoch=2, offers_for=2)


async def test_an_evacuation_that_was_over_counts_again_once_its_return_is_confirmed(
    place: Place, tmp_path: Path
) -> None:
    """The copy is from before all of it, and no gate holds anybody back: nothing is shut."""
    async with begun(place, tmp_path) as (office, gate):
        back, away = office.codes[:2]
        for code in (back, away):
            assert (await gate.scan(code)).reason == "ok"
        await gate.sync()
        before = office
    place.copy()
    async with open_ledger_office_again(place.settings, before) as office:
        gate.wire._office = office
        office.office.clock.advance(MINUTE)
        stop = await order(office, "stop")
        for phase in ("return", "over"):
            office.office.clock.advance(MINUTE)
            await order(office, phase, stop)
        office.office.clock.advance(MINUTE)
        await gate.sync()
        assert (await gate.scan(back)).reason == "reentry"
        await gate.sync()
        before = office
    async with open_ledger_office_again(place.put_back(), before) as office:
        await forget(office, gate)
        path = f"{office.path}/evacuations"
        assert await office.office.ok("GET", f"{path}/reach", office.owner) == []
        assert [one["kind"] for one in await office.conflicts()] == ["double_use"]
        other = await office.enrol(1)
        assert (await office.claimed(other, away))["reason"] == "already_used"
        ((heard),) = await office.office.ok("GET", path, office.owner)
        ruling = {name: heard[name] for name in ("evacuation_id", "zone_id", "device_id", "phase")}
        confirm = ruling | {"ruling": "confirm"}
        await office.office.ok("POST", f"{path}/rulings", office.owner, json=confirm)
        assert [one["disposition"] for one in await office.conflicts()] == ["withdrawn"]
        again = [(await office.claimed(other, code))["reason"] for code in (away, back)]
        assert again == ["reentry", "already_used"]
        for _ in range(2):
            office.office.clock.advance(MINUTE)
            await gate.sync()
        assert (await gate.scan(office.codes[2])).reason == "ok"
    await gate.session.close()

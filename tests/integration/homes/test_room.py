"""One charge, one credit, by the person: nothing that is done at cut-off gates makes a place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.gate.requests import Undo
from shared.kernel.instant import MINUTE
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate
from tests.integration.homes.test_cut_off import in_step, open_gates, set_policy

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
SUPERVISOR = "sv_0123456789ab"


async def hold(office: LedgerOffice, capacity: int | None) -> None:
    """Let the zone hold so many, and take back who goes out."""
    await set_policy(office, "open")
    body = {
        "name": "Arena",
        "occurrence_id": office.occurrence_id,
        "reentry_after_exit": True,
        "capacity": capacity,
    }
    zone = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", zone, office.owner, json=body)


async def sync_all(gates: Sequence[WiredGate], times: int = 2) -> None:
    for _ in range(times):
        for gate in gates:
            await gate.sync()


async def let_in(gate: WiredGate, codes: Sequence[str]) -> list[str]:
    """Let in whoever may; returns their codes."""
    return [code for code in codes if (await gate.scan(code)).verdict == "admit"]


async def counted(office: LedgerOffice) -> Any:
    found = await office.office.ok("GET", f"{office.path}/checkins/counts", office.owner)
    (zone,) = found["zones"]
    assert found["inside"] == zone["inside"]
    return zone


async def kinds(office: LedgerOffice) -> list[str]:
    return [one["kind"] for one in await office.conflicts() if one["kind"] != "clock"]


async def test_an_entry_that_is_taken_back_after_its_exit_makes_no_place(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """In, out, undone, again and again at two cut-off gates: the zone of 8 holds 8 at most."""
    await hold(ledger_office, 8)
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        codes = list(ledger_office.codes)
        await sync_all(gates)
        async with in_step(gates):
            inside = await let_in(gates[0], codes[:3])
        await sync_all(gates)
        for gate in gates:
            await gate.cut()
        for gate in gates:
            for _ in range(8):
                answer = await gate.scan(codes[3])
                if answer.verdict == "admit":
                    assert (await gate.scan(codes[3], direction="out")).reason == "exit"
                    gate.session.supervision.do(Undo(answer.claim_id, "did_not_enter", SUPERVISOR))
        for gate in gates:
            inside += await let_in(gate, [code for code in codes[4:] if code not in inside])
        assert len(inside) <= 8
        for _ in range(2):
            for gate in gates:
                await gate.mend()
        assert (await counted(ledger_office))["inside"] == len(inside)
        assert "over_capacity" not in await kinds(ledger_office)


async def test_one_exit_scanned_at_several_cut_off_lanes_makes_one_place_at_most(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A guest tries the next lane on the way out: no lane has a place that was not its own."""
    await hold(ledger_office, 6)
    async with open_gates(ledger_office, tmp_path, (0, 0, 1)) as gates:
        codes = list(ledger_office.codes)
        async with in_step(gates):
            inside = await let_in(gates[0], codes[:10])
        assert len(inside) == 6
        await sync_all(gates)
        for gate in gates:
            await gate.cut()
        for gate in gates:
            assert (await gate.scan(inside[0], direction="out")).reason == "exit"
        fresh = [code for code in codes if code not in inside]
        admitted = [
            code
            for gate, code in zip(gates, fresh, strict=False)
            if (await gate.scan(code)).verdict == "admit"
        ]
        assert len(inside) - 1 + len(admitted) <= 6
        for _ in range(2):
            for gate in gates:
                await gate.mend()
        assert (await counted(ledger_office))["inside"] == len(inside) - 1 + len(admitted)
        # The place is the ledger's, and free again.
        async with in_step(gates):
            more = await let_in(gates[1], [code for code in fresh if code not in admitted])
        assert len(inside) - 1 + len(admitted) + len(more) == 6


async def test_who_was_let_in_alone_and_goes_out_leaves_a_place(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Cut off, a gate fills again what it has filled: no place is lost either."""
    await hold(ledger_office, 8)
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        codes = list(ledger_office.codes)
        await sync_all(gates)
        for gate in gates:
            await gate.cut()
        gate = gates[0]
        first = await let_in(gate, codes[:8])
        assert first
        for code in first:
            assert (await gate.scan(code, direction="out")).reason == "exit"
            assert (await gate.scan(code, direction="out")).reason == "exit"
        second = await let_in(gate, [code for code in codes if code not in first])
        assert len(second) == len(first)


async def test_the_organizers_inside_is_who_is_inside(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """One holder scanned out three times is one person less, not three."""
    await hold(ledger_office, 12)
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        await sync_all(gates)
        async with in_step(gates):
            inside = await let_in(gates[0], ledger_office.codes[:5])
            for _ in range(3):
                await gates[0].scan(inside[0], direction="out")
        await sync_all(gates)
        zone = await counted(ledger_office)
        assert (zone["inside"], zone["at_least"]) == (4, 4)
        left = sum(
            share.left
            for gate in gates
            for share in gate.session.store.shares.list_all(ledger_office.event_id)
        )
        assert zone["at_most"] == 4 + left
        listed = gates[0].session.evacuation.list_inside()
        assert listed.persons == zone["inside"]


async def evacuate(gate: WiredGate, out: Sequence[str] = ()) -> None:
    """Stop entry, scan some out at the gate, and let them return."""
    desk = gate.session.evacuation
    desk.begin(SUPERVISOR)
    for code in out:
        assert (await gate.scan(code, direction="out")).reason == "exit"
    desk.start_return(SUPERVISOR)


async def test_who_was_inside_returns_to_a_full_zone_cut_off(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """The cable is pulled in an evacuation: all who were inside come back, nobody else does."""
    await hold(ledger_office, 8)
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        codes = list(ledger_office.codes)
        async with in_step(gates):
            inside = await let_in(gates[0], codes[:12])
        assert len(inside) == 8
        await sync_all(gates)
        for gate in gates:
            await gate.cut()
        ledger_office.office.clock.advance(MINUTE)
        await evacuate(gates[0], out=inside[:2])
        others = [code for code in codes if code not in inside]
        assert {(await gates[0].scan(code)).reason for code in others} == {"capacity_full"}
        assert {(await gates[0].scan(code)).reason for code in inside} == {"reentry"}
        assert {(await gates[0].scan(code)).reason for code in inside} == {"already_used"}


async def test_places_that_gates_hold_come_to_the_gate_where_holders_stand(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """All come in at one of three gates, by a second scan at most, and a ninth does not."""
    await hold(ledger_office, 8)
    async with open_gates(ledger_office, tmp_path, (0, 0, 1)) as gates:
        north, *others = gates
        await sync_all(gates)
        waited = 0
        for code in ledger_office.codes[:8]:
            answer = await north.scan(code)
            if answer.called_back:
                assert answer.reason == "capacity_full"
                waited += 1
                await sync_all(others)
                answer = await north.scan(code)
            assert answer.verdict == "admit"
        assert waited >= 1, "the others held some"
        full = await north.scan(ledger_office.codes[8])
        assert (full.reason, full.called_back) == ("capacity_full", False)
        assert not full.own_places_used
        await sync_all(gates)
        assert (await counted(ledger_office))["inside"] == 8
        assert await kinds(ledger_office) == []


async def test_what_a_cut_off_gate_holds_stays_with_it(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """It hears that it was asked when nothing is left of its share: eight come in in all."""
    await hold(ledger_office, 8)
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        north, south = gates
        codes = list(ledger_office.codes)
        await sync_all(gates)
        await south.cut()
        inside = await let_in(north, codes[:8])
        assert len(inside) < 8
        assert (await north.scan(codes[9])).reason == "capacity_full"
        inside += await let_in(south, [code for code in codes if code not in inside])
        assert len(inside) == 8
        for _ in range(2):
            for gate in gates:
                await gate.mend()
        assert (await counted(ledger_office))["inside"] == 8
        assert await kinds(ledger_office) == []

"""Time: any clock, the server's included, stands, steps, or differs from the others.

Connected and cut off, a ticket lets in as often as the rules give, whatever the clocks say.
Windows of validity under wrong clocks are not tried here.

Proven elsewhere: the server's clock steps back and two hosts' clocks differ
(`test_order.py`, `test_clocks.py`), devices' clocks and their jumps
(`test_any_order.py`, `unit/gatekeeper/sync`), homes published by a fast clock
(`homes/test_publishing_clock.py`), years that no calendar has
(`test_hostile_entries.py`), and all of them at random in the simulator.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.kernel.instant import DAY, HOUR, MINUTE, Duration
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_gate
from tests.fakes.clock import ManualClock
from tests.integration.homes.test_cut_off import set_policy

STEPS: tuple[Duration, ...] = (-DAY, -10 * MINUTE, Duration(-1), Duration(1), 10 * MINUTE, DAY)
"""By how much a clock is moved."""


async def reentry(office: LedgerOffice) -> None:
    """Let who has gone out come in again."""
    body = {"name": "Arena", "occurrence_id": office.occurrence_id, "reentry_after_exit": True}
    await office.office.ok("PUT", f"{office.path}/zones/{office.zone_id}", office.owner, json=body)


def at_office(office: LedgerOffice) -> ManualClock:
    """Give a device a clock of its own that shows the office's time."""
    clock = ManualClock()
    clock.step_wall(office.now - clock.wall())
    return clock


@pytest.mark.parametrize("step", STEPS)
async def test_each_exit_gives_one_entry_whatever_the_servers_clock_does(
    ledger_office: LedgerOffice, step: Duration
) -> None:
    """In, out, the clock moves, in, and then copies; and once more, moved back."""
    office = ledger_office
    await reentry(office)
    gates = [await office.enrol(0), await office.enrol(1)]
    clock = office.office.clock
    admitted = 0
    for turn in range(4):
        clock.advance(Duration(1))
        for gate in (*gates, *gates):
            answer = await office.claimed(gate, office.codes[0])
            admitted += answer["verdict"] == "admit"
        assert admitted <= turn + 1
        clock.step_wall(step if turn % 2 else -step)
        out = await office.claimed(gates[turn % 2], office.codes[0], direction="out")
        assert out["verdict"] in {"admit", "deny"}
        clock.step_wall(-step if turn % 2 else step)
    assert admitted >= 1
    assert not await named(office)


@pytest.mark.parametrize("step", STEPS)
async def test_cut_off_gate_lets_in_once_whatever_its_clock_does(
    ledger_office: LedgerOffice, tmp_path: Path, step: Duration
) -> None:
    """Before the cut, after it, and after a restart of the clock: never twice at one gate."""
    office = ledger_office
    await set_policy(office, "open")
    clock = at_office(office)
    gate = await open_gate(office, tmp_path, 0, clock=clock)
    await gate.sync()
    known = office.codes[0]
    assert (await gate.scan(known)).verdict == "admit"
    await gate.cut()
    first = [(await gate.scan(code)).verdict for code in office.codes[1:4]]
    assert first == ["admit"] * 3
    clock.step_wall(step)
    again = [(await gate.scan(code)).verdict for code in office.codes[:4]]
    assert "admit" not in again
    clock.step_wall(-step)
    assert "admit" not in [(await gate.scan(code)).verdict for code in office.codes[:4]]
    await gate.mend()
    assert "admit" not in [(await gate.scan(code)).verdict for code in office.codes[:4]]
    assert not await named(office)
    await gate.session.close()


YEARS_BACK: Duration = 20 * 365 * DAY
"""What a machine shows whose battery has died: years before the organization was made."""


async def test_gates_stay_connected_when_the_servers_clock_falls_back_behind_its_keys(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """What the server signs from then on is believed, or every gate would decide alone."""
    office = ledger_office
    await set_policy(office, "open")
    gates = [await open_gate(office, tmp_path, number) for number in (0, 1)]
    for gate in gates:
        await gate.sync()
    office.office.clock.step_wall(-YEARS_BACK)
    for gate in gates:
        await gate.sync()
    for code in office.codes[:3]:
        answers = [await gate.scan(code) for gate in (*gates, *gates)]
        assert [one.mode for one in answers] == ["online"] * 4
        assert [one.verdict for one in answers] == ["admit", "deny", "deny", "deny"]
    for gate in gates:
        await gate.sync()
        await gate.session.close()
    office.office.clock.step_wall(YEARS_BACK)
    assert "double_use" not in await named(office)


async def test_gates_stay_connected_when_the_servers_clock_shows_a_time_before_1970(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """No clock is right there, and no document can bear that time; it serves all the same."""
    office = ledger_office
    gates = [
        await open_gate(office, tmp_path, 0, clock=at_office(office)),
        await open_gate(office, tmp_path, 1),  # its own clock shows the same as the server's
    ]
    for gate in gates:
        await gate.sync()
    back = Duration(office.now + HOUR)
    office.office.clock.step_wall(-back)
    for gate in gates:
        await gate.sync()
    answers = [await gate.scan(office.codes[0]) for gate in (*gates, *gates)]
    assert [(one.verdict, one.mode) for one in answers] == [
        ("admit", "online"),
        *[("deny", "online")] * 3,
    ]
    for gate in gates:
        await gate.sync()
    office.office.clock.step_wall(back)
    for gate in gates:
        await gate.sync()
        await gate.session.close()
    assert set(await named(office)) == {"server_clock"}


async def enter_and_leave(gates: list[WiredGate], code: str) -> int:
    """Let a ticket in wherever it may, out at the last gate, and show it again."""
    verdicts = [(await gate.scan(code)).verdict for gate in gates]
    left = await gates[-1].scan(code, direction="out")
    assert left.reason == "exit"
    verdicts += [(await gate.scan(code)).verdict for gate in (*gates, *gates)]
    return verdicts.count("admit")


@pytest.mark.parametrize(("fast", "slow"), [(HOUR, -HOUR), (DAY, 0), (0, -DAY)])
async def test_connected_gates_of_different_clocks_give_one_entry_for_each_exit(
    ledger_office: LedgerOffice, tmp_path: Path, fast: Duration, slow: Duration
) -> None:
    """The ledger orders, not the clocks: in once, out once, in once."""
    office = ledger_office
    await reentry(office)
    clocks = [at_office(office), at_office(office)]
    gates = [
        await open_gate(office, tmp_path, number, clock=clock)
        for number, clock in enumerate(clocks)
    ]
    for gate, clock, off in zip(gates, clocks, (fast, slow), strict=True):
        clock.step_wall(off)
        await gate.sync()
    for code in office.codes[:3]:
        office.office.clock.advance(MINUTE)
        assert await enter_and_leave(gates, code) == 2
    for gate in gates:
        await gate.sync()
        await gate.session.close()
    assert not await named(office)

"""Time: the server's clock steps while a gate is cut off, and who came when is known.

The server goes on by the time of before (`server/steady_clock.py`), as it is put together for its
workers; everywhere else tests step the time that it goes by.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import server.app
from server.steady_clock import SteadyClock
from shared.kernel.floored_clock import FlooredClock
from shared.kernel.instant import DAY, HOUR, MINUTE, Duration
from shared.kernel.ports import Clock
from tests.adversaries.scene import named
from tests.adversaries.test_time import at_office, reentry
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import open_gate
from tests.integration.homes.test_cut_off import set_policy


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put servers together as workers are."""

    def wrapped(clock: Clock) -> FlooredClock:
        return FlooredClock(SteadyClock(clock))

    monkeypatch.setattr(server.app, "FlooredClock", wrapped)


@pytest.mark.parametrize("step", [-DAY, -HOUR, -10 * MINUTE, 10 * MINUTE, HOUR, DAY])
async def test_a_step_of_the_servers_clock_changes_no_order_of_passages(
    ledger_office: LedgerOffice, tmp_path: Path, step: Duration
) -> None:
    """Who went out by a gate that is cut off comes in again; a copy meanwhile is named."""
    office = ledger_office
    await set_policy(office, "open")
    await reentry(office)
    server_clock = office.office.clock
    server_clock.advance(HOUR)
    clocks = [at_office(office), at_office(office)]
    gates = [
        await open_gate(office, tmp_path, number, clock=clock)
        for number, clock in enumerate(clocks)
    ]
    cut, connected = gates

    def pass_time(duration: Duration) -> None:
        for clock in (server_clock, *clocks):
            clock.advance(duration)

    for gate in gates:
        await gate.sync()
    await cut.cut()
    honest, copied, early = office.codes[:3]
    pass_time(MINUTE)
    assert (await cut.scan(early)).verdict == "admit"
    pass_time(MINUTE)
    assert (await connected.scan(early, direction="out")).reason == "exit"
    server_clock.step_wall(step)
    pass_time(MINUTE)
    await connected.sync()
    assert (await connected.scan(honest)).verdict == "admit"
    assert (await connected.scan(copied)).verdict == "admit"
    pass_time(MINUTE)
    assert (await cut.scan(honest, direction="out")).reason == "exit"
    assert (await cut.scan(copied)).verdict == "admit"
    pass_time(MINUTE)
    await cut.mend()
    for gate in (*gates, *gates):
        await gate.sync()
    assert dict(await named(office)) == {"double_use": 1}
    assert (await connected.scan(honest)).reason == "reentry"
    assert (await connected.scan(early)).reason == "reentry"
    assert (await connected.scan(copied)).reason == "already_used"
    for gate in gates:
        await gate.session.close()

"""A ticket's home that no push channel reaches, though it and the asking gate reach the ledger."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.device.lan_link import LanOptions
from gatekeeper.sync import engine
from server.claims import claim_queue
from shared.kernel.instant import HOUR
from tests.factories.ledger_office import LedgerOffice
from tests.integration.homes.test_cut_off import double_uses, open_gates, set_policy
from tests.integration.lan.lanes import until

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


async def test_a_home_without_push_is_asked_over_the_venues_network(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives each entry once, in time for the ledger's word; a copy of the code is used."""
    monkeypatch.setattr(claim_queue, "HOME_LOOKS", 200)  # a busy machine is no silent home
    monkeypatch.setattr(engine, "SYNC_EVERY", HOUR)  # nor does a poll help in the meantime
    made = ledger_office
    await set_policy(made, "home")
    lan = LanOptions(host="127.0.0.1", budget_ms=5_000)
    async with open_gates(made, tmp_path, (0, 1), clock=SystemClock(), lan=lan) as gates:
        for gate in gates:
            await gate.session.lan.renew()
            await gate.sync()
        await until(lambda: all(gate.session.lan.live_of()[0] for gate in gates))
        home, asker = gates
        serving = asyncio.create_task(home.session.run_background())
        try:
            answers = [await asker.scan(code) for code in made.codes[:8]]
            again = [await gate.scan(code) for code in made.codes[:8] for gate in gates]
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
        assert {(one.reason, one.mode) for one in answers} == {("ok", "online")}
        assert {one.reason for one in again} == {"already_used"}
        for gate in gates:
            await gate.sync()
        assert await double_uses(made) == 0

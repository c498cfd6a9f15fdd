"""A gate that is sent elsewhere while a scan is under way asks a ticket's home from there."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.device.lan_link import LanOptions
from gatekeeper.gate.claiming_at_ledger import NO_PROBLEM
from shared.kernel.errors import Rejected
from shared.kernel.id_types import GateId
from shared.wire.claim import ClaimAnswer, ClaimRequest
from tests.factories.ledger_office import LedgerOffice
from tests.integration.homes.test_cut_off import open_gates, set_policy
from tests.integration.lan.lanes import until

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


async def test_a_gate_that_moves_before_it_asks_a_home_is_given_the_entry(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it signs is what it asks: the home kept the entry of a holder who may come in."""
    made = ledger_office
    await set_policy(made, "home")
    lan = LanOptions(host="127.0.0.1", budget_ms=5_000)
    async with open_gates(made, tmp_path, (0, 1), clock=SystemClock(), lan=lan) as gates:
        for gate in gates:
            await gate.session.lan.renew()
        await until(lambda: all(gate.session.lan.live_of()[0] for gate in gates))
        home, asker = gates
        await home.cut()
        lane, here = asker.session.lane, asker.session.place.gate_id()
        there = home.session.place.gate_id()
        assert here != there

        async def move_meanwhile(_request: ClaimRequest) -> ClaimAnswer:
            lane.setting = msgspec.structs.replace(lane.setting, gate_id=GateId(there))
            raise Rejected("sign in to this Wi-Fi first", problem=NO_PROBLEM, status=403)

        monkeypatch.setattr(lane._claimant, "_ask_ledger", move_meanwhile)
        answers = []
        for code in made.codes[:8]:
            await asker.sync()
            lane.setting = msgspec.structs.replace(lane.setting, gate_id=GateId(here))
            answers.append(await asker.scan(code))
        assert {one.mode for one in answers} == {"lan", "offline"}
        assert [one.reason for one in answers] == ["ok"] * 8

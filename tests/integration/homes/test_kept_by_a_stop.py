"""What a ticket's home alone has heard: nobody is to be let in now where the holder stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.device.lan_link import LanOptions
from gatekeeper.gate.requests import Override, Scan
from shared.kernel.errors import BadInput
from shared.kernel.trouble import TroubleKind
from tests.factories.ledger_office import LedgerOffice
from tests.integration.homes.test_cut_off import open_gates, set_policy
from tests.integration.lan.lanes import until
from tests.integration.server_sync.evacuations.test_ordered_evacuations import PASSWORD, order
from tests.integration.server_sync.plans.test_paused_entry import say

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("stop", "trouble"),
    [("paused", TroubleKind.ENTRY_PAUSED), ("evacuation", TroubleKind.STOPPED)],
)
async def test_the_asking_gate_says_why_the_home_keeps_an_entry(
    ledger_office: LedgerOffice, tmp_path: Path, stop: str, trouble: TroubleKind
) -> None:
    """It is no rule against this ticket, and no supervisor overrides it."""
    made = ledger_office
    await set_policy(made, "home")
    lan = LanOptions(host="127.0.0.1", budget_ms=5_000)
    async with open_gates(made, tmp_path, (0, 1), clock=SystemClock(), lan=lan) as gates:
        home, asker = gates
        for gate in gates:
            await gate.session.lan.renew()
        await until(lambda: all(gate.session.lan.live_of()[0] for gate in gates))
        await asker.cut()
        if stop == "paused":
            await say(made, "PUT", str(made.zone_id))
        else:
            await made.office.give_password(made.owner, PASSWORD)
            await order(made, "stop")
        await home.sync()
        await home.cut()
        scans = [Scan(code) for code in made.codes[:8]]
        answers = [await asker.session.scan(scan) for scan in scans]
        kept = [pair for pair in zip(scans, answers, strict=True) if pair[1].verdict != "admit"]
        assert kept
        for scan, answer in kept:
            assert (answer.reason, answer.stop) == ("rules_denied", stop)
            with pytest.raises(BadInput) as refused:
                asker.session.supervision.override(Override(scan.after(answer), "other", "sv_x"))
            assert refused.value.kind is trouble

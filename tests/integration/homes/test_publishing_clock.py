"""Homes begin by the feed's numbers: a wrong clock of the publishing server stops none."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.kernel.instant import MINUTE, Duration
from tests.factories.ledger_office import LedgerOffice
from tests.integration.homes.test_cut_off import open_gates, set_policy

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


@pytest.mark.parametrize("ahead", [10 * MINUTE, -10 * MINUTE])
async def test_gates_are_homes_though_the_manifest_bears_another_time(
    ledger_office: LedgerOffice, tmp_path: Path, ahead: Duration
) -> None:
    """Published at a wrong time, set right, synced, cut: each ticket has one gate that admits."""
    office = ledger_office
    await set_policy(office, "home")
    office.office.clock.advance(20 * MINUTE)
    async with open_gates(office, tmp_path, (0, 1)) as gates:
        office.office.clock.step_wall(ahead)
        await office.office.ok("POST", f"{office.path}/handover", office.owner)
        for gate in gates:
            await gate.sync()
        office.office.clock.step_wall(-ahead)
        for gate in gates:
            await gate.sync()
        for gate in gates:
            await gate.cut()
        admitted = []
        for code in office.codes[:10]:
            answers = [await gate.scan(code) for gate in gates]
            admitted.append(sum(answer.verdict == "admit" for answer in answers))
        assert admitted == [1] * 10

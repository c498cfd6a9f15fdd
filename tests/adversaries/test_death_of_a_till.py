"""Death of a till in the midst of its shift: at each step of each act the program ends.

What its folder holds then is all that the next start finds. An act is whole or not at all, an open
shift is shown as open, and what the office books of it adds up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from tests.adversaries.scene import named
from tests.adversaries.test_death import STEPS_MAX, end_at
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_again, open_gate

EVENING = (("open", 10_000), ("drop", 4_000), ("count", 6_000), ("close", 6_000))


def do(program: WiredGate, act: str, amount: int, cashier: str) -> ShiftAnswer:
    request = ShiftRequest(act=act, amount_minor=amount, cashier=cashier)
    return program.session.shifts.do(request)


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_till_that_dies_at_any_step_of_a_shift_has_done_each_act_whole_or_not_at_all(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Asked again it goes on; every Z report is on record once, without a gap, and to the cent."""
    office = ledger_office
    rights = {"sell": True, "see_expected": True}
    made = await office.office.ok(
        "POST",
        f"{office.owner.path}/cashiers",
        office.owner,
        json={"name": "Mara", "rights": rights},
    )
    cashier: str = made["cashier"]["id"]
    till = await open_gate(office, tmp_path / "till", 0, role="till")
    await till.sync()
    await till.session.close()
    place, evenings, deaths = tmp_path / "till" / till.id, 0, 0
    for step in range(1, STEPS_MAX):
        has_died = False
        for act, amount in EVENING:

            async def work(program: WiredGate, act: str = act, amount: int = amount) -> Any:
                return do(program, act, amount, cashier)

            place = place.rename(tmp_path / f"{step}-{act}")
            answer, place, ended = await end_at(office, till, place, step, work)
            has_died, deaths = has_died or ended, deaths + ended
            risen = await open_again(office, place, till.device)
            sums = risen.session.shifts.sums()
            if answer is None:  # nobody knows: whoever stands there looks, and does it again
                is_done = {
                    "open": sums is not None,
                    "drop": sums is not None and sums.dropped_minor > 0,
                    "count": True,
                    "close": sums is None,
                }[act]
                assert is_done or do(risen, act, amount, cashier).ok, (step, act)
            else:
                assert answer.ok, (step, act, answer)
            assert (risen.session.shifts.current() is not None) == (act != "close")
            await risen.session.close()
        evenings += 1
        if not has_died:
            break
    assert deaths > 4, "there was something to die at"
    risen = await open_again(office, place, till.device)
    await risen.mend()
    await risen.session.close()
    listed = await office.office.ok("GET", f"{office.owner.path}/shifts", office.owner)
    shifts = listed["items"]
    assert sorted(one["z_number"] for one in shifts) == list(range(1, evenings + 1))
    assert {one["difference_minor"] for one in shifts} == {0}
    assert not any(one["is_doubted"] for one in shifts)
    assert await named(office) == {}

"""Death of a till in the midst of an exchange: at each step the program ends.

What its folder holds then is all that the next start finds: the old ticket was exchanged, or it is
as good as before, or a sale is open that says what to do. Never are both good, or neither.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.device.refund_and_exchange_parts import lines_of
from tests.adversaries.scene import named
from tests.adversaries.test_death import STEPS_MAX, end_at
from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized
from tests.factories.wired_gates import WiredGate, open_again, open_gate
from tests.fakes.card_terminal import CardTerminal

RIGHTS = {"sell": True, "refund_minor": 100_000, "see_expected": True}


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["cash", "card"])
async def test_till_that_dies_at_any_step_of_an_exchange_has_done_it_whole_or_not_at_all(
    ledger_office: LedgerOffice, tmp_path: Path, kind: str
) -> None:
    """Asked again, or finished, each ticket is exchanged once; drawer and terminal agree."""
    office = ledger_office
    call, owner = office.office.ok, office.owner
    mara = {"name": "Mara", "rights": RIGHTS}
    cashier = (await call("POST", f"{owner.path}/cashiers", owner, json=mara))["cashier"]["id"]
    dear = await call(
        "POST", f"{office.path}/ticket-types", owner, json={"name": "Dear", "price_minor": 4_000}
    )
    gate = await open_gate(office, tmp_path / "gate", 0)
    till = await open_gate(office, tmp_path / "till", 0, role="till")
    await till.sync()
    terminal = CardTerminal()

    async def say(program: WiredGate, **line: Any) -> dict[str, Any]:
        session = program.session
        session.keep_drawer()
        session.till.ports = msgspec.structs.replace(session.till.ports, terminal=terminal)
        return await lines_of(session).answer(json.dumps({"cashier": cashier} | line).encode())

    assert (await say(till, shift="open", amount_minor=0))["ok"]
    await till.session.close()
    place, deaths, pairs = tmp_path / "till" / till.id, 0, []
    for step in range(1, STEPS_MAX, sized(2, 1)):
        seller = await open_again(office, place, till.device)
        sold = await say(seller, sell=[{"type": 1}], tenders=[{"kind": "cash"}])
        old = sold["tickets"][0]
        await seller.sync()
        await seller.session.close()
        exchange = {"exchange": old["ticket_id"], "to": dear["code"], "tenders": [{"kind": kind}]}

        async def work(program: WiredGate, exchange: dict[str, Any] = exchange) -> dict[str, Any]:
            return await say(program, **exchange)

        place = place.rename(tmp_path / f"{kind}-{step}")
        answer, place, ended = await end_at(office, till, place, step, work)
        deaths += ended
        risen = await open_again(office, place, till.device)
        is_open = False
        for one in (await say(risen, open_sales=True))["open_sales"]:
            is_open = True
            found = await say(risen, ask_again=one["sale_id"])
            if not found["ok"] and found["reason"] == "sum_differs":
                found = await say(risen, finish=one["sale_id"], tenders=[{"kind": kind}])
            answer = found if found["ok"] else None
        await risen.sync()
        again = await say(risen, **exchange)
        assert again["ok"] or again["reason"] == "cancelled", (step, is_open, again)
        if answer is not None and answer["ok"]:
            assert again["reason"] == "cancelled", (step, answer)
        await risen.sync()
        await risen.session.close()
        pairs.append(old["digits"])
        if not ended:
            break
    assert deaths > sized(2, 3), "there was something to die at"
    risen = await open_again(office, place, till.device)
    await check_all_was_exchanged_once(risen, gate, pairs, dear["code"])
    assert sum(terminal.charged.values()) == (len(pairs) * 1_500 if kind == "card" else 0)
    assert await named(office) == {}
    for device in (risen, gate):
        await device.session.close()


async def check_all_was_exchanged_once(
    till: WiredGate, gate: WiredGate, codes: list[str], dear: int
) -> None:
    """No old ticket opens a gate, and drawer and types add up."""
    await gate.sync()
    for digits in codes:
        assert (await gate.scan(digits)).reason == "cancelled"
    sums = till.session.shifts.sums()
    assert sums is not None
    net = {one.kind: one.net_minor for one in sums.tenders}
    assert sums.expected_minor + net.get("card", 0) == len(codes) * 4_000
    assert net["exchange"] == 0
    assert {one.code: one.sold_count - one.returned_count for one in sums.types} == {
        1: 0,
        dear: len(codes),
    }

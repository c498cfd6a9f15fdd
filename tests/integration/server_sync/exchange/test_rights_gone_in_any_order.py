"""A refund that an older copy has forgotten: in whatever order gates hear of it, they agree."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Final

import pytest

from server.exchange.epochs import declare_absent, open_higher_epoch
from shared.admission.purpose import Purpose
from shared.kernel.id_types import DeviceId
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.wired_gates import WiredGate, open_again, open_gate
from tests.integration.purposes.test_connected import take

PAID_BACK: Final = 0
VISITS: Final = list(product([False, True], repeat=3))
"""Whether a gate is in touch before the ticket's next edit, before the hand-over, and right after
it; each one is when the evening has gone on."""


async def edit(office: LedgerOffice, ticket: int = PAID_BACK) -> None:
    """Have the feed tell a ticket anew, that is as good as before."""
    path = f"{office.path}/tickets/{office.hex_of(ticket)}/block"
    for blocked in (True, False):
        await office.office.ok("PUT", path, office.owner, json={"blocked": blocked})


async def look(gate: WiredGate, office: LedgerOffice) -> str:
    """Say what the gate knows of the ticket; nobody is let in."""
    event = gate.session._knowledge.event
    assert event is not None
    row = event.find(office.tickets[PAID_BACK])
    assert row is not None
    return str(row.facts.state)


async def is_told(office: LedgerOffice) -> bool:
    """Whether the organizer is told what handing over gives back."""
    check = await office.office.ok("GET", f"{office.path}/handover", office.owner)
    assert check["may_hand_over"]
    return "put_back" in {one["code"] for one in check["warnings"]}


async def visit(gates: list[WiredGate], when: int, office: LedgerOffice) -> list[str]:
    """Let those gates sync that are in touch then, and say what they know."""
    told = []
    for gate, visits in zip(gates, VISITS, strict=True):
        if when == len(visits) or visits[when]:
            for _ in range(3):
                await gate.session.engine.sync_once()
            told.append(await look(gate, office))
    return told


@pytest.mark.either_database
@pytest.mark.parametrize("is_sold_in_advance", [False, True])
async def test_gates_agree_on_a_refund_that_the_copy_forgot(
    place: Place, tmp_path: Path, *, is_sold_in_advance: bool
) -> None:
    """It is refused until the organizer hands the event over, edits or not; then it is good.

    The feed tells what was sold in advance before anybody's passage, or by the list alone.
    """
    async with open_ledger_office_again(place.settings, place.office) as office:
        till = await office.enrol(role="till")
        gates = [await open_gate(office, tmp_path, 0) for _ in VISITS]
        for gate in gates:
            await gate.sync()
        assert (await gates[0].scan(office.codes[1])).reason == "ok"
        if not is_sold_in_advance:
            await edit(office)
        for gate in gates:
            await gate.sync()
            await gate.session.close()
        office.claims += 1
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        gates = [await open_again(today, tmp_path / one.id, one.device) for one in gates]
        assert (await take(today, till, PAID_BACK, Purpose.REFUND))["reason"] == "ok"
        for gate in gates:
            await gate.sync()
            assert await look(gate, today) == "cancelled"
            await gate.session.close()
    async with open_ledger_office_again(place.put_back(), today) as again:
        await open_higher_epoch(again.office.context, "put back")
        await declare_absent(again.office.context, DeviceId(till.id), "burnt, with its journal")
        gates = [await open_again(again, tmp_path / one.id, one.device) for one in gates]
        assert set(await visit(gates, 0, again)) == {"cancelled"}
        await edit(again)
        assert set(await visit(gates, 1, again)) == {"cancelled"}
        for gate, visits in zip(gates, VISITS, strict=True):
            if not any(visits[:2]):
                await declare_absent(again.office.context, DeviceId(gate.id), "cut off")
        assert await is_told(again), "who hands over gives the right back, and hears of it before"
        await again.office.ok("POST", f"{again.path}/handover", again.owner)
        assert not await is_told(again)
        assert set(await visit(gates, 2, again)) == {"paid"}
        await edit(again)
        assert await visit(gates, 3, again) == ["paid"] * len(gates)
        for gate in gates:
            await gate.session.close()

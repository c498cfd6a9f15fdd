"""Tills that are gates as well, without a server: who is paid back and who is let in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.boxoffice.withdraw_requests import WithdrawAnswer, WithdrawRequest
from gatekeeper.device.lan_link import LanOptions
from shared.admission.purpose import Purpose
from shared.kernel.id_types import TicketId
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_gate
from tests.integration.lan.lanes import until

pytestmark = pytest.mark.either_database


@pytest.fixture
async def pair(
    ledger_office: LedgerOffice, tmp_path: Path
) -> AsyncIterator[tuple[WiredGate, WiredGate, Chief]]:
    """Open a till that is a gate as well, and a gate: cut off, and on one network."""
    chief = await Chief.appoint(ledger_office)
    lan, clock = LanOptions(host="127.0.0.1", budget_ms=5_000), SystemClock()
    till = await open_gate(ledger_office, tmp_path, 0, role="both", clock=clock, lan=lan)
    gate = await open_gate(ledger_office, tmp_path, 0, clock=clock, lan=lan)
    office = ledger_office.office
    await office.ok("POST", f"{ledger_office.path}/handover", ledger_office.owner)
    for device in (till, gate, till, gate):
        await device.sync()
    for device in (till, gate):
        await device.session.lan.renew()
    await until(lambda: all(one.session.lan.live_of()[0] for one in (till, gate)))
    for device in (till, gate):
        await device.cut()
    yield till, gate, chief
    for device in (till, gate):
        await device.session.close()


async def refund(till: WiredGate, code: str, chief: Chief | None) -> WithdrawAnswer:
    """Pay a ticket back, perhaps with a supervisor's badge."""
    knowledge = till.session._knowledge
    if chief is not None:
        knowledge.badge.take(chief.person, chief.badge)
    request = WithdrawRequest(
        purpose=Purpose.REFUND,
        code=code,
        amount_minor=2_500,
        currency="EUR",
        tender="cash",
        authorized_by="" if chief is None else chief.person,
    )
    answer = await till.session.withdrawer.withdraw(request)
    knowledge.badge.forget()
    return answer


async def test_what_a_till_has_paid_back_no_gate_of_its_network_lets_in(
    ledger_office: LedgerOffice, pair: tuple[WiredGate, WiredGate, Chief]
) -> None:
    """At once, by the till's answer; other tickets are let in by its word that they are free."""
    till, gate, chief = pair
    for code in ledger_office.codes[:3]:
        assert (await refund(till, code, chief)).is_ok
        answer = await gate.scan(code)
        assert (answer.verdict, answer.mode) == ("deny", "lan"), answer
    free = await gate.scan(ledger_office.codes[5])
    assert (free.verdict, free.mode) == ("admit", "lan")
    for device in (till, gate, till):
        await device.mend()
    kinds = {one["kind"] for one in await ledger_office.conflicts()}
    assert kinds <= {"clock"}, "the network needs a clock that runs; the office's stands"


async def test_till_knows_of_whom_a_gate_of_its_network_has_let_in(
    ledger_office: LedgerOffice, pair: tuple[WiredGate, WiredGate, Chief]
) -> None:
    """It says so, and pays nothing back without a supervisor."""
    till, gate, _ = pair
    code = ledger_office.codes[0]
    admitted = await gate.scan(code)
    assert (admitted.verdict, admitted.mode) == ("admit", "lan")
    assert admitted.ticket_id is not None
    ticket = TicketId(int(admitted.ticket_id, 16))

    def heard() -> bool:
        uses = till.session.store.uses.records_of(ticket)
        return any(use.direction == "in" for use in uses)

    await until(heard)
    asked = await refund(till, code, None)
    assert (asked.is_ok, asked.is_used) == (False, True)

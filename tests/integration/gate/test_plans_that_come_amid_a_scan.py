"""A plan or a list that comes while others are asked is the one that a scan goes on with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.credential.manual_code import format_manual_code
from shared.kernel.errors import ServerFault
from tests.factories.ledger_office import LedgerOffice, issue
from tests.factories.wired_gates import WiredGate
from tests.integration.gate.test_hearsay_at_the_ledger import has_heard, pair
from tests.integration.lan.lanes import until
from tests.integration.server_sync.reconciliation.test_typed_codes import codes_of

__all__ = ["pair"]
pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


def take_a_list_before(gate: WiredGate, ask: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    """Let a gate load its list anew while it asks."""

    async def asked(*said: Any, **more: Any) -> Any:
        gate.session.knowledge.reload()
        return await ask(*said, **more)

    return asked


async def test_a_list_that_comes_while_peers_are_asked_costs_nobody_a_scan(
    ledger_office: LedgerOffice,
    pair: tuple[WiredGate, WiredGate],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The former one's file is closed by then: it was called damaged."""
    gate, other = pair
    await gate.cut()
    rung = gate.session.lan.rung
    assert rung is not None
    monkeypatch.setattr(rung, "claim", take_a_list_before(gate, rung.claim))
    answer = await gate.scan(ledger_office.codes[0])
    assert (answer.reason, answer.mode) == ("ok", "lan")
    assert (await other.scan(ledger_office.codes[0])).reason == "already_used"


async def test_a_list_that_comes_while_the_ledger_is_told_of_a_holder_costs_nobody_a_scan(
    ledger_office: LedgerOffice,
    pair: tuple[WiredGate, WiredGate],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They came in at a cut-off gate, and are shown next door."""
    connected, cut_off = pair
    code, ticket_id = ledger_office.codes[0], ledger_office.tickets[0]
    assert (await cut_off.scan(code)).verdict == "admit"
    await until(lambda: has_heard(connected, ticket_id))
    rung = connected.session.lan.rung
    assert rung is not None
    monkeypatch.setattr(rung.relay, "bring", take_a_list_before(connected, rung.relay.bring))
    assert (await connected.scan(code)).reason == "already_used"


async def test_peers_are_asked_of_a_holder_who_came_on_the_list_while_the_ledger_was_silent(
    ledger_office: LedgerOffice,
    pair: tuple[WiredGate, WiredGate],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else two gates that lose the ledger then let the same one in, each alone."""
    gate, _ = pair
    office = ledger_office
    await issue(office, 1)
    code = format_manual_code((await codes_of(office))[office.tickets[-1]])
    rung = gate.session.lan.rung
    assert rung is not None
    asked: list[str] = []
    claim_among = rung.claim

    async def ask_peers(*said: Any, **more: Any) -> Any:
        asked.append(said[1])
        return await claim_among(*said, **more)

    async def lose(*_: Any) -> Any:
        await office.office.hand_over(office.path, office.owner)
        await gate.sync()
        message = "no answer"
        raise ServerFault(message)

    monkeypatch.setattr(rung, "claim", ask_peers)
    monkeypatch.setattr(gate.session.lane._claimant, "_ask_ledger", lose)
    answer = await gate.scan(code, is_manual=True)
    assert (answer.reason, answer.mode) == ("ok", "lan")
    assert asked, "peers are live"

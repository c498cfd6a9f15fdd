"""What takes the right to sell though no money moves: at a till, by lines, against the office."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.device.refund_and_exchange_parts import lines_of
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_gate
from tests.fakes.card_terminal import CardTerminal

pytestmark = pytest.mark.either_database

NOBODY = ("ca_nobody", "")
Say = Callable[..., Awaitable[dict[str, Any]]]


class Drawer:
    """A till with its shift open, and whoever speaks at it."""

    def __init__(self, till: WiredGate, cashiers: dict[str, str]) -> None:
        self.till, self.cashiers = till, cashiers
        self._lines = lines_of(till.session)

    async def say(self, cashier: str, **line: Any) -> dict[str, Any]:
        """Speak as one of the cashiers, by name, or under any id."""
        named = line | {"cashier": self.cashiers.get(cashier, cashier)}
        return await self._lines.answer(json.dumps(named).encode())


async def open_drawer(office: LedgerOffice, folder: Path) -> Drawer:
    """Open a till for who may sell, give away, refund, or nothing of all that."""
    cashiers = {}
    rights = {
        "Sela": {"sell": True, "comp": True},
        "Rea": {"refund_minor": 100_000},
        "Finn": {"find": True, "see_expected": False},
    }
    for name, given in rights.items():
        body = {"name": name, "rights": given}
        path = f"{office.owner.path}/cashiers"
        made = await office.office.ok("POST", path, office.owner, json=body)
        cashiers[name] = made["cashier"]["id"]
    till = await open_gate(office, folder, 0, role="till")
    till.session.keep_drawer()
    await till.sync()
    drawer = Drawer(till, cashiers)
    assert (await drawer.say("Sela", shift="open", amount_minor=0))["ok"]
    return drawer


async def test_who_may_nothing_ends_no_ticket_for_which_nothing_goes_back(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A guest's ticket cost nothing: to void it is to shut somebody out."""
    drawer = await open_drawer(ledger_office, tmp_path)
    gift = {"sell": [{"type": 1, "count": 1}], "tenders": [{"kind": "comp"}], "reason": "press"}
    for who, allowed in (*((one, False) for one in NOBODY), ("Finn", False), ("Rea", True)):
        sold = await drawer.say("Sela", **gift)
        voided = await drawer.say(who, void=sold["sale_id"])
        assert voided["ok"] is allowed, voided
        if not allowed:
            ticket = sold["tickets"][0]["ticket_id"]
            back = await drawer.say(who, refund=[ticket], reason="x")
            assert (back["ok"], back["reason"]) == (False, "not_allowed")
    await drawer.till.session.close()


async def test_who_may_nothing_says_of_no_payment_what_became_of_it(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Their word would be a ticket for nothing, or a charge that nobody gives back."""
    drawer = await open_drawer(ledger_office, tmp_path)
    till = drawer.till.session.till
    till.ports = msgspec.structs.replace(till.ports, terminal=CardTerminal(["silent"] * 9))
    line = {"sell": [{"type": 1, "count": 1}], "tenders": [{"kind": "card"}]}
    asked = await drawer.say("Sela", **line)
    assert asked["reason"] == "payment_unknown"
    sale = till.open_sales.list_open()[0].sale_id
    for who in (*NOBODY, "Finn"):
        for is_paid in (True, False):
            refused = await drawer.say(who, decide=sale, is_paid=is_paid)
            assert (refused["ok"], refused["reason"]) == (False, "not_allowed")
    assert len(till.open_sales.list_open()) == 1
    assert (await drawer.say("Sela", decide=sale, is_paid=True))["ok"]
    await drawer.till.session.close()


async def test_who_may_not_count_is_not_told_to_count_first(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Nor to pay back less where nothing is paid back."""
    drawer = await open_drawer(ledger_office, tmp_path)
    sold = await drawer.say("Sela", sell=[{"type": 1, "count": 1}], tenders=[{"kind": "cash"}])
    assert "count the drawer first" in (await drawer.say("Sela", shift="x"))["text"]
    assert (await drawer.say("Sela", shift="count", amount_minor=0))["ok"]
    assert "supervisor" in (await drawer.say("Finn", shift="x"))["text"]
    again = await drawer.say("Finn", reprint=sold["tickets"][0]["ticket_id"])
    assert "hand out tickets" in again["text"]
    await drawer.till.session.close()

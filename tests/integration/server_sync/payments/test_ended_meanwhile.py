"""Tickets that the office ends while a till has a grant to pay them back and has not said more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.journal.entry import ReleaseBody
from shared.kernel.id_types import ClaimId, TicketId
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized
from tests.factories.wired_gates import WiredGate
from tests.integration.server_sync.tills.test_till_seats import PRICE, House, issuer_of

pytestmark = pytest.mark.either_database
CLAIM = ClaimId("ab" * 16)


class Counter:
    """A till that asked to pay a seat's ticket back, and the office."""

    def __init__(self, house: House, till: WiredGate) -> None:
        self.house, self.till = house, till
        self.ticket, self.order_id, self.digits = "", "", ""

    async def begin(self) -> None:
        """Sell the seat, and let the till be granted its refund."""
        self.ticket = (await self.house.sell(self.till, "B-1"))["tickets"][0]["ticket_id"]
        await self.till.sync()
        (order,) = (await self.house.ask("GET", "/orders"))["items"]
        self.order_id = order["id"]
        more = {"purpose": "refund", "amount_minor": PRICE, "currency": "EUR", "tender": "cash"}
        path = f"/tickets/{self.ticket}/credential"
        self.digits = (await self.house.ask("GET", path))["digits"]
        office = self.house.office
        answer = await office.claimed(self.till.device, self.digits, CLAIM, gate_id="", **more)
        assert answer["verdict"] == "admit"

    async def end(self, act: str, **more: Any) -> httpx.Response:
        """Cancel the order, or refund its ticket, at the office."""
        office = self.house.office
        place = {
            "order": f"/orders/{self.order_id}/cancel",
            "ticket": f"/tickets/{self.ticket}/refund",
        }
        return await office.office.call(
            "POST", f"{office.path}{place[act]}", office.owner, json={"reason": "ill"}, params=more
        )

    async def let_go(self) -> None:
        """Let the till sign that nothing was paid out."""
        body = ReleaseBody(CLAIM, TicketId(int(self.ticket, 16)), "not_done")
        self.till.session.withdrawer._recorder.write(body)
        await self.till.sync()

    async def state(self) -> tuple[str, str, int, int]:
        """Return the states of ticket and seat, how many are sold, and what is owed back."""
        ask = self.house.ask
        ticket = await ask("GET", f"/tickets/{self.ticket}")
        types = await ask("GET", "/ticket-types")
        (sold,) = [one["sold"] for one in types if one["id"] == self.house.kind]
        account = await ask("GET", f"/orders/{self.order_id}/payments")
        return ticket["state"], (await self.house.states())["B-1"], sold, account["owed_minor"]


@pytest.mark.parametrize("act", sized(["order"], ["order", "ticket"]))
async def test_what_a_till_is_paying_back_is_not_ended_by_the_office_too(
    ledger_office: LedgerOffice, tmp_path: Path, act: str
) -> None:
    """It was answered that it was ended, and was good again when the till had paid nothing."""
    async with issuer_of(ledger_office, tmp_path) as house:
        counter = Counter(house, await house.till("B-1"))
        await counter.begin()
        assert (await counter.end(act)).status_code == 409
        assert await counter.state() == ("cancelled", "sold", 1, 0)
        await counter.let_go()
        assert await counter.state() == ("paid", "sold", 1, 0)
        assert (await counter.end(act)).status_code == 200
        assert await counter.state() == ("cancelled", "free", 0, PRICE)
        assert await named(ledger_office) == {}


@pytest.mark.parametrize("act", sized(["ticket"], ["order", "ticket"]))
async def test_a_manager_ends_what_a_lost_till_was_paying_back(
    ledger_office: LedgerOffice, tmp_path: Path, act: str
) -> None:
    """Its place and its seat can be sold again, and what the till says later changes neither."""
    async with issuer_of(ledger_office, tmp_path) as house:
        counter = Counter(house, await house.till("B-1"))
        await counter.begin()
        assert (await counter.end(act, even_if_used="true")).status_code == 200
        assert await counter.state() == ("cancelled", "free", 0, PRICE)
        assert await house.order("B-1") == 201
        await counter.let_go()
        assert await counter.state() == ("cancelled", "sold", 1, PRICE)
        assert await named(ledger_office) == {}

"""Payments, refunds, payouts and disputes at random, then a date and its event called off."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

import httpx
import pytest

from shared.kernel.instant import MILLISECOND
from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized
from tests.integration.server_sync.cancelling.test_cancelled_dates import Promoter

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("refunds_rest")]

STEPS: Final = 40
SEEDS: Final = sorted({8, *range(sized(0, 12))})
"""In the eighth a disputed payment is one too many."""
ACTS: Final = ("sell", "pay", "refund", "payout", "payout", "fact", "told", "told", "cancel")
ON_ITS_WAY: Final = ("paid", "partly_refunded")


class Gambler:
    """Does to orders whatever comes to mind; what is refused changes nothing."""

    def __init__(self, promoter: Promoter, seed: int) -> None:
        self.promoter, self.random = promoter, random.Random(seed)
        self.orders: list[dict[str, Any]] = []

    async def post(self, path: str, **body: Any) -> httpx.Response:
        """Ask for something that may be refused."""
        office = self.promoter.office
        office.office.clock.advance(MILLISECOND)
        path = f"{office.path}{path}"
        answer = await office.office.call("POST", path, office.owner, json=body)
        assert answer.status_code < 500, answer.text
        return answer

    async def account(self, order: dict[str, Any]) -> dict[str, Any]:
        """Return an order's money, which is never more out than is owed, or was paid."""
        path = f"/orders/{order['order']['id']}/payments"
        account: dict[str, Any] = await self.promoter.ask("GET", path)
        assert account["paid_out_minor"] <= account["owed_minor"], account
        for one in account["payments"]:
            assert rest_of(account, one) >= 0, account
        return account

    async def sell(self) -> None:
        """Sell up to three tickets for both dates, and pay some, all, or nothing yet."""
        promoter, choose = self.promoter, self.random.choice
        kinds = {choose((promoter.kind, promoter.office.ticket_type_id)) for _ in range(3)}
        lines = [{"ticket_type_id": one, "quantity": choose((1, 2))} for one in sorted(kinds)]
        made = await self.post("/orders", lines=lines, payment="pending", buyer_name="Klara")
        if made.status_code != httpx.codes.CREATED:
            return  # for a date that is off
        self.orders.append(made.json())
        for _ in range(2):
            await self.pay(self.orders[-1])

    async def pay(self, order: dict[str, Any]) -> None:
        """Book a payment of all or half of what is left."""
        account, choose = await self.account(order), self.random.choice
        left = account["due_minor"] - account["paid_minor"] - account["pending_minor"]
        if left > 0:
            path = f"/orders/{order['order']['id']}/payments"
            fact = choose(("paid", "paid", "paid", "unknown"))
            amount, tender = choose((left, -(-left // 2))), choose(("cash", "card"))
            await self.post(path, tender=tender, amount_minor=amount, fact=fact)

    async def step(self, acts: Sequence[str] = ACTS) -> None:
        """Do one thing to one order."""
        choose = self.random.choice
        act = choose(acts)
        if act == "sell" or not self.orders:
            return await self.sell()
        order = choose(self.orders)
        path, account = f"/orders/{order['order']['id']}", await self.account(order)
        owed = account["owed_minor"] - account["paid_out_minor"]
        if act == "pay":
            await self.pay(order)
        elif act == "refund":
            ticket = choose(order["tickets"])["id"]
            await self.post(f"/tickets/{ticket}/refund", reason="ill")
        elif act == "payout" and owed > 0:
            amount = choose((owed, owed + 1, max(1, owed // 3)))
            await self.post(f"{path}/payouts", amount_minor=amount, reason="ill")
        elif act == "fact" and account["payments"]:
            one = choose(account["payments"])["id"]
            fact = choose(("paid", "failed", "disputed"))
            await self.post(f"{path}/payments/{one}/facts", fact=fact)
        elif act == "told" and account["payouts"]:
            one = choose(account["payouts"])["id"]
            await self.post(f"{path}/payouts/{one}/facts", fact=choose(("done", "failed")))
        elif act == "cancel" and self.random.random() < 0.3:
            await self.post(f"{path}/cancel", reason="ill")
        return None

    async def call_off(self, path: str) -> None:
        """Call something off, and hold what was told before against what is done."""
        seen = await self.promoter.ask("GET", f"{path}/preview")
        await self.promoter.ask("POST", path, json={"reason": "storm"})
        await self.promoter.work()
        done = await self.promoter.ask("GET", path)
        told = sum(one["amount_minor"] for one in seen["by_tender"]) - seen["at_till_minor"]
        assert (told, seen["left_minor"]) == (done["back_minor"], done["left_minor"])
        assert seen["at_till_minor"] == done["at_till_minor"]


def rest_of(account: dict[str, Any], payment: dict[str, Any]) -> int:
    """Return what of a payment has not gone back, and is on no way."""
    out: int = sum(
        one["amount_minor"]
        for one in account["payouts"]
        if one["payment_id"] == payment["id"] and one["state"] != "failed"
    )
    amount: int = payment["amount_minor"]
    return amount - out


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_more_goes_back_than_was_paid_and_nothing_is_kept_unlisted(
    ledger_office: LedgerOffice, seed: int
) -> None:
    """Whatever came before; what was told before the act is what it does."""
    promoter = Promoter(ledger_office)
    await promoter.open()
    gambler = Gambler(promoter, seed)
    for _ in range(STEPS):
        await gambler.step()
    await gambler.call_off(promoter.path)
    for _ in range(STEPS // 4):
        await gambler.step()
    await gambler.call_off("/cancellation")
    for _ in range(STEPS // 2):
        await gambler.step(("told", "fact"))
    # What failed meanwhile, or came, goes back when it is said again.
    await promoter.ask("POST", "/cancellation", json={"reason": "storm"})
    await promoter.work()
    listed = (await promoter.ask("GET", "/cancellation/orders?limit=100"))["items"]
    outcomes = {one["order_id"]: one["outcome"] for one in listed}
    for order in gambler.orders:
        account = await gambler.account(order)
        debt = account["owed_minor"] - account["paid_out_minor"]
        kept = [rest_of(account, one) for one in account["payments"] if one["state"] in ON_ITS_WAY]
        if min(debt, sum(kept)) > 0:
            assert outcomes[order["order"]["id"]] == "left", account

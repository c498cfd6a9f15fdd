"""Saying a cancellation again settles what has more to go back since, and nothing twice."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.server_sync.cancelling.test_cancelling import (
    PRICE,
    Counter,
    Promoter,
    promoter,
)

__all__ = ["promoter"]

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("refunds_rest")]


async def test_tickets_that_a_till_did_not_pay_after_all_are_settled_when_it_is_said_again(
    promoter: Promoter,
) -> None:
    """Two of one order, one after the other: each price goes back once, nobody has to look."""
    office = promoter.office
    till = Counter(promoter, await office.enrol(role="till"))
    order = await promoter.sell(3, ("card", 3 * PRICE))
    for place in range(2):
        answer = await till.ask(order, f"at {place}", place=place)
        assert answer["verdict"] == "admit"
    await promoter.call_off()
    await promoter.runner().work()
    assert await promoter.payouts() == {("card", "pending"): PRICE}
    (left,) = (await promoter.ask("GET", "/cancellation/orders?outcome=left"))["items"]
    assert left["whys"] == ["void"]
    for place in range(2):
        assert (await promoter.standing())["late"] == 0
        await till.give_up(order, f"at {place}", place)
        assert (await promoter.standing())["late"] == 1
        (named,) = (await promoter.ask("GET", "/cancellation/orders?outcome=left"))["items"]
        assert (named["whys"], named["left_minor"]) == (["not_paid_back"], PRICE)
        await asyncio.gather(promoter.call_off(), promoter.call_off())
        await asyncio.gather(promoter.runner().work(), promoter.runner().work())
        assert await promoter.payouts() == {("card", "pending"): (2 + place) * PRICE}
    found = await promoter.standing()
    assert (found["state"], found["late"], found["left"]) == ("done", 0, 0)
    assert await office.conflicts() == []


async def test_money_is_named_that_comes_after_a_payout_went_that_had_failed(
    promoter: Promoter,
) -> None:
    """What is disputed is not sent again; what failed goes after all, and the rest is paid."""
    order = await promoter.sell(2, ("card", PRICE))
    path = f"/orders/{order['order']['id']}"
    rest = {"tender": "transfer", "amount_minor": PRICE}
    waiting = await promoter.ask("POST", f"{path}/payments", json=rest)
    await promoter.call_off()
    await promoter.runner().work()
    account = await promoter.ask("GET", f"{path}/payments")
    (payout,) = account["payouts"]
    (payment,) = [one for one in account["payments"] if one["tender"] == "card"]

    async def hear(what: str, fact: str) -> None:
        await promoter.ask("POST", f"{path}/{what}/facts", json={"fact": fact})

    await hear(f"payouts/{payout['id']}", "failed")
    await hear(f"payments/{payment['id']}", "disputed")
    await promoter.call_off()
    await promoter.runner().work()
    assert await promoter.payouts() == {("card", "failed"): PRICE}
    await hear(f"payments/{payment['id']}", "dispute_won")
    await hear(f"payouts/{payout['id']}", "done")
    assert (await promoter.standing())["late"] == 0
    await hear(f"payments/{waiting['id']}", "paid")
    assert (await promoter.standing())["late"] == 1
    await promoter.call_off()
    await promoter.runner().work()
    assert await promoter.payouts() == {("card", "done"): PRICE, ("transfer", "pending"): PRICE}

"""Money that an order left behind before its event, or its date, was called off."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized
from tests.integration.server_sync.cancelling.test_cancelled_dates import PRICE, Promoter

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("refunds_rest")]

PART: Final = 1_000


@pytest.fixture
async def promoter(ledger_office: LedgerOffice) -> Promoter:
    """Give a promoter of two dates."""
    made = Promoter(ledger_office)
    await made.open()
    return made


async def cancel(promoter: Promoter, order: dict[str, Any]) -> None:
    """Cancel an order long before anything is called off."""
    path = f"/orders/{order['order']['id']}/cancel"
    await promoter.ask("POST", path, json={"reason": "ill"})


async def pay(promoter: Promoter, order: dict[str, Any], minor: int, **more: Any) -> str:
    """Book a card payment of an order; returns its id."""
    path = f"/orders/{order['order']['id']}/payments"
    body = {"tender": "card", "amount_minor": minor} | more
    return str((await promoter.ask("POST", path, json=body))["id"])


async def open_debts(promoter: Promoter, orders: list[dict[str, Any]]) -> list[int]:
    """Return what of each order is owed and on no way back."""
    debts = []
    for order in orders:
        path = f"/orders/{order['order']['id']}/payments"
        account = await promoter.ask("GET", path)
        debts.append(account["owed_minor"] - account["paid_out_minor"])
    return debts


async def sell_all(promoter: Promoter) -> list[dict[str, Any]]:
    """Sell for the one date: cancelled, paid after that, paid in part; in cash; then left off."""
    cancelled = await promoter.buy(promoter.kind)
    cash = await promoter.buy(promoter.kind, tender="cash")
    late = await promoter.buy(promoter.kind, tender="")
    waiting = await pay(promoter, late, PRICE)
    left_off = await promoter.buy(promoter.kind, tender="")
    await pay(promoter, left_off, PRICE)
    for order in (cancelled, cash, late, left_off):
        await cancel(promoter, order)
    path = f"/orders/{late['order']['id']}/payments/{waiting}/facts"
    await promoter.ask("POST", path, json={"fact": "paid"})
    partly = await promoter.buy(promoter.kind, tender="")
    await pay(promoter, partly, PART, fact="paid")
    return [cancelled, cash, late, left_off, partly]


@pytest.mark.parametrize("is_date", sized([False], [False, True]))
async def test_what_an_order_that_was_over_still_owes_goes_back_too(
    promoter: Promoter, *, is_date: bool
) -> None:
    """Told before it is done, once, and what nobody has paid makes no work for a person."""
    orders = await sell_all(promoter)
    path = promoter.path if is_date else "/cancellation"
    seen = await promoter.ask("GET", f"{path}/preview")
    wanted = {"card": 2 * PRICE + PART, "cash": PRICE}
    assert {one["tender"]: one["amount_minor"] for one in seen["by_tender"]} == wanted
    for _ in range(2):
        await promoter.ask("POST", path, json={"reason": "storm"})
        await promoter.work()
        done = await promoter.ask("GET", path)
        assert (done["back"], done["none"], done["left"]) == (4, 1, 0)
        assert await promoter.payouts() == {(key, "pending"): wanted[key] for key in wanted}
        assert await open_debts(promoter, orders) == [0, 0, 0, 0, 0]


async def test_a_date_leaves_what_other_dates_owe_to_them(promoter: Promoter) -> None:
    """An order for both dates: a ticket of the other was refunded, and is paid by the office."""
    both = (promoter.kind, promoter.office.ticket_type_id)
    mixed = await promoter.buy(*both)
    other = next(one for one in mixed["tickets"] if one["ticket_type_id"] == both[1])
    await promoter.ask("POST", f"/tickets/{other['id']}/refund", json={"reason": "ill"})
    unpaid = await promoter.buy(*both, tender="")
    await pay(promoter, unpaid, PART, fact="paid")
    seen = await promoter.ask("GET", f"{promoter.path}/preview")
    assert seen["by_tender"] == [{"tender": "card", "amount_minor": PRICE}]
    await promoter.call_off()
    await promoter.work()
    assert await promoter.payouts() == {("card", "pending"): PRICE}
    assert await open_debts(promoter, [mixed, unpaid]) == [PRICE, 0]


async def test_a_payout_that_had_failed_is_not_done_beside_the_one_that_took_its_place(
    promoter: Promoter,
) -> None:
    """Also where the payment was for more than went back: what is owed is the bound."""
    order = await promoter.buy(promoter.kind, promoter.kind)
    path = f"/orders/{order['order']['id']}/payouts"
    refund = f"/tickets/{order['tickets'][0]['id']}/refund"
    await promoter.ask("POST", refund, json={"reason": "ill"})
    said: dict[str, Any] = {"amount_minor": PRICE, "reason": "ill"}
    (first,) = await promoter.ask("POST", path, json=said)
    await promoter.ask("POST", f"{path}/{first['id']}/facts", json={"fact": "failed"})
    await promoter.ask("POST", path, json=said | {"fact": "done"})
    office = promoter.office
    late = await office.office.call(
        "POST", f"{office.path}{path}/{first['id']}/facts", office.owner, json={"fact": "done"}
    )
    assert late.status_code == 409, late.text
    assert await promoter.payouts() == {("card", "done"): PRICE, ("card", "failed"): PRICE}

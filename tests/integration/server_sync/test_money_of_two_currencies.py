"""An event that sold in two currencies: each is told by itself, and none is added to another's.

Held to the cent against a fold of the ledger's rows by the test's own hand.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest

import server.cancelling.routes
from shared.kernel.id_types import TicketTypeId
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.strength import sized
from tests.integration.server_sync.test_cancelled_dates import Promoter
from tests.integration.server_sync.test_money_at_random import Gambler
from tests.integration.server_sync.test_reports import table_of

pytestmark = [pytest.mark.integration, pytest.mark.either_database]

STEPS: Final = 30
SEEDS: Final = range(sized(1, 24))
CURRENCIES: Final = ("EUR", "CHF", "JPY")
TAKEN: Final = {"paid", "partly_refunded", "refunded", "disputed"}


class Trader(Gambler):
    """Sells, beside the event's own currency, in two others: all at random."""

    def __init__(self, promoter: Promoter, seed: int, kinds: list[TicketTypeId]) -> None:
        super().__init__(promoter, seed)
        self.kinds = kinds

    async def sell(self) -> None:
        """Sell tickets of one currency; now and then of two in one order, which is refused."""
        count = self.random.choice((1, 1, 1, 2))
        await self.buy(*self.random.sample(self.kinds, k=count))

    async def buy(self, *kinds: TicketTypeId) -> None:
        """Sell a ticket of each type in one order, and pay some of it."""
        lines = [{"ticket_type_id": one, "quantity": 1} for one in sorted(kinds)]
        made = await self.post("/orders", lines=lines, payment="pending", buyer_name="Klara")
        if made.is_success:
            self.orders.append(made.json())
            await self.pay(self.orders[-1])

    async def call_off(self, path: str) -> None:
        """Call something off; each currency comes to what was told of it, and to the rows."""
        seen = await self.promoter.ask("GET", f"{path}/preview")
        await self.promoter.ask("POST", path, json={"reason": "storm"})
        await self.promoter.work()
        done = await self.promoter.ask("GET", path)
        assert seen["by_currency"][0]["currency"] == done["currency"] == "EUR"
        for name in ("at_till_minor", "left_minor"):
            assert seen[name] == seen["by_currency"][0][name], "the event's own"
            told = {one["currency"]: one[name] for one in seen["by_currency"] if one[name]}
            came = {one["currency"]: one[name] for one in done["by_currency"] if one[name]}
            assert told == came, name
        told = {one["currency"]: _back(one) for one in seen["by_currency"]}
        came = {one["currency"]: one["back_minor"] for one in done["by_currency"]}
        assert +Counter(told) == +Counter(came)
        await self._hold_against_rows(done)

    async def _hold_against_rows(self, done: dict[str, Any]) -> None:
        rows = await rows_of(
            self.promoter.office.office,
            "SELECT o.currency, r.outcome, r.back_minor, r.at_till_minor, r.left_minor"
            " FROM refund_run_order r JOIN ticket_order o ON o.id = r.order_id",
        )
        for place, name in ((2, "back_minor"), (3, "at_till_minor"), (4, "left_minor")):
            sums: Counter[str] = Counter()
            for row in rows:
                sums[row[0]] += row[place]
            told = Counter({one["currency"]: one[name] for one in done["by_currency"]})
            assert +told == +sums, name
        assert done["left"] == sum(one["left"] for one in done["by_currency"])
        assert done["left"] == sum(row[1] == "left" for row in rows)


def _back(forecast: dict[str, Any]) -> int:
    total: int = sum(one["amount_minor"] for one in forecast["by_tender"])
    tills: int = forecast["at_till_minor"]
    return total - tills


async def fold_rows(made: LedgerOffice) -> dict[str, dict[str, Counter[str]]]:
    """Fold payments and payouts by currency: what came and what went, by tender."""
    office = made.office
    payments = await rows_of(office, "SELECT currency, tender, amount_minor, state FROM payment")
    payouts = await rows_of(office, "SELECT currency, tender, amount_minor, state FROM payout")
    folded = {one: {"came": Counter[str](), "went": Counter[str]()} for one in CURRENCIES}
    for currency, tender, amount, state in payments:
        if state in TAKEN:
            folded[currency]["came"][tender] += amount
    for currency, tender, amount, state in payouts:
        if state == "done":
            folded[currency]["went"][tender] += amount
    return folded


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application's own worker wait: each test has its own."""
    monkeypatch.setattr(server.cancelling.routes, "REFUND_POLL_S", 3_600)


async def trade(made: LedgerOffice, seed: int) -> Trader:
    """Let somebody sell in three currencies, at random."""
    promoter = Promoter(made)
    await promoter.open()
    kinds = [made.ticket_type_id]
    for currency in CURRENCIES[1:]:
        body = {"name": currency, "price_minor": 3_333, "currency": currency}
        row = await promoter.ask("POST", "/ticket-types", json=body)
        kinds.append(TicketTypeId(row["id"]))
    trader = Trader(promoter, seed, kinds)
    for kind in kinds * 2:
        await trader.buy(kind)
    for _ in range(STEPS):
        await trader.step()
    return trader


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_calling_off_means_and_has_done_is_told_of_each_currency_by_itself(
    ledger_office: LedgerOffice, seed: int
) -> None:
    """In the preview, in the progress, in the list of what is left, in the report and the live
    board, whatever was sold, paid, and paid back before.
    """
    trader = await trade(ledger_office, seed)
    promoter = trader.promoter
    assert {one["order"]["currency"] for one in trader.orders} == set(CURRENCIES)
    await trader.call_off("/cancellation")
    listed = (await promoter.ask("GET", "/cancellation/orders?limit=100"))["items"]
    currencies = {one["order"]["id"]: one["order"]["currency"] for one in trader.orders}
    assert {one["order_id"]: one["currency"] for one in listed} == currencies
    folded = await fold_rows(ledger_office)
    report = await promoter.ask("GET", "/report")
    live = await promoter.ask("GET", "/live")
    for currency, sums in folded.items():
        rows = [row for row in table_of(report, "tenders") if row["currency"] == currency]
        mine = [row for row in rows if row["tender"] != "total"]
        assert +Counter({row["tender"]: row["received_minor"] for row in mine}) == sums["came"]
        assert +Counter({row["tender"]: row["paid_back_minor"] for row in mine}) == sums["went"]
        told = [row for row in live["revenue"] if row["currency"] == currency]
        assert Counter({row["tender"]: row["received_minor"] for row in told}) == sums["came"]
        assert +Counter({row["tender"]: row["paid_back_minor"] for row in told}) == sums["went"]

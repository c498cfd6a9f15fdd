"""An event that sold in two currencies: each is told by itself, and none is added to another's.

Held to the cent against a fold of the ledger's rows by the test's own hand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final

import httpx
import pytest

from shared.kernel.id_types import TicketTypeId
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.strength import sized
from tests.integration.server_sync.cancelling.test_cancelled_dates import Promoter
from tests.integration.server_sync.payments.test_money_at_random import ACTS, Gambler
from tests.integration.server_sync.reports.test_reports import table_of

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("refunds_rest")]

STEPS: Final = sized(15, 30)
SEEDS: Final = range(sized(1, 24))
CURRENCIES: Final = ("EUR", "CHF", "JPY")
TAKEN: Final = {"paid", "disputed", "dispute_won", "dispute_lost"}


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

    async def step(self, acts: Sequence[str] = ACTS) -> None:
        """Do one thing to one order; now and then tell of a dispute about a part."""
        if not self.orders or self.random.random() > 0.2:
            return await super().step(acts)
        order = self.random.choice(self.orders)
        payments = (await self.account(order))["payments"]
        if payments:
            one = self.random.choice(payments)
            fact = self.random.choice(("disputed", "disputed", "dispute_lost", "dispute_won"))
            amount = self.random.choice((None, 1 + one["amount_minor"] // 3, one["amount_minor"]))
            path = f"/orders/{order['order']['id']}/payments/{one['id']}/facts"
            told = await self.post(path, fact=fact, amount_minor=amount)
            assert told.status_code == httpx.codes.OK, told.text
        return None

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
        twice = await rows_of(
            self.promoter.office.office,
            "SELECT p.id FROM payment p JOIN payout o ON o.payment_id = p.id"
            " WHERE o.state <> 'failed'"
            " GROUP BY p.id, p.amount_minor, p.disputed_minor, p.lost_minor"
            " HAVING sum(CASE WHEN o.client_key LIKE 'cancelled:%' THEN 1 ELSE 0 END) > 0"
            " AND sum(o.amount_minor) + p.disputed_minor + p.lost_minor > p.amount_minor",
        )
        assert twice == [], "the run sends nothing that a dispute has, or may"
        assert done["left"] == sum(row[1] == "left" for row in rows)


def _back(forecast: dict[str, Any]) -> int:
    total: int = sum(one["amount_minor"] for one in forecast["by_tender"])
    tills: int = forecast["at_till_minor"]
    return total - tills


Sums = dict[str, Counter[str]]


async def fold_rows(made: LedgerOffice) -> dict[str, Sums]:
    """Fold payments, facts and payouts by currency: what came, went and was lost, by tender."""
    office = made.office
    payments = await rows_of(office, "SELECT id, currency, tender, amount_minor FROM payment")
    facts = await rows_of(office, "SELECT payment_id, kind, amount_minor FROM payment_fact")
    payouts = await rows_of(
        office, "SELECT payment_id, currency, tender, amount_minor, state FROM payout"
    )
    heard: dict[str, dict[str, int | None]] = defaultdict(dict)
    for payment_id, kind, amount in facts:
        heard[payment_id][kind] = amount
    back: Counter[str] = Counter()
    folded = {
        one: {name: Counter[str]() for name in ("came", "went", "lost", "open")}
        for one in CURRENCIES
    }
    for payment_id, currency, tender, amount, state in payouts:
        if state == "done":
            folded[currency]["went"][tender] += amount
            back[payment_id] += amount
    for payment_id, currency, tender, amount in payments:
        told, sums = heard[payment_id], folded[currency]
        if back[payment_id] or told.keys() & TAKEN:
            sums["came"][tender] += amount
        raised = told.get("disputed") or amount - back[payment_id]
        lost = (told["dispute_lost"] or raised) if "dispute_lost" in told else 0
        won = (told["dispute_won"] or raised) if "dispute_won" in told else 0
        sums["lost"][tender] += lost
        sums["open"][tender] += max(0, raised - lost - won) if "disputed" in told else 0
    return folded


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
        told = [row for row in live["revenue"] if row["currency"] == currency]
        for shown in (mine, told):
            for column, name in (
                ("received_minor", "came"),
                ("paid_back_minor", "went"),
                ("charged_back_minor", "lost"),
            ):
                each = Counter({row["tender"]: row[column] for row in shown})
                assert +each == +sums[name], (currency, column)
            kept = sum(row["net_minor"] for row in shown)
            gone = sums["went"].total() + sums["lost"].total()
            assert kept == sums["came"].total() - gone
        totals = {
            row["figure"]: row["amount_minor"]
            for row in table_of(report, "totals")
            if row["currency"] == currency
        }
        assert totals["in_dispute"] == sums["open"].total()
        assert totals["charged_back"] == sums["lost"].total()

"""The parts of what a line cost add up to it, whoever pays which part back, in whichever order."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from shared.journal.sale_body import SaleBody, SaleLine, SalePayment, SoldTicket
from shared.kernel.ids import format_ticket_id
from shared.sales.dividing_money import spread
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.strength import sized
from tests.integration.server_sync.cancelling.test_cancelling import Promoter
from tests.integration.server_sync.payments.test_till_payouts import Desk

pytestmark = pytest.mark.usefixtures("refunds_rest")

SALES = sized(12, 24)


def shares(total: int, count: int) -> tuple[int, ...]:
    """Part an amount as evenly as it goes."""
    return spread(total, [1] * count)


class Evening:
    """A till that sells lines whose tickets do not cost all the same, and an office beside it."""

    def __init__(self, office: LedgerOffice, till: Desk, chief: Chief) -> None:
        self.office, self.till, self.chief = office, till, chief
        self.promoter = Promoter(office)
        self.dice = Random(5661)
        self.minted = 0

    def sell(self, prices: Sequence[int], *tenders: str) -> SaleBody:
        """Sell one line at such prices; it is paid by equal parts, as far as that goes."""
        count, total = len(prices), sum(prices)
        places = list(range(count))
        self.dice.shuffle(places)  # ids say nothing of a ticket's place in its line
        tickets = [
            self.till.mint(self.minted + place + 1, price=price)
            for place, price in zip(places, prices, strict=True)
        ]
        self.minted += count
        payments = [
            SalePayment(kind=kind, amount_minor=part)
            for kind, part in zip(tenders, shares(total, len(tenders)), strict=True)
        ]
        unit = -(-total // count)
        line = SaleLine(
            ticket_type_code=1,
            count=count,
            unit_minor=unit,
            discount_minor=unit * count - total,
        )
        return self.till.sold(tickets, *payments, lines=(line,))

    async def refund(self, ticket: SoldTicket) -> None:
        """Let the office take a ticket back."""
        path = f"/tickets/{format_ticket_id(ticket.ticket_id)}/refund"
        await self.promoter.ask("POST", path, json={"reason": "ill"})

    async def run(self) -> None:
        """Call the event off, and give all money back."""
        await self.promoter.call_off()
        await self.promoter.runner().work()


@pytest.fixture
async def evening(ledger_office: LedgerOffice) -> Evening:
    """Open the till."""
    chief = await Chief.appoint(ledger_office)
    till = Desk(ledger_office, await ledger_office.enrol(role="till"))
    await till.open()
    return Evening(ledger_office, till, chief)


@pytest.mark.either_database
async def test_the_last_cent_goes_back_whichever_ticket_a_till_paid_back_first(
    evening: Evening,
) -> None:
    """Four for 5661: a till pays 1415 for one of them, and the run all of the rest."""
    sale = evening.sell(shares(5661, 4), "cash", "card")
    assert [one.price_minor for one in sale.tickets] == [1416, 1415, 1415, 1415]
    evening.till.took_back(sale.tickets[2], evening.chief)
    await evening.till.sync()
    seen = await evening.promoter.ask("GET", "/cancellation/preview")
    assert sum(one["amount_minor"] for one in seen["by_tender"]) == 4246
    await evening.run()
    (account,) = await evening.till.accounts()
    assert (account["owed_minor"], account["paid_out_minor"]) == (5661, 5661)
    assert (await evening.promoter.standing())["left"] == 0
    assert "payout_mismatch" not in await evening.till.kinds()


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_any_split_among_till_office_and_run_adds_up(evening: Evening) -> None:
    """Some tickets at the till, some at the office, the others by the run: to the unit."""
    dice = evening.dice
    paid: list[int] = []
    for _ in range(SALES):
        total, count = dice.randint(1, 9_999), dice.randint(1, 7)
        ways = [("card",), ("cash", "card"), ("cash",), ("card", "card", "cash")]
        sale = evening.sell(shares(total, count), *dice.choice(ways))
        paid.append(total)
        await evening.till.sync()
        for ticket in dice.sample(sale.tickets, dice.randint(0, count)):
            if dice.random() < 0.5:
                await evening.refund(ticket)
            else:
                evening.till.took_back(ticket, evening.chief, tender="card")
                await evening.till.sync()
    await evening.run()
    rows = await rows_of(
        evening.office.office,
        "SELECT r.at_till_minor FROM refund_run_order r JOIN ticket_order o ON o.id = r.order_id"
        " ORDER BY o.number",
    )
    accounts = await evening.till.accounts()
    backs = [one["paid_out_minor"] for one in accounts]
    assert [one["owed_minor"] for one in accounts] == backs
    assert [back + int(row[0]) for back, row in zip(backs, rows, strict=True)] == paid
    assert any(row[0] for row in rows), "no order left cash to the tills"
    assert (await evening.promoter.standing())["left"] == 0


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_a_cent_more_than_the_ticket_cost_is_named(evening: Evening) -> None:
    """That another ticket of its line cost so much excuses nothing."""
    sale = evening.sell(shares(5661, 4), "card")
    dear = sale.tickets[0].price_minor
    evening.till.took_back(sale.tickets[1], evening.chief, tender="card", amount_minor=dear)
    await evening.till.sync()
    assert "payout_mismatch" in await evening.till.kinds()


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_a_till_that_says_odd_prices_moves_nothing_beyond_the_line(
    evening: Evening,
) -> None:
    """All of a line's price on one ticket is no part of it: equal parts count."""
    sale = evening.sell((4999, 1), "card")
    evening.till.took_back(sale.tickets[0], evening.chief, tender="card")
    await evening.till.sync()
    assert "payout_mismatch" in await evening.till.kinds()
    rows = await rows_of(evening.office.office, "SELECT sum(amount_minor) FROM payout")
    assert int(rows[0][0]) == 4999

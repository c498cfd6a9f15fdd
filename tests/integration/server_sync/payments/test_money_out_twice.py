"""What a till has paid back the office does not pay too, whatever its payment was just then."""

from __future__ import annotations

from typing import Any

import pytest

from server.cancelling.event_cancelling import KIND
from server.cancelling.refunding import Refunder
from server.jobs.runner import JobRunner
from shared.journal.sale_body import SalePayment
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.sales_till import PRICE
from tests.factories.strength import sized
from tests.integration.server_sync.payments.test_till_payouts import Desk
from tests.integration.server_sync.reports.test_reports import table_of

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("refunds_rest")]


class Books(Desk):
    """A till and the office, at one order of two tickets that was paid by card."""

    async def begin(self) -> None:
        """Sell the two, and let the office hear of it."""
        self.tickets = [self.mint(1), self.mint(2)]
        self.sold(self.tickets, SalePayment(kind="card", amount_minor=2 * PRICE, reference="T1"))
        await self.sync()

    async def account(self) -> dict[str, Any]:
        """Return the order's money."""
        (found,) = await self.accounts()
        return found

    async def tell(self, fact: str) -> None:
        """Say what was heard of the payment."""
        account = await self.account()
        (payment,) = account["payments"]
        path = f"/orders/{account['order_id']}/payments/{payment['id']}/facts"
        await self.post(path, fact=fact)

    async def post(self, path: str, **body: Any) -> Any:
        """Ask the office for something that it does."""
        office = self.office
        return await office.office.ok("POST", f"{office.path}{path}", office.owner, json=body)

    async def pay_out(self, amount: int) -> int:
        """Ask the office to send money back; the answer's status."""
        office, account = self.office, await self.account()
        path = f"{office.path}/orders/{account['order_id']}/payouts"
        body = {"amount_minor": amount, "reason": "ill"}
        answer = await office.office.call("POST", path, office.owner, json=body)
        return answer.status_code

    async def call_off(self) -> dict[str, Any]:
        """Call the event off, and let the run send the money back."""
        office = self.office.office
        await self.post("/cancellation", reason="storm")
        refunder = Refunder(office.context, office.feed, office.usage)
        await JobRunner(office.context, {KIND: refunder}).work()
        path = f"{self.office.path}/cancellation"
        return dict(await office.ok("GET", path, self.office.owner))


@pytest.fixture
async def books(ledger_office: LedgerOffice) -> tuple[Books, Chief]:
    """Sell two tickets by card."""
    chief = await Chief.appoint(ledger_office)
    made = Books(ledger_office, await ledger_office.enrol(role="till"))
    await made.open()
    await made.begin()
    return made, chief


async def test_cash_that_a_till_paid_during_a_dispute_is_not_sent_again_once_it_is_won(
    books: tuple[Books, Chief],
) -> None:
    """Neither by hand nor by the run; it is named, and it stands in the books."""
    till, chief = books
    await till.tell("disputed")
    till.took_back(till.tickets[0], chief)
    await till.sync()
    assert await till.kinds() == ["payout_mismatch"]
    await till.tell("dispute_won")
    account = await till.account()
    assert (account["owed_minor"], account["paid_out_minor"]) == (PRICE, PRICE)
    assert account["payments"][0]["state"] == "partly_refunded"
    assert await till.pay_out(PRICE) == 409
    done = await till.call_off()
    assert done["back_minor"] == PRICE
    assert (await till.account())["paid_out_minor"] == 2 * PRICE


async def test_cash_that_a_till_paid_beside_the_run_counts_when_the_runs_money_fails(
    books: tuple[Books, Chief],
) -> None:
    """No payment has room for it just then; the office sends the rest, and no cent of it."""
    till, chief = books
    await till.call_off()
    till.took_back(till.tickets[0], chief)
    for _ in range(2):
        await till.sync()
    assert await till.kinds() == ["payout_mismatch"]
    account = await till.account()
    (payout,) = account["payouts"]
    await till.post(f"/orders/{account['order_id']}/payouts/{payout['id']}/facts", fact="failed")
    account = await till.account()
    assert (account["owed_minor"], account["paid_out_minor"]) == (2 * PRICE, PRICE)
    assert await till.pay_out(2 * PRICE) == 409
    assert await till.pay_out(PRICE) == 201
    assert await till.pay_out(1) == 409


@pytest.mark.parametrize("fact", sized(["dispute_lost"], ["disputed", "dispute_lost"]))
async def test_connected_till_pays_nobody_who_took_the_money_back_already(
    books: tuple[Books, Chief], fact: str
) -> None:
    """Referred to a supervisor while it is in dispute, and once it is lost; hand-over is none."""
    till, _ = books
    await till.tell(fact)
    more: dict[str, Any] = {"amount_minor": PRICE, "currency": "EUR", "tender": "cash"}
    code, office = till.code(till.tickets[0]), till.office
    asked = await office.claimed(till.device, code, gate_id="", purpose="refund", **more)
    assert (asked["verdict"], asked["reason"]) == ("refer", "supervisor")
    handed = await office.claimed(till.device, code, gate_id="", purpose="transfer")
    assert handed["verdict"] == "admit"


async def test_money_that_a_dispute_took_back_is_not_said_to_be_kept(
    books: tuple[Books, Chief],
) -> None:
    """In an event's report and a time's: what is kept of one order is what is ours of it."""
    till, chief = books
    till.took_back(till.tickets[0], chief, tender="card")
    await till.sync()
    await till.tell("dispute_lost")
    office = till.office
    report = await office.office.ok("GET", f"{office.path}/report", office.owner)
    totals = {row["figure"]: row["amount_minor"] for row in table_of(report, "totals")}
    wanted = {"received": 2 * PRICE, "paid_back": PRICE, "charged_back": PRICE, "kept": 0}
    assert {name: totals[name] for name in wanted} == wanted
    card = table_of(report, "tenders")[0]
    assert (card["charged_back_minor"], card["net_minor"]) == (PRICE, 0)
    report = await office.office.ok("GET", f"{office.owner.path}/report", office.owner)
    totals = {row["figure"]: row["amount_minor"] for row in table_of(report, "totals")}
    assert (totals["charged_back"], totals["net"]) == (PRICE, 0)
    for name in ("events", "tenders"):
        row = table_of(report, name)[0]
        assert (row["charged_back_minor"], row["net_minor"]) == (PRICE, 0)


async def test_the_runs_money_is_told_apart_once_its_payment_is_disputed(
    books: tuple[Books, Chief],
) -> None:
    """It has not gone for certain: whoever sends it sees so before, in the run's own progress."""
    till, _ = books
    done = await till.call_off()
    assert [one["state"] for one in done["sent"]] == ["pending"]
    seen = []
    for fact in ("disputed", "dispute_won", "dispute_lost"):
        await till.tell(fact)
        found = await till.office.office.ok(
            "GET", f"{till.office.path}/cancellation", till.office.owner
        )
        seen.append([(one["state"], one["amount_minor"]) for one in found["sent"]])
    assert seen == [[("held", 2 * PRICE)], [("pending", 2 * PRICE)], [("held", 2 * PRICE)]]


async def test_what_the_office_only_owed_when_a_till_paid_it_is_not_said_to_be_paid_twice(
    books: tuple[Books, Chief],
) -> None:
    """It is paid once. Where the office sent it too, or owed less, that is named."""
    till, chief = books
    first, second = till.tickets
    for ticket in (first, second):
        await till.post(f"/tickets/{ticket.ticket_id:016x}/refund", reason="ill")
    till.took_back(first, chief)
    for _ in range(2):
        await till.sync()
    account = await till.account()
    assert (account["owed_minor"], account["paid_out_minor"]) == (2 * PRICE, PRICE)
    assert await till.kinds() == []
    assert await till.pay_out(2 * PRICE) == 409
    assert await till.pay_out(PRICE) == 201
    till.took_back(second, chief)
    for _ in range(2):
        await till.sync()
    assert "paid_out_twice" in await till.kinds()


async def test_ticket_that_a_till_has_paid_back_first_is_ended_and_owed_once(
    books: tuple[Books, Chief],
) -> None:
    """The office may take it back as well: it hears that it is cancelled, and sends nothing."""
    till, chief = books
    first, _ = till.tickets
    till.took_back(first, chief)
    await till.sync()
    ended = await till.post(f"/tickets/{first.ticket_id:016x}/refund", reason="ill")
    assert ended["state"] == "cancelled"
    assert await till.pay_out(PRICE) == 409
    await till.sync()
    account = await till.account()
    assert (account["owed_minor"], account["paid_out_minor"]) == (PRICE, PRICE)
    assert await till.kinds() == []


async def test_a_till_that_paid_twice_what_the_office_owed_is_named(
    books: tuple[Books, Chief],
) -> None:
    """Once settles the debt; the second time is the till's own."""
    till, chief = books
    first, _ = till.tickets
    await till.post(f"/tickets/{first.ticket_id:016x}/refund", reason="ill")
    for _ in range(2):
        till.took_back(first, chief)
        for _ in range(2):
            await till.sync()
    assert "paid_out_twice" in await till.kinds()

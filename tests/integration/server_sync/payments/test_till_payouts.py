"""What tills pay out is booked with the orders: to the tender it came from, once, or named."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.admission.purpose import Purpose
from shared.journal.sale_body import SaleBody, SaleLine, SalePayment, SoldTicket
from shared.journal.withdrawal_body import PaidBack, WithdrawalBody
from shared.kernel.id_types import ClaimId
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.sales_till import PRICE, Till
from tests.factories.strength import sized
from tests.factories.withdrawing import signed_by

SQLITE = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


class Desk(Till):
    """A till that sells and pays back, cut off, and the office's books.

    Attributes:
        cursor: How far it has read, as its entries say.
    """

    cursor = 0

    def sold(
        self,
        tickets: list[SoldTicket],
        *payments: SalePayment,
        total: int | None = None,
        sale_id: str = "",
        shift_id: str = "",
        lines: tuple[SaleLine, ...] = (),
    ) -> SaleBody:
        """Write a sale down."""
        due = sum(one.price_minor for one in tickets) if total is None else total
        self.sales += 1
        body = SaleBody(
            sale_id=sale_id or self.office.office.entropy.random_bytes(16).hex(),
            receipt_number=self.sales,
            currency="EUR",
            total_minor=due,
            tender=payments[0].kind if len(payments) == 1 else "split",
            tickets=tuple(tickets),
            payments=payments,
            shift_id=shift_id,
            lines=lines,
        )
        self.device.journal.add(body, self.office.event_id, self.office.now, cursor=self.cursor)
        return body

    def took_back(self, ticket: SoldTicket, chief: Chief | None, **said: Any) -> WithdrawalBody:
        """Write a refund down, signed by a supervisor's badge."""
        body = WithdrawalBody(
            claim_id=ClaimId(self.office.office.entropy.random_bytes(16).hex()),
            ticket_id=ticket.ticket_id,
            generation=0,
            purpose=Purpose.REFUND.value,
            mode="offline",
            reason="ill",
            currency="EUR",
            amount_minor=ticket.price_minor,
            tender="cash",
            cashier="ca_1",
        )
        body = msgspec.structs.replace(body, **said)
        if chief is not None:
            body = signed_by(self.office, chief, self.device, body)
        self.device.journal.add(body, self.office.event_id, self.office.now, cursor=self.cursor)
        return body

    async def accounts(self) -> list[dict[str, Any]]:
        """Return the money of the till's orders, the first one first."""
        office, found = self.office, []
        listed = (await office.office.ok("GET", f"{office.path}/orders", office.owner))["items"]
        for one in reversed([one for one in listed if one["channel"] == "box_office"]):
            path = f"{office.path}/orders/{one['id']}/payments"
            found.append(await office.office.ok("GET", path, office.owner))
        return found

    async def kinds(self) -> list[str]:
        """Return what is named."""
        return [one["kind"] for one in await self.office.conflicts()]


@pytest.fixture
async def desk(ledger_office: LedgerOffice) -> tuple[Desk, Chief]:
    """Open a till that sells, where a supervisor has a badge."""
    chief = await Chief.appoint(ledger_office)
    made = Desk(ledger_office, await ledger_office.enrol(role="till"))
    await made.open()
    return made, chief


@pytest.mark.either_database
async def test_refund_goes_back_to_the_payment_it_came_by_once_however_often_it_is_told(
    desk: tuple[Desk, Chief],
) -> None:
    """Cash to the cash part, card to the card; owed and paid out are the same."""
    till, chief = desk
    tickets = [till.mint(1), till.mint(2)]
    paid = (
        SalePayment(kind="card", amount_minor=PRICE, reference="T1"),
        SalePayment(kind="cash", amount_minor=PRICE),
    )
    till.sold(tickets, *paid)
    till.took_back(tickets[0], chief)
    till.took_back(tickets[1], chief, tender="card")
    for _ in range(2):
        await till.sync()
    (account,) = await till.accounts()
    assert (account["owed_minor"], account["paid_out_minor"]) == (2 * PRICE, 2 * PRICE)
    assert {one["tender"]: one["state"] for one in account["payments"]} == {
        "card": "refunded",
        "cash": "refunded",
    }
    assert sorted((one["tender"], one["state"]) for one in account["payouts"]) == [
        ("card", "done"),
        ("cash", "done"),
    ]
    assert await till.kinds() == []


@SQLITE
async def test_part_that_a_policy_keeps_is_not_owed(desk: tuple[Desk, Chief]) -> None:
    """What was paid out is owed back, and no more."""
    till, chief = desk
    ticket = till.mint(1)
    till.sold([ticket], SalePayment(kind="cash", amount_minor=PRICE))
    till.took_back(ticket, chief, amount_minor=PRICE - 500)
    await till.sync()
    (account,) = await till.accounts()
    assert (account["owed_minor"], account["paid_out_minor"]) == (PRICE - 500, PRICE - 500)
    assert account["payments"][0]["state"] == "partly_refunded"


async def test_refund_that_comes_before_its_sale_is_booked_with_it(
    ledger_office: LedgerOffice, desk: tuple[Desk, Chief]
) -> None:
    """Another till took the ticket back and was heard first: named until the sale comes."""
    till, chief = desk
    ticket = till.mint(1)
    other = Desk(ledger_office, await ledger_office.enrol(role="till"))
    other.took_back(ticket, chief)
    await other.sync()
    assert await till.accounts() == []
    assert await till.kinds() == ["payout_mismatch"]
    till.sold([ticket], SalePayment(kind="cash", amount_minor=PRICE))
    await till.sync()
    (account,) = await till.accounts()
    assert (account["owed_minor"], account["paid_out_minor"]) == (PRICE, PRICE)
    (named,) = await ledger_office.conflicts()
    assert named["disposition"] == "withdrawn"


@SQLITE
async def test_what_does_not_fit_is_named(desk: tuple[Desk, Chief]) -> None:
    """Another tender needs a badge and a reason; more than was paid is nobody's to pay out."""
    till, chief = desk
    cases: list[dict[str, Any]] = [
        {"tender": "cash"},
        {"tender": "cash", "reason": ""},
        {"tender": "card", "amount_minor": PRICE + 1},
        {"tender": "card", "currency": "USD"},
        {"tender": "card", "amount_minor": 10**12},
    ]
    for number, said in enumerate(cases):
        ticket = till.mint(number + 1)
        till.sold([ticket], SalePayment(kind="card", amount_minor=PRICE))
        till.took_back(ticket, chief, **said)
        await till.sync()
        assert await till.kinds() == ["payout_mismatch"] * number


@SQLITE
async def test_other_tender_without_a_badge_is_named(desk: tuple[Desk, Chief]) -> None:
    """A dishonest cashier's till pays a card's money out in cash: it is seen, as their own."""
    till, chief = desk
    ticket = till.mint(1)
    till.sold([ticket], SalePayment(kind="card", amount_minor=PRICE))
    till.took_back(ticket, None, authorized_by=chief.person)
    await till.sync()
    assert sorted(await till.kinds()) == ["payout_mismatch", "withdrawal_unsigned"]
    (account,) = await till.accounts()
    (payout,) = account["payouts"]
    assert payout["authorized_by"] == "", "the books take no till's word for a supervisor's"


@pytest.mark.either_database
async def test_a_refund_in_parts_goes_back_to_the_payments_it_came_by(
    desk: tuple[Desk, Chief],
) -> None:
    """One ticket's money by two tenders, booked once however often it is told."""
    till, chief = desk
    ticket = till.mint(1)
    paid = (
        SalePayment(kind="card", amount_minor=700, reference="T1"),
        SalePayment(kind="cash", amount_minor=PRICE - 700),
    )
    till.sold([ticket], *paid)
    parts = (PaidBack("cash", PRICE - 700), PaidBack("card", 700))
    till.took_back(ticket, chief, tender="split", parts=parts)
    for _ in range(2):
        await till.sync()
    (account,) = await till.accounts()
    assert {one["tender"]: one["state"] for one in account["payments"]} == {
        "card": "refunded",
        "cash": "refunded",
    }
    assert sorted((one["tender"], one["amount_minor"]) for one in account["payouts"]) == [
        ("card", 700),
        ("cash", PRICE - 700),
    ]
    assert await till.kinds() == []


@SQLITE
async def test_what_goes_back_otherwise_is_off_the_part_that_was_paid_last(
    desk: tuple[Desk, Chief],
) -> None:
    """As the till counts it, which hands out what is left by each tender."""
    till, chief = desk
    for number in range(1, 17, 2):
        tickets = [till.mint(number), till.mint(number + 1)]
        card, cash = SalePayment(kind="card", amount_minor=2_000), 2 * PRICE - 2_000
        till.sold(tickets, card, SalePayment(kind="cash", amount_minor=cash))
        till.took_back(tickets[0], chief, tender="comp")
        parts = (PaidBack("cash", cash - PRICE), PaidBack("card", 2_000))
        till.took_back(tickets[1], None, tender="split", parts=parts)
    await till.sync()
    assert "payout_mismatch" not in await till.kinds()


@SQLITE
async def test_a_difference_in_parts_is_off_the_payments_it_came_by(
    desk: tuple[Desk, Chief],
) -> None:
    """And so is what of the ticket pays for the other one: what is left of each part is known."""
    till, _ = desk
    for number in range(1, 13, 3):
        first, second, new = (till.mint(one, price=PRICE) for one in range(number, number + 3))
        new = msgspec.structs.replace(new, price_minor=1_000)
        card, cash = SalePayment(kind="card", amount_minor=2_000), 2 * PRICE - 2_000
        till.sold([first, second], card, SalePayment(kind="cash", amount_minor=cash))
        sale_id = f"{number:032x}"
        till.took_back(
            first,
            None,
            purpose=Purpose.EXCHANGE.value,
            tender="split",
            parts=(PaidBack("cash", 1_500),),
            credited_minor=1_000,
            credited_to=sale_id,
        )
        till.sold([new], SalePayment(kind="exchange", amount_minor=1_000), sale_id=sale_id)
        parts = (PaidBack("cash", 500), PaidBack("card", 2_000))
        till.took_back(second, None, tender="split", parts=parts)
    await till.sync()
    assert "payout_mismatch" not in await till.kinds()


@SQLITE
async def test_tickets_that_pay_for_one_together_do_so_in_the_order_of_the_journal(
    desk: tuple[Desk, Chief],
) -> None:
    """Booked at one instant of the server's clock, as where that is set back meanwhile."""
    till, _ = desk
    for number in range(1, 1 + 4 * sized(4, 10), 4):
        olds, sale_id = [till.mint(number), till.mint(number + 1)], f"{number:032x}"
        for ticket, tender in zip(olds, ("card", "cash"), strict=True):
            till.sold([ticket], SalePayment(kind=tender, amount_minor=PRICE))
        for ticket in olds:
            till.took_back(
                ticket,
                None,
                purpose=Purpose.EXCHANGE.value,
                tender="",
                credited_minor=PRICE,
                credited_to=sale_id,
            )
        news = [till.mint(number + 2), till.mint(number + 3)]
        paid = SalePayment(kind="exchange", amount_minor=2 * PRICE)
        till.sold(news, paid, sale_id=sale_id)
        for ticket, tender in zip(news, ("card", "cash"), strict=True):
            till.took_back(ticket, None, tender=tender)
    await till.sync()
    assert "payout_mismatch" not in await till.kinds()


@SQLITE
async def test_parts_that_were_not_paid_so_are_named(desk: tuple[Desk, Chief]) -> None:
    """A changed till turns a card's payment into cash, or keeps silent about a part."""
    till, _ = desk
    for number, parts in ((1, (PaidBack("cash", PRICE),)), (2, (PaidBack("card", 100),))):
        ticket = till.mint(number)
        till.sold([ticket], SalePayment(kind="card", amount_minor=PRICE))
        till.took_back(ticket, None, tender="split", parts=parts)
    await till.sync()
    assert (await till.kinds()).count("payout_mismatch") == 2


@SQLITE
async def test_exchange_and_its_refund_go_back_as_the_first_ticket_was_paid(
    desk: tuple[Desk, Chief],
) -> None:
    """Cash, exchanged, paid back in cash: no supervisor's tender; by card it would be."""
    till, chief = desk
    for number, tender in ((1, "cash"), (3, "card")):
        old, new = till.mint(number), till.mint(number + 1)
        till.sold([old], SalePayment(kind="cash", amount_minor=PRICE))
        given = till.took_back(
            old,
            chief,
            purpose=Purpose.EXCHANGE.value,
            tender="",
            credited_minor=PRICE,
            credited_to=f"{number}" * 32,
        )
        credit = SalePayment(kind="exchange", amount_minor=PRICE)
        till.sold([new], credit, sale_id=given.credited_to)
        assert given.paid_out_minor == 0
        till.took_back(new, chief, tender=tender, reason="")
    await till.sync()
    accounts = await till.accounts()
    assert [one["payments"][0]["tender"] for one in accounts] == ["cash", "exchange"] * 2
    assert [one["payouts"][0]["tender"] for one in accounts] == [
        "exchange",
        "cash",
        "exchange",
        "card",
    ]
    assert all(one["owed_minor"] == one["paid_out_minor"] == PRICE for one in accounts)
    assert await till.kinds() == ["payout_mismatch"]

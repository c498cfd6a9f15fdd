"""Money that a changed till takes out by a ticket that did not bring it, or never took in: named.

A dishonest cashier's till, or a stolen one, writes what it likes. What is within an order's total
may still be the money of the order's other tickets, and what was paid by tickets in exchange has
to have been given for it.
"""

from __future__ import annotations

from typing import Any

import pytest

from shared.admission.purpose import Purpose
from shared.journal.sale_body import SalePayment, SoldTicket
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.kernel.id_types import ClaimId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import HOUR
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.sales_till import PRICE
from tests.factories.strength import sized
from tests.integration.server_sync.payments.test_refund_terms import rules_of, say_terms
from tests.integration.server_sync.payments.test_till_payouts import Desk

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)

EXCHANGE = Purpose.EXCHANGE.value


@pytest.fixture
async def desk(ledger_office: LedgerOffice) -> tuple[Desk, Chief]:
    """Open a till that sells, where a supervisor has a badge."""
    chief = await Chief.appoint(ledger_office)
    made = Desk(ledger_office, await ledger_office.enrol(role="till"))
    await made.open()
    return made, chief


async def heard(till: Desk) -> int:
    """Let a till hear of all that its event has told; returns up to where."""
    answer = await till.office.exchanged(till.device)
    return till.office.open_page(answer.page).head


def three(till: Desk) -> list[SoldTicket]:
    """Sell three tickets in one sale, for cash."""
    tickets = [till.mint(number) for number in (1, 2, 3)]
    till.sold(tickets, SalePayment(kind="cash", amount_minor=3 * PRICE))
    return tickets


@pytest.mark.parametrize("purpose", [Purpose.REFUND, *sized([], [Purpose.VOID, Purpose.EXCHANGE])])
async def test_what_the_ledger_granted_pays_no_more_than_the_ticket_cost(
    desk: tuple[Desk, Chief], purpose: Purpose
) -> None:
    """It granted one ticket's price; the till paid the whole order's out."""
    till, _ = desk
    first, *_ = three(till)
    await till.sync()
    claim_id = ClaimId(till.office.office.entropy.random_bytes(16).hex())
    asked: dict[str, Any] = {
        "ticket_id": format_ticket_id(first.ticket_id),
        "claim_id": claim_id,
        "purpose": purpose.value,
        "amount_minor": PRICE,
        "currency": "EUR",
        "tender": "cash",
    }
    granted = await till.office.claim(till.device, "", **asked)
    assert granted.json()["verdict"] == "admit"
    till.took_back(
        first,
        None,
        claim_id=claim_id,
        purpose=purpose.value,
        mode="online",
        amount_minor=3 * PRICE,
    )
    await till.sync()
    assert await till.kinds() == ["payout_mismatch"]


async def test_no_badge_makes_a_ticket_worth_more_than_it_cost(
    desk: tuple[Desk, Chief],
) -> None:
    """Signed, with a reason, and within what the order was paid with."""
    till, chief = desk
    first, *_ = three(till)
    till.took_back(first, chief, amount_minor=PRICE + 1)
    await till.sync()
    assert await till.kinds() == ["payout_mismatch"]


async def test_two_tickets_under_one_claim_are_two_payouts(desk: tuple[Desk, Chief]) -> None:
    """The drawer has paid both: so have the books."""
    till, chief = desk
    first, second, _ = three(till)
    taken = till.took_back(first, chief)
    till.took_back(second, chief, claim_id=taken.claim_id)
    for _ in range(2):
        await till.sync()
    (account,) = await till.accounts()
    assert (account["owed_minor"], account["paid_out_minor"]) == (2 * PRICE, 2 * PRICE)


async def test_one_ticket_under_one_claim_twice_is_named(desk: tuple[Desk, Chief]) -> None:
    """A supervisor's word of one refund, written down two times."""
    till, chief = desk
    first, *_ = three(till)
    taken = till.took_back(first, chief)
    till.device.journal.add(taken, till.office.event_id, till.office.now)
    for _ in range(2):
        await till.sync()
    (account,) = await till.accounts()
    assert account["paid_out_minor"] == 2 * PRICE
    assert "paid_out_twice" in await till.kinds()


@pytest.mark.parametrize("purpose", [Purpose.EXCHANGE, *sized([], [Purpose.REFUND, Purpose.VOID])])
async def test_ticket_that_nobody_has_sold_pays_nothing_though_a_badge_has_signed(
    desk: tuple[Desk, Chief], purpose: Purpose
) -> None:
    """Of its money no order knows anything: the drawer alone is short of it."""
    till, chief = desk
    unknown, new = till.mint(1), till.mint(2)
    credited = {"credited_minor": PRICE, "credited_to": "ab" * 16, "tender": ""}
    is_exchange = purpose is Purpose.EXCHANGE
    till.took_back(unknown, chief, purpose=purpose.value, **(credited if is_exchange else {}))
    if is_exchange:
        till.sold([new], SalePayment(kind="exchange", amount_minor=PRICE), sale_id="ab" * 16)
    for _ in range(2):
        await till.sync()
    (named,) = await till.office.conflicts()
    assert named["kind"] == "payout_mismatch"
    assert "no sale or list on record" in named["detail"]
    assert named["ticket_id"] == format_ticket_id(unknown.ticket_id)
    office = till.office
    path = f"{office.path}/conflicts/{named['id']}"
    (side,) = (await office.office.ok("GET", path, office.owner))["sides"]
    assert (side["cashier"], side["person"]) == ("ca_1", chief.person)


async def test_sale_that_no_ticket_was_given_for_is_named(desk: tuple[Desk, Chief]) -> None:
    """Paid by exchange, of nothing; also as an older version would write it."""
    till, _ = desk
    till.sold([till.mint(1)], SalePayment(kind="exchange", amount_minor=PRICE))
    await till.sync()
    assert await till.kinds() == ["price_mismatch"]
    till.sell([till.mint(2)], tender="exchange")
    await till.sync()
    assert await till.kinds() == ["price_mismatch"] * 2


async def test_sale_by_a_voucher_that_the_ledger_did_not_redeem_is_named(
    desk: tuple[Desk, Chief],
) -> None:
    """Tills have no way yet to redeem one, so whatever they say of it is theirs alone."""
    till, _ = desk
    till.sold([till.mint(1)], SalePayment(kind="voucher", amount_minor=PRICE, reference="vc_1"))
    await till.sync()
    assert await till.kinds() == ["price_mismatch"]


async def test_one_ticket_does_not_pay_for_two(desk: tuple[Desk, Chief]) -> None:
    """Neither in one sale nor in two."""
    till, chief = desk
    old, *new = [till.mint(number) for number in range(1, 6)]
    till.sold([old], SalePayment(kind="cash", amount_minor=PRICE))
    given = till.took_back(
        old, chief, purpose=EXCHANGE, tender="", credited_minor=PRICE, credited_to="ab" * 16
    )
    first = till.sold(
        new[:2], SalePayment(kind="exchange", amount_minor=2 * PRICE), sale_id="ab" * 16
    )
    assert first.sale_id == given.credited_to
    till.sold(new[2:3], SalePayment(kind="exchange", amount_minor=PRICE))
    await till.sync()
    assert await till.kinds() == ["price_mismatch"] * 2


async def test_a_ticket_pays_for_no_more_than_was_given_for_it(desk: tuple[Desk, Chief]) -> None:
    """What it says to be credited is a part of what it says to be given, however much that is."""
    till, chief = desk
    old, *new = [till.mint(number) for number in range(1, 4)]
    till.sold([old], SalePayment(kind="cash", amount_minor=PRICE))
    till.took_back(
        old, chief, purpose=EXCHANGE, tender="", credited_minor=2 * PRICE, credited_to="ab" * 16
    )
    till.sold(new, SalePayment(kind="exchange", amount_minor=2 * PRICE), sale_id="ab" * 16)
    await till.sync()
    assert await till.kinds() == ["price_mismatch"]


@pytest.mark.parametrize("purpose", [Purpose.REPRINT.value, *sized([], ["hand_over", "later"])])
async def test_a_ticket_that_is_not_given_back_pays_for_nothing(
    desk: tuple[Desk, Chief], purpose: str
) -> None:
    """It is printed anew, or nothing becomes of it: its holder has it still."""
    till, chief = desk
    old, new = till.mint(1), till.mint(2)
    till.sold([old], SalePayment(kind="cash", amount_minor=PRICE))
    till.took_back(
        old, chief, purpose=purpose, tender="", credited_minor=PRICE, credited_to="ab" * 16
    )
    till.sold([new], SalePayment(kind="exchange", amount_minor=PRICE), sale_id="ab" * 16)
    await till.sync()
    assert "price_mismatch" in await till.kinds()


async def test_an_exchange_that_adds_up_is_not_named(desk: tuple[Desk, Chief]) -> None:
    """Two tickets for one that costs both, however its entries are sent."""
    till, chief = desk
    old, new = [till.mint(1), till.mint(2)], till.mint(3, price=2 * PRICE)
    till.sold(old, SalePayment(kind="cash", amount_minor=2 * PRICE))
    for one in old:
        till.took_back(
            one, chief, purpose=EXCHANGE, tender="", credited_minor=PRICE, credited_to="ab" * 16
        )
    till.sold([new], SalePayment(kind="exchange", amount_minor=2 * PRICE), sale_id="ab" * 16)
    for count in range(1, 5):
        await till.office.exchanged(till.device, till.device.journal.entries[:count])
    found = [one for one in await till.office.conflicts() if "exchange" in one["detail"]]
    assert found == []


async def test_a_void_of_an_earlier_shift_goes_back_by_the_terms(
    desk: tuple[Desk, Chief],
) -> None:
    """Of the open shift all goes back, of another one what a refund would give."""
    till, _ = desk
    office = till.office
    assert (await say_terms(office, *rules_of(office.now))).status_code == 200
    till.cursor = await heard(till)
    first, second = till.mint(1), till.mint(2)
    for number, ticket in enumerate((first, second), start=1):
        opened = ShiftBody(
            shift_id=f"{number}" * 32,
            number=number,
            act=ShiftAct.OPEN,
            amount_minor=0,
            currency="EUR",
            cashier="ca_1",
        )
        till.device.journal.add(opened, office.event_id, office.now)
        till.sold([ticket], SalePayment(kind="cash", amount_minor=PRICE), shift_id=opened.shift_id)
    for ticket in (second, first):
        till.took_back(ticket, None, purpose=Purpose.VOID.value, shift_id="2" * 32)
    await till.sync()
    found = [one for one in await office.conflicts() if one["kind"] == "payout_mismatch"]
    assert [one["ticket_id"] for one in found] == [format_ticket_id(first.ticket_id)]


async def test_what_an_exchange_pays_back_follows_the_refund_terms(
    desk: tuple[Desk, Chief],
) -> None:
    """Else whoever may have nothing back takes a cheaper ticket, and the difference."""
    till, _ = desk
    office = till.office
    nothing = {**rules_of(office.now)[0], "percent_points": 0}
    assert (await say_terms(office, nothing)).status_code == 200
    till.cursor = await heard(till)
    old, new = till.mint(1), till.mint(2, price=100)
    till.sold([old], SalePayment(kind="cash", amount_minor=PRICE))
    till.took_back(
        old, None, purpose=EXCHANGE, tender="cash", credited_minor=100, credited_to="ab" * 16
    )
    till.sold([new], SalePayment(kind="exchange", amount_minor=100), sale_id="ab" * 16)
    office.office.clock.advance(HOUR // 2)
    await till.sync()
    found = [one for one in await office.conflicts() if one["kind"] == "payout_mismatch"]
    assert [one["ticket_id"] for one in found] == [format_ticket_id(old.ticket_id)]


async def test_coins_are_no_reason_to_name_a_till(desk: tuple[Desk, Chief]) -> None:
    """Half of 25.00 less 1.01 is 11.49: the drawer has coins of five, and pays 11.50."""
    till, _ = desk
    office = till.office
    rule = {**rules_of(office.now)[0], "fee_minor": 101}
    body = {"pricing": {"refunds": [rule], "country": "FI"}}
    answer = await office.office.call("PATCH", office.path, office.owner, json=body)
    assert answer.status_code == 200, answer.text
    till.cursor = await heard(till)
    first, second = till.mint(1), till.mint(2)
    for ticket in (first, second):
        till.sold([ticket], SalePayment(kind="cash", amount_minor=PRICE))
    till.took_back(first, None, amount_minor=1_150)
    till.took_back(second, None, amount_minor=1_155)
    await till.sync()
    found = [one for one in await office.conflicts() if one["kind"] == "payout_mismatch"]
    assert [one["ticket_id"] for one in found] == [format_ticket_id(second.ticket_id)]

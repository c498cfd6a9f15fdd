"""What goes back for tickets: coins that there are, and never more than was paid."""

from __future__ import annotations

import msgspec
import pytest

from gatekeeper.boxoffice.paying_back import Share, exchanged, payable
from gatekeeper.boxoffice.sold_tickets import OwnTicket
from shared.journal.sale_body import SaleBody, SaleLine, SalePayment, SoldTicket
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, TicketId

STEP = 5


def sale_of(prices: list[int], paid: int) -> SaleBody:
    """Make a sale that was paid in cash."""
    total = sum(prices)
    tickets = tuple(
        SoldTicket(
            ticket_id=TicketId(number),
            ticket_type_code=1,
            generation=0,
            key_id=1,
            manual_code=number,
            valid_from=None,
            valid_until=None,
            price_minor=price,
        )
        for number, price in enumerate(prices)
    )
    return SaleBody(
        sale_id="s",
        receipt_number=1,
        currency="CHF",
        total_minor=total,
        tender="cash",
        tickets=tickets,
        lines=(SaleLine(ticket_type_code=1, count=len(prices), unit_minor=prices[0]),),
        payments=(SalePayment(kind="cash", amount_minor=paid),),
        rounding_minor=paid - total,
    )


def taken(ticket: SoldTicket, amount: int) -> WithdrawalBody:
    """Make the withdrawal of a ticket."""
    return WithdrawalBody(
        claim_id=ClaimId(f"{ticket.ticket_id}"),
        ticket_id=ticket.ticket_id,
        generation=0,
        purpose="refund",
        mode="online",
        amount_minor=amount,
        tender="cash",
    )


@pytest.mark.parametrize(
    ("prices", "paid"),
    [([6_431], 6_430), ([10_037] * 3, 30_110), ([3_925, 3_924, 3_924], 11_775), ([2_500], 2_500)],
)
def test_sale_that_is_given_back_comes_to_what_was_paid(prices: list[int], paid: int) -> None:
    """At once, or ticket by ticket in any order; each amount can be handed over in coins."""
    sale = sale_of(prices, paid)
    own = [OwnTicket(ticket, sale) for ticket in sale.tickets]
    assert sum(payable(own, prices, [], "cash", STEP)) == paid
    earlier: list[WithdrawalBody] = []
    for one in reversed(own):
        (amount,) = payable([one], [one.ticket.price_minor], earlier, "cash", STEP)
        assert amount % STEP == 0
        earlier.append(taken(one.ticket, amount))
    assert sum(one.amount_minor for one in earlier) == paid


def test_refund_terms_that_keep_a_part_keep_it_of_the_last_ticket_as_well() -> None:
    """What the first holders did not get back is not paid out to the last one."""
    sale = sale_of([2_000, 2_000], 4_000)
    first, second = (OwnTicket(ticket, sale) for ticket in sale.tickets)
    earlier = [taken(first.ticket, 1_000)]
    assert payable([second], [1_000], earlier, "cash", STEP) == [1_000]
    assert payable([second], [2_000], earlier, "cash", STEP) == [2_000]


def test_card_gives_back_the_exact_amount_and_no_more_than_was_paid() -> None:
    """Of a sale that cash had rounded down, what was paid."""
    sale = sale_of([6_431], 6_430)
    one = OwnTicket(sale.tickets[0], sale)
    assert payable([one], [6_431], [], "card", STEP) == [6_430]
    sale = msgspec.structs.replace(sale, rounding_minor=0)
    one = OwnTicket(sale.tickets[0], sale)
    assert payable([one], [6_431], [], "card", STEP) == [6_431]


def test_exchange_for_less_gives_the_difference_back_in_coins() -> None:
    """Of 64.31, for which 64.30 were paid, 40.13 pay for another ticket and 24.15 go back."""
    sale = sale_of([6_431], 6_430)
    own = [OwnTicket(sale.tickets[0], sale)]
    assert exchanged(own, 4_013, [], "cash", STEP) == [Share(4_013, 2_415)]
    assert exchanged(own, 4_013, [], "card", STEP) == [Share(4_013, 2_417)]
    assert exchanged(own, 9_000, [], "", STEP) == [Share(6_430, 0)]


def test_several_tickets_in_exchange_pay_one_after_the_other() -> None:
    """The first ones pay, the last ones go back; together they are what was paid."""
    sale = sale_of([2_002, 2_001], 4_005)
    own = [OwnTicket(ticket, sale) for ticket in sale.tickets]
    assert exchanged(own, 2_500, [], "card", STEP) == [Share(2_002, 0), Share(498, 1_505)]
    earlier = [taken(sale.tickets[0], 2_000)]
    assert exchanged(own[1:], 0, earlier, "cash", STEP) == [Share(0, 2_005)]

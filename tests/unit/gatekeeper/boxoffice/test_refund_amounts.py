"""What goes back for tickets: coins that there are, and never more than was paid."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.boxoffice.refund_amounts import Share, exchanged, payable, payable_in_parts
from gatekeeper.boxoffice.tickets_with_payments import OwnTicket
from shared.journal.sale_body import SaleBody, SaleLine, SalePayment, SoldTicket
from shared.journal.withdrawal_body import PaidBack, WithdrawalBody
from shared.kernel.id_types import ClaimId, TicketId
from shared.sales.cash_rounding import round_cash

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


def in_parts(prices: list[int], *parts: PaidBack) -> list[OwnTicket]:
    """Make a sale that was paid in parts."""
    sale = sale_of(prices, sum(one.amount_minor for one in parts))
    payments = tuple(SalePayment(kind=one.tender, amount_minor=one.amount_minor) for one in parts)
    sale = msgspec.structs.replace(sale, payments=payments)
    return [
        OwnTicket(ticket, sale, paid=tuple((one,) for one in parts)) for ticket in sale.tickets
    ]


def went_back(
    one: OwnTicket, parts: tuple[PaidBack, ...], purpose: str = "refund"
) -> WithdrawalBody:
    """Make the withdrawal of a ticket that went back in parts."""
    body = taken(one.ticket, sum(part.amount_minor for part in parts))
    return msgspec.structs.replace(body, tender="split", parts=parts, purpose=purpose)


VOUCHER_AND_CASH = (PaidBack("voucher", 2_000), PaidBack("cash", 3_000))


def test_a_part_goes_back_where_it_came_from_the_last_one_first() -> None:
    """A voucher is not turned into cash, and no cash into more of it."""
    own = in_parts([2_500, 2_500], *VOUCHER_AND_CASH)
    both = payable_in_parts(own, [2_500, 2_500], [], STEP)
    assert both == [
        (PaidBack("cash", 2_500),),
        (PaidBack("cash", 500), PaidBack("voucher", 2_000)),
    ]
    first, second = own
    earlier = [went_back(first, both[0])]
    assert payable_in_parts([second], [2_500], earlier, STEP) == both[1:]


def test_a_difference_goes_back_where_it_came_from_and_what_it_paid_for_is_gone_too() -> None:
    """Of cash that was paid last; the other ticket has what is left of each part."""
    first, second = in_parts([2_500, 2_500], *VOUCHER_AND_CASH)
    (share,) = exchanged([first], 1_000, [], "split", STEP)
    assert share == Share(1_000, 1_500, (PaidBack("cash", 1_500),))
    given = msgspec.structs.replace(
        went_back(first, share.parts, "exchange"), amount_minor=2_500, credited_minor=1_000
    )
    assert payable_in_parts([second], [2_500], [given], STEP) == [
        (PaidBack("cash", 500), PaidBack("voucher", 2_000))
    ]
    both = exchanged([first, second], 1_000, [], "split", STEP)
    assert [one.parts for one in both] == [
        (PaidBack("cash", 1_500),),
        (PaidBack("cash", 500), PaidBack("voucher", 2_000)),
    ]


def test_a_difference_in_coins_and_what_it_pays_for_are_never_more_than_was_paid() -> None:
    """Of 40.99 that are left 25.00 pay for another ticket: 16.00 would be a cent too much."""
    (one,) = in_parts([4_100], PaidBack("card", 34), PaidBack("cash", 4_065))
    one = msgspec.structs.replace(one, sale=msgspec.structs.replace(one.sale, rounding_minor=-1))
    (share,) = exchanged([one], 2_500, [], "split", STEP)
    assert share == Share(2_500, 1_595, (PaidBack("cash", 1_595),))


def test_what_went_back_otherwise_goes_back_no_second_time() -> None:
    """A supervisor paid the first ticket out in cash beyond what cash had paid."""
    first, second = in_parts([2_500, 2_500], PaidBack("voucher", 3_000), PaidBack("cash", 2_000))
    earlier = [taken(first.ticket, 2_500)]
    assert payable_in_parts([second], [2_500], earlier, STEP) == [(PaidBack("voucher", 2_500),)]


def test_what_the_terms_keep_is_kept_of_the_part_that_was_paid_first() -> None:
    """And coins are whole."""
    (one,) = in_parts([6_432], PaidBack("card", 3_432), PaidBack("cash", 3_000))
    assert payable_in_parts([one], [3_216], [], STEP) == [
        (PaidBack("cash", 3_000), PaidBack("card", 216))
    ]
    assert payable_in_parts([one], [1_003], [], STEP) == [(PaidBack("cash", 1_005),)]


def test_what_is_left_of_cash_beside_an_exchange_goes_back_in_coins() -> None:
    """Of 49.05 in cash 10.01 pay for another ticket and 15.00 went back: 24.04 no coins make."""
    first, second = in_parts([2_503, 2_503], PaidBack("card", 101), PaidBack("cash", 4_905))
    (share,) = exchanged([first], 1_001, [], "split", STEP)
    assert share == Share(1_001, 1_500, (PaidBack("cash", 1_500),))
    given = msgspec.structs.replace(
        went_back(first, share.parts, "exchange"), amount_minor=2_501, credited_minor=1_001
    )
    assert payable_in_parts([second], [2_503], [given], STEP) == [
        (PaidBack("cash", 2_400), PaidBack("card", 101))
    ]


def test_cash_goes_back_in_coins_of_a_sale_that_no_cash_has_paid() -> None:
    """By a supervisor's word, all of it: never more than was paid."""
    (card,) = in_parts([2_503], PaidBack("card", 2_503))
    assert payable([card], [2_503], [], "cash", STEP) == [2_500]
    assert exchanged([card], 1_000, [], "cash", STEP) == [Share(1_000, 1_500)]
    (card,) = in_parts([2_504], PaidBack("card", 2_504))
    assert payable([card], [2_504], [], "cash", STEP) == [2_500]
    assert exchanged([card], 1_000, [], "cash", STEP) == [Share(1_000, 1_500)]


def test_smaller_coins_that_were_laid_down_go_back_to_who_takes_the_last_ticket_back() -> None:
    """The drawer has them: 50.06 were laid down to the last coin."""
    own = in_parts([2_503, 2_503], PaidBack("cash", 5_006))
    assert payable(own, [2_503, 2_503], [], "cash", STEP) == [2_505, 2_501]
    assert payable_in_parts(own, [2_503, 2_503], [], STEP) == [
        (PaidBack("cash", 2_505),),
        (PaidBack("cash", 2_501),),
    ]


def test_no_rest_of_cash_stays_before_a_voucher_that_had_paid_the_same_ticket() -> None:
    """The books take a payment from its beginning: the voucher's part would begin in that."""
    (one,) = in_parts([2_904], PaidBack("exchange", 2_904))
    one = msgspec.structs.replace(one, paid=((PaidBack("cash", 2_404), PaidBack("voucher", 500)),))
    assert payable_in_parts([one], [2_904], [], STEP) == [
        (PaidBack("cash", 2_405), PaidBack("voucher", 499))
    ]


@given(st.data())
def test_no_tender_gives_back_more_than_it_has_paid_and_all_of_it_in_the_end(
    data: st.DataObject,
) -> None:
    """Whichever tickets go back at once, in whatever order, and whoever asks."""
    prices = data.draw(st.lists(st.integers(1, 9_999), min_size=1, max_size=5))
    due, parts = sum(prices), list[PaidBack]()
    for tender in data.draw(st.permutations(["voucher", "card"])):
        amount = data.draw(st.integers(0, due))
        due -= amount
        parts += [PaidBack(tender, amount)] if amount else []
    cash = round_cash(due, STEP)
    parts += [PaidBack("cash", cash)] if cash else []
    own = data.draw(st.permutations(in_parts(prices, *parts)))
    earlier: list[WithdrawalBody] = []
    while own:
        count = data.draw(st.integers(1, len(own)))
        now, own = own[:count], own[count:]
        back = payable_in_parts(now, [one.ticket.price_minor for one in now], earlier, STEP)
        earlier += map(went_back, now, back)
    gone = Counter[str]()
    for body in earlier:
        for part in body.paid_out_by():
            gone[part.tender] += part.amount_minor
    assert gone == Counter({one.tender: one.amount_minor for one in parts})


def test_an_entrys_parts_come_to_what_was_paid_out_whatever_they_say() -> None:
    """A changed till says more than it paid out, or less: the drawer counts what was paid."""
    (one,) = in_parts([2_500], *VOUCHER_AND_CASH)
    body = went_back(one, VOUCHER_AND_CASH)
    more = msgspec.structs.replace(body, amount_minor=2_500)
    assert list(more.paid_out_by()) == [PaidBack("voucher", 2_000), PaidBack("cash", 500)]
    less = msgspec.structs.replace(body, amount_minor=6_000)
    assert list(less.paid_out_by())[2:] == [PaidBack("split", 1_000)]

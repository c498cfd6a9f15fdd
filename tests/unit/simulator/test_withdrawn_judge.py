"""What the judge of tickets taken back says of rests below a coin, and of parts."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from shared.journal.sale_body import SaleBody, SaleLine, SalePayment, SoldTicket
from shared.journal.withdrawal_body import PaidBack, WithdrawalBody
from shared.kernel.id_types import ClaimId, TicketId
from simulator.boxoffice.paid_in_parts import Part, Purses, kept_by
from simulator.checkers.withdrawn import _exchanged, _in_parts, _went

PRICE: Final = 684
PAID: Final = 685
"""What a price of 684 costs where cash goes in steps of five."""
STEP: Final = 5
TICKET: Final = TicketId(7)


def sold(*payments: SalePayment) -> SaleBody:
    """One ticket for 684, paid as said."""
    ticket = SoldTicket(
        ticket_id=TICKET,
        ticket_type_code=1,
        generation=0,
        key_id=1,
        manual_code=1,
        valid_from=None,
        valid_until=None,
        price_minor=PRICE,
    )
    return SaleBody(
        sale_id="5" * 32,
        receipt_number=1,
        currency="CHF",
        total_minor=PRICE,
        tender=payments[0].kind,
        tickets=(ticket,),
        payments=payments,
        rounding_minor=PAID - PRICE,
    )


def exchanged(sale: SaleBody, credited: int, back: int, tender: str) -> list[str]:
    """Say what is found where so much pays for another ticket, and so much goes back."""
    body = WithdrawalBody(
        claim_id=ClaimId("dv_1.1"),
        ticket_id=TICKET,
        generation=0,
        purpose="exchange",
        mode="online",
        reason="guest",
        amount_minor=credited + back,
        tender=tender,
        credited_minor=credited,
    )
    return list(_exchanged(sale, sale.tickets[0], {}, body, STEP))


def cash(amount: int, state: str = "paid") -> SalePayment:
    return SalePayment(kind="cash", amount_minor=amount, state=state)


@pytest.mark.parametrize(("kind", "is_found"), [("cash", False), ("voucher", True)])
def test_what_cash_was_rounded_up_by_is_worth_no_coin(kind: str, *, is_found: bool) -> None:
    """An exchange for as much gives nothing back: no coin is so small, a voucher has it."""
    sale = sold(SalePayment(kind=kind, amount_minor=PAID))
    assert bool(exchanged(sale, PRICE, 0, "")) == is_found
    assert exchanged(sale, PRICE, 1, "voucher") == []
    assert exchanged(sale, PRICE, 1, "cash"), "a coin that there is not"


def test_cash_that_was_handed_back_lies_in_no_drawer() -> None:
    """Small coins go back where they were laid down for that sale, and the customer left them."""
    left, small = cash(PAID - 4), cash(PAID - 4, "reversed")
    card = SalePayment(kind="card", amount_minor=PAID)
    assert exchanged(sold(left, SalePayment(kind="card", amount_minor=4)), 604, 81, "cash") == []
    assert exchanged(sold(small, card), 604, 81, "cash"), "small coins that nobody has left"
    assert exchanged(sold(small, card), 604, 80, "cash") == []


def in_parts(*parts: Part, credited: int = 0) -> WithdrawalBody:
    """What a till says of one ticket that goes back by several tenders."""
    out = sum(amount for _, amount in parts)
    return WithdrawalBody(
        claim_id=ClaimId("dv_1.2"),
        ticket_id=TICKET,
        generation=0,
        purpose="exchange" if credited else "refund",
        mode="online",
        amount_minor=out + credited,
        tender="split",
        credited_minor=credited,
        credited_to="6" * 32 if credited else "",
        parts=tuple(PaidBack(*one) for one in parts),
    )


def judged(sale: SaleBody, *parts: Part, gone: tuple[Part, ...] = ()) -> list[str]:
    """Say what is found where a ticket of two for 684 goes back, the other one before or not."""
    other = TicketId(8)
    tickets = (sale.tickets[0], msgspec.structs.replace(sale.tickets[0], ticket_id=other))
    line = SaleLine(ticket_type_code=1, count=2, unit_minor=PRICE)
    both = msgspec.structs.replace(
        sale, tickets=tickets, lines=(line,), total_minor=2 * PRICE, rounding_minor=0
    )
    before = {int(other): list(gone)} if gone else {}
    return list(_went(both, tickets[0], before, in_parts(*parts), STEP, is_plain=True))


def test_what_was_paid_last_goes_back_first() -> None:
    """Each by what it paid, and the other one's parts are gone by then."""
    sale = sold(SalePayment(kind="card", amount_minor=1_000), cash(368))
    assert judged(sale, ("cash", 368), ("card", 316)) == []
    assert judged(sale, ("card", 684)), "what was paid first goes first"
    assert judged(sale, ("cash", 370), ("card", 314)), "coins that nobody has laid down"
    assert judged(sale, ("card", 684), gone=(("cash", 368), ("card", 316))) == []
    assert judged(sale, ("cash", 300), ("card", 384), gone=(("cash", 368), ("card", 316)))
    assert judged(sale, ("card", 600), gone=(("cash", 368), ("card", 316))), "a rest is kept"


def test_parts_are_all_that_went_back() -> None:
    """Of a sale of which nobody can say whose part is whose they come to what is due at least."""
    whole = in_parts(("cash", 300), ("voucher", 384))
    assert list(_in_parts(whole, PRICE, None, STEP)) == []
    assert list(_in_parts(msgspec.structs.replace(whole, parts=()), PRICE, None, STEP))
    assert list(_in_parts(whole, PRICE - 50, None, STEP))


def test_a_chain_of_exchanges_gives_back_by_each_no_more_than_it_took() -> None:
    """A voucher paid for a ticket that paid for another one: it has that much back."""
    sale = sold(SalePayment(kind="voucher", amount_minor=300), cash(384))
    for amount, is_found in ((300, False), (301, True)):
        purses = Purses()
        purses.come(sale.sale_id, kept_by(sale).items())
        purses.come("6" * 32, [("exchange", 600), ("card", 84)])
        purses.go(sale.sale_id, in_parts(("cash", 84), credited=600))
        purses.go("6" * 32, in_parts(("card", 84), ("voucher", amount), ("cash", 600 - amount)))
        assert bool(purses.overdrawn(STEP)) == is_found

"""What the judge of tickets taken back says of a rest that is worth less than a coin."""

from __future__ import annotations

from typing import Final

import pytest

from shared.journal.sale_body import SaleBody, SalePayment, SoldTicket
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, TicketId
from simulator.checkers.withdrawn import _exchanged

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

"""By what sales were paid for good, through exchanges, as the ledger books it."""

from __future__ import annotations

from typing import Any

from gatekeeper.boxoffice.payments_through_exchanges import PaidTrail, take
from shared.journal.sale_body import SaleBody, SalePayment, SoldTicket
from shared.journal.withdrawal_body import PaidBack, WithdrawalBody
from shared.kernel.id_types import ClaimId, TicketId

CARD, CASH, VOUCHER = (PaidBack(kind, 1_000) for kind in ("card", "cash", "voucher"))


def sale(name: str, tickets: list[int], *payments: PaidBack) -> SaleBody:
    """Make a sale of tickets that cost the same."""
    total = sum(one.amount_minor for one in payments)
    return SaleBody(
        sale_id=name,
        receipt_number=1,
        currency="EUR",
        total_minor=total,
        tender="split",
        tickets=tuple(
            SoldTicket(
                ticket_id=TicketId(number),
                ticket_type_code=1,
                generation=0,
                key_id=1,
                manual_code=number,
                valid_from=None,
                valid_until=None,
                price_minor=total // len(tickets),
            )
            for number in tickets
        ),
        payments=tuple(
            SalePayment(kind=one.tender, amount_minor=one.amount_minor) for one in payments
        ),
    )


def gone(ticket: int, amount: int, **said: Any) -> WithdrawalBody:
    """Make a withdrawal by which money goes back, or pays for another sale."""
    return WithdrawalBody(
        claim_id=ClaimId(f"{ticket}"),
        ticket_id=TicketId(ticket),
        generation=0,
        mode="online",
        amount_minor=amount,
        **{"purpose": "exchange"} | said,
    )


def paid(name: str, sales: list[SaleBody], *withdrawals: WithdrawalBody) -> list[list[PaidBack]]:
    """Return what a sale was paid by."""

    def payments(one: SaleBody) -> list[PaidBack]:
        return [PaidBack(it.kind, it.amount_minor) for it in one.payments]

    found = next(one for one in sales if one.sale_id == name)
    return PaidTrail(sales, withdrawals, payments).paid(found)


def test_what_goes_back_is_off_its_own_tender_then_off_what_was_paid_last() -> None:
    """Of two by the same tender the last one, and of one payment its beginning."""
    left = [[CARD], [CASH, VOUCHER], [CARD]]
    assert take(left, "card", 1_500) == [PaidBack("card", 1_500)]
    assert left == [[PaidBack("card", 500)], [CASH, VOUCHER], []]
    assert take(left, "card", 1_200) == [PaidBack("card", 500), PaidBack("cash", 700)]
    assert left == [[], [PaidBack("cash", 300), VOUCHER], []]


def test_a_ticket_is_paid_by_what_the_one_before_it_was_paid_by() -> None:
    """Through two exchanges; what has gone back of the first sale before is not in it."""
    sales = [
        sale("a", [1, 2], VOUCHER, CARD, CASH),
        sale("b", [3], PaidBack("exchange", 1_500), CASH),
        sale("c", [4], PaidBack("exchange", 2_500)),
    ]
    back = gone(1, 1_500, purpose="refund", tender="cash")
    first = gone(2, 1_500, credited_minor=1_500, credited_to="b")
    second = gone(3, 2_500, credited_minor=2_500, credited_to="c")
    rest = [PaidBack("card", 500), VOUCHER]
    assert paid("b", sales, back, first, second) == [rest, [CASH]]
    assert paid("c", sales, back, first, second) == [[CASH, *rest]]


def test_what_an_exchange_was_paid_by_is_not_made_up() -> None:
    """Of a ticket that this till's journal has lost nothing is known."""
    sales = [sale("b", [3], PaidBack("exchange", 1_500), CASH)]
    assert paid("b", sales) == [[PaidBack("exchange", 1_500)], [CASH]]

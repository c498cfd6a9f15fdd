"""By what a till's sales were paid for good, through whatever was exchanged for whatever. Pure.

The ledger books the same (`server/payments/till_payouts_on_payments.py`): what goes back is off
the payments of its own tender first, of those off the last, and then off the last of the others;
of one payment off its beginning. A payment by tickets in exchange is made of what those had paid,
in the order in which that was taken off their own sales.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import PaidBack, WithdrawalBody
from shared.kernel.id_types import TicketId
from shared.sales.shift_totals import PAYOUTS
from shared.sales.tenders import EXCHANGE

Payments = list[list[PaidBack]]
"""A sale's payments in the order paid: of each, what is left of it by each tender."""


def take(left: Payments, tender: str, amount_minor: int) -> list[PaidBack]:
    """Take what goes back by a tender off what is left; returns what that was."""
    places = range(len(left))
    order = sorted(places, key=lambda one: (any(it.tender == tender for it in left[one]), one))
    taken: list[PaidBack] = []
    for payment in (left[one] for one in reversed(order)):
        while payment and amount_minor > 0:
            first = payment.pop(0)
            share = min(first.amount_minor, amount_minor)
            amount_minor -= share
            taken.append(PaidBack(first.tender, share))
            if rest := first.amount_minor - share:
                payment.insert(0, PaidBack(first.tender, rest))
    return merge(taken)


def merge(parts: Iterable[PaidBack]) -> list[PaidBack]:
    """Say neighbours of one tender as one part."""
    merged: list[PaidBack] = []
    for one in parts:
        before = (
            merged.pop() if merged and merged[-1].tender == one.tender else PaidBack(one.tender, 0)
        )
        merged.append(PaidBack(one.tender, before.amount_minor + one.amount_minor))
    return merged


def credit_of(body: WithdrawalBody) -> PaidBack:
    """Return what of a ticket's money pays for another sale."""
    return PaidBack(EXCHANGE, body.given_minor)


class PaidTrail:
    """Follows the money of a till's sales through its withdrawals.

    Args:
        sales: All of them.
        withdrawals: Those by which money went back or paid for another sale, in order.
        payments_of: Tells a sale's payments, in the order paid.
    """

    def __init__(
        self,
        sales: Iterable[SaleBody],
        withdrawals: Iterable[WithdrawalBody],
        payments_of: Callable[[SaleBody], Sequence[PaidBack]],
    ) -> None:
        self._payments_of = payments_of
        self._sale_of = {one.ticket_id: sale for sale in sales for one in sale.tickets}
        self._credits: dict[str, list[PaidBack]] = {}
        self._left: dict[str, Payments] = {}
        for body in withdrawals:
            if body.purpose in PAYOUTS:
                self._take_back(body)

    def paid(self, sale: SaleBody) -> Payments:
        """Return a sale's payments as they were made; what is not known stays an exchange."""
        payments: Payments = []
        for one in self._payments_of(sale):
            roots = self._credits.get(sale.sale_id, []) if one.tender == EXCHANGE else []
            is_known = one.amount_minor == sum(it.amount_minor for it in roots)
            if one.amount_minor:
                payments.append(merge(roots) if is_known else [one])
        return payments

    def _take_back(self, body: WithdrawalBody) -> None:
        sale = self._sale_of.get(TicketId(body.ticket_id))
        if sale is None:
            return
        # Of a sale that tickets paid for, these stand before it, and before all that went back.
        left = self._left.setdefault(sale.sale_id, self.paid(sale))
        for part in body.paid_out_by():
            take(left, part.tender, part.amount_minor)
        credit = credit_of(body)
        taken = take(left, credit.tender, credit.amount_minor)
        if body.credited_to:
            self._credits.setdefault(body.credited_to, []).extend(taken)


def sum_of(left: Sequence[Sequence[PaidBack]]) -> int:
    """Return what is left in all, in minor units."""
    return sum(one.amount_minor for payment in left for one in payment)

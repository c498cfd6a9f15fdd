"""What a till hands over for tickets that it takes back: by which tender, and never too much.

A share of a price may be worth a part of a coin, and of a sale that was rounded in cash another
sum was paid than its tickets cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from gatekeeper.boxoffice.sold_tickets import OwnTicket
from gatekeeper.boxoffice.till_staff import TillStaff
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import TicketId
from shared.sales.cash_rounding import round_cash
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.shift import PAYOUTS
from shared.sales.tenders import CARD, CASH, KINDS, SPLIT

_NO_WAY_BACK = "it was paid by several tenders; name the one to pay it back by"


def tender_back(
    staff: TillStaff, own: Sequence[OwnTicket], wanted: str, authorized_by: str, reason: str
) -> str | Refusal:
    """Return by what something is paid back: as it was paid; another way takes a supervisor."""
    paid: set[str] = set().union(*(one.tenders for one in own))
    by_itself = paid.pop() if len(paid) == 1 else SPLIT
    tender = wanted or by_itself
    if tender not in KINDS:
        return Refusal(SaleReason.WRONG_TENDER, _NO_WAY_BACK)
    if tender not in {by_itself, CASH, CARD}:
        # A voucher takes back what it has paid, and no more: the rest would be nobody's.
        text = f"it was not paid by {tender} alone: pay back in cash, or to the card"
        return Refusal(SaleReason.WRONG_TENDER, text)
    if tender != by_itself and not (staff.is_supervisor(authorized_by) and reason):
        text = "paying back by another tender takes a supervisor, and a reason"
        return Refusal(SaleReason.NOT_ALLOWED, text)
    return tender


def payable(
    own: Sequence[OwnTicket],
    amounts: Sequence[int],
    earlier: Iterable[WithdrawalBody],
    tender: str,
    cash_step: int,
) -> list[int]:
    """Return what is paid out for each ticket, in minor units.

    Cash goes in whole coins. Whoever gives all of a sale back in full has back what was paid for
    it, rounding included, whether at once or ticket by ticket.

    Args:
        own: The tickets.
        amounts: What is due for each of them, exactly.
        earlier: The till's withdrawals so far.
        tender: By what it is paid out.
        cash_step: What cash is rounded to.
    """
    gone = {one.ticket_id: one.amount_minor for one in earlier if one.purpose in PAYOUTS}
    paid = []
    for one, due in zip(own, amounts, strict=True):
        gone.pop(one.ticket.ticket_id, None)  # of one that is taken back twice the ledger says so
        rest = _paid_for(one.sale) - sum(gone.get(it.ticket_id, 0) for it in one.sale.tickets)
        exact = rest if _ends_in_full(one, due, gone, cash_step) else due
        coins = round_cash(exact, cash_step) if tender == CASH else exact
        amount = max(0, min(coins, rest))
        gone[one.ticket.ticket_id] = amount
        paid.append(amount)
    return paid


def _paid_for(sale: SaleBody) -> int:
    return sale.total_minor + sale.rounding_minor


def _ends_in_full(one: OwnTicket, due: int, gone: dict[TicketId, int], step: int) -> bool:
    """Whether this is the last ticket of a sale that is given back for what it cost."""
    others = [it for it in one.sale.tickets if it.ticket_id != one.ticket.ticket_id]
    return due == one.ticket.price_minor and all(
        it.ticket_id in gone and 2 * abs(gone[it.ticket_id] - it.price_minor) <= step
        for it in others
    )


class Share(msgspec.Struct, frozen=True):
    """What becomes of one ticket's worth in an exchange, in minor units.

    Attributes:
        credited_minor: It pays so much of what is taken instead.
        back_minor: So much goes back.
    """

    credited_minor: int
    back_minor: int


def exchanged(
    own: Sequence[OwnTicket],
    due_minor: int,
    earlier: Iterable[WithdrawalBody],
    tender: str,
    cash_step: int,
    goes_back: Callable[[int], int] = lambda rest: rest,
) -> list[Share]:
    """Return what each ticket pays of what is taken instead, and what of it goes back.

    What it does not pay goes back as a refund would: else a cheaper ticket would buy off what the
    refund terms keep.

    Args:
        own: The tickets that are given back; the first ones pay.
        due_minor: What is taken instead costs.
        earlier: The till's withdrawals so far.
        tender: By what the difference goes back; cash goes in whole coins.
        cash_step: What cash is rounded to.
        goes_back: What the event's refund terms give of an amount.
    """
    gone = {one.ticket_id: one.amount_minor for one in earlier if one.purpose in PAYOUTS}
    shares = []
    for one in own:
        gone.pop(one.ticket.ticket_id, None)
        rest = _paid_for(one.sale) - sum(gone.get(it.ticket_id, 0) for it in one.sale.tickets)
        price = one.ticket.price_minor
        worth = max(0, rest if _ends_in_full(one, price, gone, cash_step) else min(price, rest))
        credited = min(worth, due_minor)
        due_minor -= credited
        back = goes_back(worth - credited)
        if tender == CASH:
            back = min(round_cash(back, cash_step), rest - credited)
        gone[one.ticket.ticket_id] = credited + back
        shares.append(Share(credited, back))
    return shares

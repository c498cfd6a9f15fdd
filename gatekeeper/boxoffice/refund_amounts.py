"""What a till hands over for tickets that it takes back: by which tender, and never too much.

A share of a price may be worth a part of a coin, and of a sale that was rounded in cash another
sum was paid than its tickets cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from gatekeeper.boxoffice.payments_through_exchanges import (
    Payments,
    credit_of,
    merge,
    sum_of,
    take,
)
from gatekeeper.boxoffice.tickets_with_payments import OwnTicket
from gatekeeper.boxoffice.till_staff import TillStaff
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import PARTS_MAX, PaidBack, WithdrawalBody
from shared.kernel.id_types import TicketId
from shared.sales.cash_rounding import round_cash
from shared.sales.price_check import REVERSED
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.shift_totals import PAYOUTS
from shared.sales.tenders import BACK, CARD, CASH, EXCHANGE, KINDS, SPLIT

_NO_WAY_BACK = f"it was paid in several ways; name the one to refund to, or {SPLIT}"
_NO_PARTS = (
    "this was paid partly by cash, card or voucher and is refunded the same way; name another"
    " tender"
)


def tender_back(
    staff: TillStaff,
    own: Sequence[OwnTicket],
    wanted: str,
    authorized_by: str,
    reason: str,
) -> str | Refusal:
    """Return by what something is paid back: as it was paid; another way takes a supervisor.

    Args:
        staff: Who is a supervisor.
        own: The tickets.
        wanted: The tender that is asked for; "" for the one that paid, `split` for each part by
            what paid it.
        authorized_by: Opaque id of who allows another one, or "".
        reason: Why, or "".
    """
    if wanted == SPLIT:
        if all(map(_is_known, own)):
            return SPLIT
        return Refusal(SaleReason.WRONG_TENDER, _NO_PARTS)
    paid: set[str] = set().union(*(one.tenders for one in own))
    by_itself = paid.pop() if len(paid) == 1 else SPLIT
    tender = wanted or by_itself
    if tender not in KINDS:
        return Refusal(SaleReason.WRONG_TENDER, _NO_WAY_BACK)
    if tender not in {by_itself, CASH, CARD}:
        # A voucher takes back what it has paid, and no more: the rest would be nobody's.
        text = f"it was not paid by {tender} alone: refund in cash or to the card"
        return Refusal(SaleReason.WRONG_TENDER, text)
    if tender != by_itself and not (staff.is_supervisor(authorized_by) and reason):
        text = "refunding by another tender needs a supervisor and a reason"
        return Refusal(SaleReason.NOT_ALLOWED, text)
    return tender


def _is_known(one: OwnTicket) -> bool:
    """Whether an entry can say all parts of a ticket's sale; one that cost nothing has none."""
    parts = [part for payment in one.paid for part in payment]
    return len(parts) <= PARTS_MAX and all(part.tender in BACK for part in parts)


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
        odd = _odd_coins(one.sale, cash_step)
        coins = _in_coins(exact, rest, cash_step, odd) if tender == CASH else min(exact, rest)
        amount = max(0, coins)
        gone[one.ticket.ticket_id] = amount
        paid.append(amount)
    return paid


def _paid_for(sale: SaleBody) -> int:
    return sale.total_minor + sale.rounding_minor


def _odd_coins(sale: SaleBody, step: int) -> int:
    """Return what of a sale's cash was laid down in smaller coins than cash is rounded to."""
    cash = (one for one in sale.payments if one.kind == CASH and one.state != REVERSED)
    return sum(one.amount_minor for one in cash) % step


def _in_coins(due_minor: int, left_minor: int, step: int, odd_minor: int) -> int:
    """Return what cash pays of what is due: coins that there are, and no more than is left.

    Smaller coins there are only of those that were laid down, for whoever has all that is left.
    """
    if due_minor == left_minor and left_minor % step == odd_minor:
        return due_minor
    coins = round_cash(due_minor, step)
    return coins if coins <= left_minor else left_minor // step * step


def _ends_in_full(one: OwnTicket, due: int, gone: dict[TicketId, int], step: int) -> bool:
    """Whether this is the last ticket of a sale that is given back for what it cost."""
    others = [it for it in one.sale.tickets if it.ticket_id != one.ticket.ticket_id]
    return due == one.ticket.price_minor and all(
        it.ticket_id in gone and 2 * abs(gone[it.ticket_id] - it.price_minor) <= step
        for it in others
    )


def payable_in_parts(
    own: Sequence[OwnTicket],
    amounts: Sequence[int],
    earlier: Iterable[WithdrawalBody],
    cash_step: int,
    credited: Sequence[int] = (),
) -> list[tuple[PaidBack, ...]]:
    """Return what is paid out for each ticket by each tender that has paid its sale.

    The part that was paid last goes back first, and each never beyond what it has paid.

    Args:
        own: The tickets.
        amounts: What is due for each of them, exactly, in minor units.
        earlier: The till's withdrawals so far.
        cash_step: What cash is rounded to.
        credited: What of each ticket pays for another one besides; nothing by default.
    """
    payouts = (one for one in earlier if one.purpose in PAYOUTS)
    gone = {one.ticket_id: (*one.paid_out_by(), credit_of(one)) for one in payouts}
    paid = []
    for one, due, credit in zip(own, amounts, credited or [0] * len(own), strict=True):
        gone.pop(one.ticket.ticket_id, None)
        left = _left_of(one, gone)
        rest = sum_of(left)
        sums = {ticket: sum(it.amount_minor for it in parts) for ticket, parts in gone.items()}
        still = rest if _ends_in_full(one, due, sums, cash_step) else min(due, rest)
        odd = _odd_coins(one.sale, cash_step)
        parts = _take_last(left, still, cash_step, rest - credit, odd)
        gone[one.ticket.ticket_id] = (*parts, PaidBack(EXCHANGE, credit))
        paid.append(tuple(parts))
    return paid


def _left_of(one: OwnTicket, gone: Mapping[TicketId, Sequence[PaidBack]]) -> Payments:
    """Return what has not gone back of a sale's payments, as the ledger books it."""
    left = [list(payment) for payment in one.paid]
    tickets = {ticket.ticket_id for ticket in one.sale.tickets}
    for ticket_id, parts in gone.items():
        for part in parts if ticket_id in tickets else ():
            take(left, part.tender, part.amount_minor)
    return left


def _take_last(
    left: Payments, due_minor: int, cash_step: int, room_minor: int, odd_minor: int
) -> list[PaidBack]:
    """Take an amount off the payment that was made last, then off those before it.

    Of a payment its beginning goes first. Cash goes in whole coins, never beyond what is left of
    it, nor beyond the room beside what pays for another ticket: what they leave is not due.
    """
    parts: list[PaidBack] = []
    for payment in reversed(left):
        while payment and due_minor > 0:
            tender, whole = payment[0].tender, payment[0].amount_minor
            share = most = min(whole, due_minor)
            if tender == CASH:
                share = _coins_of(payment, due_minor, room_minor, cash_step, odd_minor)
            due_minor -= max(share, most)
            room_minor -= share
            take(left, tender, share)
            parts.append(PaidBack(tender, share))
            if share < whole:
                break
    return merge(one for one in parts if one.amount_minor)


def _coins_of(
    payment: Sequence[PaidBack], due_minor: int, room_minor: int, step: int, odd_minor: int
) -> int:
    """Return what cash pays that stands at a payment's beginning.

    The books count a payment from there: no rest that is worth no coin may stay before what
    another tender has paid of it, so that one has the less.
    """
    whole = payment[0].amount_minor
    up = -(-whole // step) * step
    if len(payment) > 1 and whole < due_minor and up <= min(due_minor, room_minor):
        return min(up, sum_of([payment]) // step * step)
    return _in_coins(min(whole, due_minor), min(whole, room_minor), step, odd_minor)


class Share(msgspec.Struct, frozen=True):
    """What becomes of one ticket's worth in an exchange, in minor units.

    Attributes:
        credited_minor: It pays so much of what is taken instead.
        back_minor: So much goes back.
        parts: By which tenders, where it goes back by several.
    """

    credited_minor: int
    back_minor: int
    parts: tuple[PaidBack, ...] = ()


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
        tender: By what the difference goes back: cash in whole coins, `split` by what has paid.
        cash_step: What cash is rounded to.
        goes_back: What the event's refund terms give of an amount.
    """
    before = [one for one in earlier if one.purpose in PAYOUTS]
    gone = {one.ticket_id: one.amount_minor for one in before}
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
            odd = _odd_coins(one.sale, cash_step)
            back = _in_coins(back, rest - credited, cash_step, odd)
        gone[one.ticket.ticket_id] = credited + back
        shares.append(Share(credited, back))
    return _in_parts(own, shares, before, cash_step) if tender == SPLIT else shares


def _in_parts(
    own: Sequence[OwnTicket],
    shares: Sequence[Share],
    earlier: Sequence[WithdrawalBody],
    cash_step: int,
) -> list[Share]:
    """Say by which tenders a difference goes back: the part that was paid last goes first."""
    backs, credited = zip(*((one.back_minor, one.credited_minor) for one in shares), strict=True)
    found = payable_in_parts(own, backs, earlier, cash_step, credited)
    return [
        Share(credit, sum(one.amount_minor for one in parts), parts)
        for credit, parts in zip(credited, found, strict=True)
    ]

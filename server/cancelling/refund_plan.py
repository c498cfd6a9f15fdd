"""How an order's money goes back when its event is cancelled; pure.

The preview and the run take the same plan, so that what was shown is what is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from server.payments.payment_states import Covered
from shared.sales.tenders import CASH, VOUCHER

_NONE: Final = Covered()
BY_THE_TENDER: Final = frozenset({CASH, "card", "transfer", "online"})
"""Tenders by which the organizer sends money back, and says when it has gone."""


class OpenPayment(msgspec.Struct, frozen=True, kw_only=True):
    """What may still go back of one payment.

    Attributes:
        is_good: Of a voucher: it can be spent, once it is filled again.
    """

    id: str
    tender: str
    open_minor: int
    is_good: bool = False


class RefundPlan(msgspec.Struct, frozen=True):
    """Where an order's money goes; amounts in minor units.

    Attributes:
        shares: Payments with what goes back of each, in the order they were given.
        at_till_minor: In cash at a till, against each ticket.
        left_minor: What is owed, and cannot go back without a person.
    """

    shares: Sequence[tuple[OpenPayment, int]] = ()
    at_till_minor: int = 0
    left_minor: int = 0


def plan_refund(
    tickets_minor: int,
    earlier_minor: int,
    payments: Sequence[OpenPayment],
    *,
    rounding_minor: int,
    by_office: bool,
    covered: Covered = _NONE,
) -> RefundPlan:
    """Share what is owed among an order's payments.

    Args:
        tickets_minor: What the tickets cost that are good until now.
        earlier_minor: What was owed before and has not gone back.
        payments: What may go back of each, the newest first.
        rounding_minor: What cash rounding added to the order's sum or took off it.
        by_office: Cash alone goes back by the office as well, and by no till.
        covered: What disputes took back: for good, which is not owed any more; or may, which
            waits for a person.
    """
    if covered.lost_minor or covered.open_minor:
        debt = max(0, tickets_minor + earlier_minor - covered.lost_minor)
        held = min(debt, covered.open_minor)
        plan = plan_refund(debt - held, 0, payments, rounding_minor=rounding_minor, by_office=True)
        return msgspec.structs.replace(plan, left_minor=plan.left_minor + held)
    good = [one for one in payments if one.open_minor > 0]
    coins = max(0, -rounding_minor)
    if not by_office and good and tickets_minor and all(one.tender == CASH for one in good):
        shares, _, _ = _share(earlier_minor, good)
        most = sum(one.open_minor for one in good) - earlier_minor
        at_till = max(0, min(tickets_minor, most))
        left = tickets_minor - at_till + earlier_minor - sum(share for _, share in shares)
        return RefundPlan(shares, at_till, max(0, left - coins))
    shares, stuck, left = _share(tickets_minor + earlier_minor, good)
    return RefundPlan(shares, 0, stuck + max(0, left - coins))


def _share(
    due_minor: int, good: Sequence[OpenPayment]
) -> tuple[list[tuple[OpenPayment, int]], int, int]:
    """Let as much go back of each payment as there is.

    Returns:
        The shares, what is stuck in payments that nothing goes back of by itself, and what is
        left.
    """
    left, shares, stuck = due_minor, [], 0
    for one in good:
        share = min(left, one.open_minor)
        if not share:
            continue
        left -= share
        if one.tender in BY_THE_TENDER or (one.tender == VOUCHER and one.is_good):
            shares.append((one, share))
        else:
            stuck += share
    return shares, stuck, left


def limit_closed(owed_minor: int, payments: Sequence[OpenPayment], lost_minor: int) -> int:
    """Return what still goes back of an order that was over before its event was.

    Args:
        owed_minor: What its tickets, and what came too late for it, leave to go back.
        payments: What may go back of each. Of what was never booked as paid, nobody can say
            whether it went back; it is no matter of the event's end.
        lost_minor: What disputes took for good: it is taken off what is owed afterwards.
    """
    return min(owed_minor, lost_minor + sum(max(0, one.open_minor) for one in payments))

"""What a till pays back, before anybody has agreed to it: as the event's refund terms say.

The engine decides it (`gatekeeper/boxoffice/paying_back.py`); this says the same beforehand, for a
ticket that is taken back cannot be given again to a guest who had counted on more.
"""

from __future__ import annotations

from gatekeeper.boxoffice.past_sales import PastSale
from gatekeeper.boxoffice.paying_back import MoneyOfSale, in_coins, pay_one
from gatekeeper.presenters.till.state import TillState
from shared.sales.refund_terms import money_back
from shared.sales.tenders import CASH


def refunded(state: TillState, past: PastSale, tender: str, *, is_void: bool) -> tuple[int, ...]:
    """Return what goes back for each chosen ticket of a sale, in minor units.

    Args:
        state: Where the window stands.
        past: The sale.
        tender: By what it would be paid back; cash goes in whole coins. In parts the coins of
            one of them may be fewer.
        is_void: The sale is undone in its own shift, which no terms touch.
    """
    plan, now = state.facts.plan, state.facts.now
    gone = {one.ticket_id: one.back_minor for one in past.tickets if one.is_gone}
    sale = MoneyOfSale(
        paid_minor=past.total_minor + past.rounding_minor,
        cash_minor=past.cash_minor,
        prices={one.ticket_id: one.price_minor for one in past.tickets},
        gone=gone,
    )
    amounts = []
    for one in past.tickets:
        if one.ticket_id not in state.picked:
            continue
        due = one.price_minor if is_void else money_back(plan.refunds, one.price_minor, now)
        gone[one.ticket_id] = pay_one(sale, one.ticket_id, due, tender, plan.cash_step_minor)
        amounts.append(gone[one.ticket_id])
    return tuple(amounts)


def kept(state: TillState, past: PastSale, *, is_void: bool) -> int:
    """Return what the event's refund terms keep of the chosen tickets' prices, in minor units."""
    plan, now = state.facts.plan, state.facts.now
    prices = [one.price_minor for one in past.tickets if one.ticket_id in state.picked]
    return 0 if is_void else sum(one - money_back(plan.refunds, one, now) for one in prices)


def left_over(state: TillState, due_minor: int) -> int:
    """Return what goes back where tickets are exchanged for cheaper ones, in minor units.

    By what has paid them, where that is one tender; cash goes in whole coins.

    Args:
        state: Where the window stands; the tickets that are given back pay in their order.
        due_minor: What is taken instead costs.
    """
    plan, now, worth, back = state.facts.plan, state.facts.now, state.credit, 0
    past, step = state.past, plan.cash_step_minor
    is_cash = past is not None and past.tender == CASH and not past.is_in_parts
    rest, is_in_full = 0 if past is None else past.left_minor, True
    for number, one in enumerate(state.giving, 1):
        # Whoever gives all of a sale back in full gives what was paid for it.
        is_last = number == len(state.giving) and is_in_full
        price = worth if is_last else min(one.price_minor, worth)
        paid = min(price, due_minor)
        worth, due_minor, rest = worth - price, due_minor - paid, rest - paid
        goes = money_back(plan.refunds, price - paid, now)
        if is_cash and past is not None:
            goes = in_coins(goes, rest, step, past.cash_minor % step)
        is_in_full = is_in_full and 2 * abs(paid + goes - one.price_minor) <= step
        rest, back = rest - goes, back + goes
    return back

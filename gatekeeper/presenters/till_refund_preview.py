"""What a till pays back, before anybody has agreed to it: as the event's refund terms say.

The engine decides it (`gatekeeper/boxoffice/paying_back.py`); this says the same beforehand, for a
ticket that is taken back cannot be given again to a guest who had counted on more.
"""

from __future__ import annotations

from gatekeeper.boxoffice.past_sales import PastSale
from gatekeeper.presenters.till_values import TillState
from shared.sales.cash_rounding import round_cash
from shared.sales.refund_terms import money_back
from shared.sales.tenders import CASH


def refunded(state: TillState, past: PastSale, tender: str, *, is_void: bool) -> tuple[int, ...]:
    """Return what goes back for each chosen ticket of a sale, in minor units.

    Args:
        state: Where the window stands.
        past: The sale.
        tender: By what it would be paid back; cash goes in whole coins.
        is_void: The sale is undone in its own shift, which no terms touch.
    """
    plan, now = state.facts.plan, state.facts.now
    left = {one.ticket_id for one in past.tickets if not one.is_gone}
    amounts = []
    for one in past.tickets:
        if one.ticket_id not in state.picked:
            continue
        back = one.price_minor if is_void else money_back(plan.refunds, one.price_minor, now)
        # Whoever has all of a sale back in full has what was paid, rounded only as it was then.
        is_rounded = tender == CASH and (state.picked != left or back != one.price_minor)
        amounts.append(round_cash(back, plan.cash_step_minor) if is_rounded else back)
    return tuple(amounts)


def left_over(state: TillState, due_minor: int) -> int:
    """Return what goes back where tickets are exchanged for cheaper ones, in minor units.

    Args:
        state: Where the window stands; the tickets that are given back pay in their order.
        due_minor: What is taken instead costs.
    """
    plan, now, worth, back = state.facts.plan, state.facts.now, state.credit, 0
    for one in state.giving:
        price = min(one.price_minor, worth)
        paid = min(price, due_minor)
        worth, due_minor = worth - price, due_minor - paid
        back += money_back(plan.refunds, price - paid, now)
    return back

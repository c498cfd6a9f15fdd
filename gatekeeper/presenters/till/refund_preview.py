"""What a till pays back, before anybody has agreed to it: as the event's refund terms say.

It is reckoned by the engine's own functions (`gatekeeper/boxoffice/refund_amounts.py`): a ticket
that is taken back cannot be given again to a guest who had counted on more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gatekeeper.boxoffice.finding_past_sales import PastSale
from gatekeeper.boxoffice.refund_amounts import exchanged, payable, payable_in_parts
from gatekeeper.boxoffice.tickets_with_payments import OwnTicket
from gatekeeper.presenters.till.state import TillState
from shared.kernel.ids import format_ticket_id
from shared.sales.refund_terms import money_back
from shared.sales.tenders import EXCHANGE, SPLIT


def refunded(state: TillState, past: PastSale, tender: str, *, is_void: bool) -> tuple[int, ...]:
    """Return what goes back for each chosen ticket of a sale, in minor units.

    Args:
        state: Where the window stands.
        past: The sale.
        tender: By what it would be paid back.
        is_void: The sale is undone in its own shift.
    """
    plan, own = state.facts.plan, _own_of(past, state.picked)
    due = [one.ticket.price_minor for one in own]
    if _has_terms(own, is_void=is_void):
        due = [money_back(plan.refunds, one, state.facts.now) for one in due]
    if tender != SPLIT:
        return tuple(payable(own, due, past.earlier, tender, plan.cash_step_minor))
    parts = payable_in_parts(own, due, past.earlier, plan.cash_step_minor)
    return tuple(sum(one.amount_minor for one in each) for each in parts)


def _own_of(past: PastSale, ids: Collection[str]) -> list[OwnTicket]:
    return [one for one in past.own if format_ticket_id(one.ticket.ticket_id) in ids]


def _has_terms(own: Sequence[OwnTicket], *, is_void: bool) -> bool:
    """Tell whether the event's terms hold: of a void for what an earlier ticket has paid only."""
    return not is_void or any(part.kind == EXCHANGE for one in own for part in one.sale.payments)


def kept(state: TillState, past: PastSale, *, is_void: bool) -> int:
    """Return what the event's refund terms keep of the chosen tickets' prices, in minor units."""
    plan, now, own = state.facts.plan, state.facts.now, _own_of(past, state.picked)
    if not _has_terms(own, is_void=is_void):
        return 0
    prices = [one.ticket.price_minor for one in own]
    return sum(one - money_back(plan.refunds, one, now) for one in prices)


def left_over(state: TillState, due_minor: int, tender: str = "") -> int:
    """Return what goes back where tickets are exchanged for cheaper ones, in minor units.

    Args:
        state: Where the window stands; the tickets that are given back pay in their order.
        due_minor: What is taken instead costs.
        tender: By what; "" for what has paid them: in parts, where that is several tenders.
    """
    plan, now, past = state.facts.plan, state.facts.now, state.past
    if past is None:
        return 0
    own = _own_of(past, {one.ticket_id for one in state.giving})
    tender = tender or as_paid(past)

    def goes_back(rest: int) -> int:
        return money_back(plan.refunds, rest, now)

    shares = exchanged(own, due_minor, past.earlier, tender, plan.cash_step_minor, goes_back)
    return sum(one.back_minor for one in shares)


def as_paid(past: PastSale) -> str:
    """Return by what a sale goes back where nobody chooses: in parts, or by what has paid it."""
    return SPLIT if past.has_parts else past.tender

"""A payment was taken and nothing sold: it goes back the way it came, and the cashier is told."""

from __future__ import annotations

from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.presenters.till.state import TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.sales.tenders import CARD, Tender


def spell_back(state: TillState, part: Tender) -> str:
    """Say how a part that was taken goes back: the way it came."""
    key = "till.part_back_card" if part.kind == CARD else "till.part_back"
    return TEXTS.say(key, amount=state.spell(part.amount_minor or 0))


def cancel_card(state: TillState, request: SellRequest) -> str:
    """Lead back from a card that was charged by hand where nothing was sold.

    Args:
        state: Where the window stands.
        request: The sale that was not made.

    Returns:
        What says how it goes back; "" where no card was charged.
    """
    paid = request.tenders[-1] if request.tenders else None
    if state.step is not TillStep.CARD or paid is None or not paid.amount_minor:
        return ""
    state.go(state.home)
    return spell_back(state, paid)

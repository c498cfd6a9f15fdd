"""A payment was taken and nothing sold: it goes back the way it came, and the cashier is told."""

from __future__ import annotations

from gatekeeper.boxoffice.requests import SellRequest
from gatekeeper.presenters.till.state import TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.sales.tenders import CARD, Tender


def spell_back(state: TillState, part: Tender) -> str:
    """Say how a part that was taken goes back: the way it came."""
    key = "till.part_back_card" if part.kind == CARD else "till.part_back"
    return TEXTS.say(key, amount=state.spell(part.amount_minor or 0))


def cancel_card(state: TillState, request: SellRequest, said: str) -> str:
    """Lead back from a card that was charged by hand where nothing was sold, and say it goes back.

    Args:
        state: Where the window stands.
        request: The sale that was not made.
        said: Why.
    """
    paid = request.tenders[-1] if request.tenders else None
    if state.step is not TillStep.CARD or paid is None or not paid.amount_minor:
        return said
    state.go(state.home)
    return f"{said} {spell_back(state, paid)}"

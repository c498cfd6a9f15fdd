"""What till and customer are told while the card terminal is at work."""

from __future__ import annotations

from typing import Final

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.state import TillScreen, TillState
from gatekeeper.terminals.zvt_steps import CardStepKind
from gatekeeper.wording.texts import TEXTS

_ENDING: Final = frozenset({"card.approved", "card.declined"})


def step_key(kind: CardStepKind) -> str:
    """Return the catalogue's key of a terminal's step."""
    return f"card.{kind}"


def show_card_step(state: TillState) -> TillScreen:
    """Return the screen while the terminal is at work, with a way to stop it."""
    is_ending = state.card_step in _ENDING
    return TillScreen(
        title=TEXTS.say(state.card_step),
        label=TEXTS.say("till.card_amount") if state.left else "",
        amount=state.spell(state.left) if state.left else "",
        foot=() if is_ending else (Option("cancel_card", TEXTS.say("card.cancel"), hint="Esc"),),
    )

"""What till and customer are told while the card terminal is at work."""

from __future__ import annotations

from typing import Final

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till_values import TillScreen, TillState
from gatekeeper.wording.texts import TEXTS

REACHING: Final = "card.reaching"
_WAIT: Final = "card.wait"
_STEPS: Final = {
    -1: REACHING,
    0x00: "card.amount",
    0x01: "card.pin",
    0x02: "card.pin",
    0x05: "card.wrong_card",
    0x06: "card.wrong_card",
    0x07: "card.unreadable",
    0x08: "card.take_card",
    0x0A: "card.show",
    0x0B: "card.show",
    0x0F: "card.pin_again",
    0x15: "card.wrong_pin",
    0x18: "card.pin_again",
    0x1C: "card.approved",
    0x1D: "card.declined",
    0x44: "card.approved",
    0x46: "card.take_card",
    0x49: "card.take_card",
    0xD2: "card.bank",
    0xD3: "card.bank",
}
"""The protocol's numbers of steps; every other one is a wait."""
_ENDING: Final = frozenset({"card.approved", "card.declined"})


def step_key(code: int) -> str:
    """Return the catalogue's key of a terminal's step."""
    return _STEPS.get(code, _WAIT)


def show_card_step(state: TillState) -> TillScreen:
    """Return the screen while the terminal is at work, with a way to stop it."""
    is_ending = state.card_step in _ENDING
    return TillScreen(
        state.step,
        title=TEXTS.say(state.card_step),
        label=TEXTS.say("till.card_amount") if state.left else "",
        amount=state.spell(state.left) if state.left else "",
        foot=() if is_ending else (Option("cancel_card", TEXTS.say("card.cancel"), hint="Esc"),),
    )

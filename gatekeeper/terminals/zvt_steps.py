"""The steps of a card payment, by the numbers that the protocol gives them.

Source:
    PA00P015, revision 13.13: intermediate status information
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class CardStepKind(StrEnum):
    """What a card terminal is doing, as far as till and customer have to know."""

    REACHING = "reaching"
    """It is being asked, and has not answered yet."""
    WAIT = "wait"
    AMOUNT = "amount"
    SHOW = "show"
    PIN = "pin"
    PIN_AGAIN = "pin_again"
    WRONG_PIN = "wrong_pin"
    WRONG_CARD = "wrong_card"
    UNREADABLE = "unreadable"
    TAKE_CARD = "take_card"
    BANK = "bank"
    APPROVED = "approved"
    DECLINED = "declined"


_KINDS: Final = {
    0x00: CardStepKind.AMOUNT,
    0x01: CardStepKind.PIN,
    0x02: CardStepKind.PIN,
    0x05: CardStepKind.WRONG_CARD,
    0x06: CardStepKind.WRONG_CARD,
    0x07: CardStepKind.UNREADABLE,
    0x08: CardStepKind.TAKE_CARD,
    0x0A: CardStepKind.SHOW,
    0x0B: CardStepKind.SHOW,
    0x0F: CardStepKind.PIN_AGAIN,
    0x15: CardStepKind.WRONG_PIN,
    0x18: CardStepKind.PIN_AGAIN,
    0x1C: CardStepKind.APPROVED,
    0x1D: CardStepKind.DECLINED,
    0x44: CardStepKind.APPROVED,
    0x46: CardStepKind.TAKE_CARD,
    0x49: CardStepKind.TAKE_CARD,
    0xD2: CardStepKind.BANK,
    0xD3: CardStepKind.BANK,
}


def card_step_of(code: int) -> CardStepKind:
    """Return what an intermediate status tells; every other number is a wait."""
    return _KINDS.get(code, CardStepKind.WAIT)

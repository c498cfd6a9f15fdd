"""What a claim is for, and what it makes of the ticket's right to enter.

Source:
    docs/decisions/0047-purposes.md
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """What a ticket is claimed for."""

    ADMISSION = "admission"
    """To pass a gate."""
    HAND_OVER = "hand_over"
    """A ticket bought before is picked up: its holder gets a credential of its own."""
    TRANSFER = "transfer"
    """Somebody else becomes the holder."""
    REPRINT = "reprint"
    """The holder gets another copy; those of before are worth nothing from then on."""
    REFUND = "refund"
    """The money goes back."""
    EXCHANGE = "exchange"
    """The holder gets another ticket in its place."""
    VOID = "void"
    """A sale is taken back within its shift."""


REPLACING: Final = frozenset({Purpose.HAND_OVER, Purpose.TRANSFER, Purpose.REPRINT})
"""They raise the ticket's generation and leave its admission unused."""

ENDING: Final = frozenset({Purpose.REFUND, Purpose.EXCHANGE, Purpose.VOID})
"""They end the ticket's right for good."""

WITHDRAWING: Final = REPLACING | ENDING
"""They take a right away from whoever holds the credential: all but the admission itself."""


def purpose_of(text: str) -> Purpose | None:
    """Return a purpose by its name; None for one of a later version."""
    try:
        return Purpose(text)
    except ValueError:
        return None

"""How many buttons stand beside each other on the till's page, how wide and how large written."""

from __future__ import annotations

from typing import Final, NamedTuple


class ButtonLayout(NamedTuple):
    """How buttons of one kind stand.

    Attributes:
        columns: At most so many beside each other; fewer where fingers would have no room.
        width: Of one at least, in reference pixels.
        letters: How large they are written, as a share of what is usual.
    """

    columns: int
    width: int
    letters: float = 1.0


TILES: Final = ButtonLayout(3, 300, 1.35)
"""What can be sold."""
LISTED: Final = ButtonLayout(2, 560)
"""What was found or is to be chosen from, such as orders."""
AMOUNTS: Final = ButtonLayout(5, 190)
"""Amounts that are offered beside the digits."""
DIGIT_KEYS: Final = ButtonLayout(3, 90, 1.8)
LETTER_KEYS: Final = ButtonLayout(10, 60)
FOOT: Final = ButtonLayout(6, 180)
"""What goes on from here, at the foot of the page."""

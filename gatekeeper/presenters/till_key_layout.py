"""How many keys stand beside each other on the till's page, how wide and how large written."""

from __future__ import annotations

from typing import Final, NamedTuple


class KeyLayout(NamedTuple):
    """How keys of one kind stand.

    Attributes:
        columns: At most so many beside each other; fewer where fingers would have no room.
        width: Of one at least, in reference pixels.
        letters: How large they are written, as a share of what is usual.
    """

    columns: int
    width: int
    letters: float = 1.0


TILES: Final = KeyLayout(3, 300, 1.35)
"""What can be sold."""
LISTED: Final = KeyLayout(2, 560)
"""What was found or is to be chosen from, such as orders."""
AMOUNTS: Final = KeyLayout(5, 190)
"""Amounts that are offered beside the digits."""
DIGIT_KEYS: Final = KeyLayout(3, 90, 1.8)
LETTER_KEYS: Final = KeyLayout(10, 60)
FOOT: Final = KeyLayout(6, 180)
"""What goes on from here, at the foot of the page."""

"""How much a till is given to sell on its own, and what it may ask for besides."""

from __future__ import annotations

from typing import Final

ALLOTMENT: Final = 200
"""Unsold tickets of each type that a till is given, as long as there are so many."""
ALLOTMENT_SHARE: Final = 4
"""Of a type with a limit a till holds at most one in so many of those that nobody else has: the
server and the next till have theirs, and the last ones are sold where people stand."""
LOW_MARK_PART: Final = 2
"""Where nobody said otherwise, a till is given more once it has one in so many of them left."""
TAP_MAX: Final = 100
"""Tickets above the size of its stock that a connected till may hold for a sale: as many as one
sale has."""

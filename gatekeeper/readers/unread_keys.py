"""Knows when so many keys came that somebody meant a ticket, and nothing was read of them.

A scanner that pauses between keys, or ends a short code by none, types as a person does: nothing
can be made of it, and whoever holds the ticket to it would see nothing happen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gatekeeper.readers.wedge import LENGTH_MIN, WedgeKey
from shared.kernel.instant import MILLISECOND, MINUTE, Duration

UNREAD_PAUSE_MAX: Final = 500 * MILLISECOND
"""Between two keys of one scanner; slower ones are not sold."""
UNREAD_TOLD_FOR: Final = 10 * MINUTE
"""So long the board hears of keys of which nothing was read, unless a code is read before."""


class UnreadKeys:
    """Counts the keys of one keyboard that were no scan, and went into no text."""

    def __init__(self) -> None:
        """Start with none."""
        self._count = 0
        self._last_at = Duration(0)

    def add(self, keys: Iterable[WedgeKey]) -> bool:
        """Take keys; tell, once in a run, that they are as many as a code has."""
        is_enough = False
        for key in keys:
            if not 0 <= key.at - self._last_at <= UNREAD_PAUSE_MAX:
                self._count = 0
            self._last_at = key.at
            if key.character and key.character.isprintable():
                self._count += 1
                is_enough |= self._count == LENGTH_MIN
        return is_enough

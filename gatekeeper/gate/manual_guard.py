"""Limits how often manual codes may be guessed at one device."""

from __future__ import annotations

from collections import deque
from typing import Final

from shared.kernel.instant import MINUTE, Duration

GUESSES_MAX: Final = 10
WINDOW: Final[Duration] = 10 * MINUTE


class ManualGuard:
    """Counts unknown manual codes; too many of them close the way until the window has passed."""

    def __init__(self) -> None:
        self._guesses: deque[Duration] = deque(maxlen=GUESSES_MAX)

    def count_guess(self, now: Duration) -> None:
        """Count a code that no ticket answers to, at a monotonic time."""
        self._guesses.append(now)

    def is_closed(self, now: Duration) -> bool:
        """Tell whether a person must look at every manual code for now."""
        return len(self._guesses) == GUESSES_MAX and now - self._guesses[0] < WINDOW

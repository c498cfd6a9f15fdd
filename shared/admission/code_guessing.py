"""How often a device may try manual codes that no ticket has, the same at gates and ledger.

A device may miss so many times at once, and then as often as the event's setting says. The
reckoning is that of `server/db/rate_limit_over_workers.py`: one instant, which each miss moves on
by a step.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from shared.kernel.instant import MINUTE, Duration, Instant

_Time = TypeVar("_Time", Instant, Duration)
"""By any one clock: the wall's, or one that tells how long it has run."""
MISSES_AT_ONCE: Final = 10
"""Typing errors of a queue's first minute; a guess hits one of 100,000 tickets' codes in eleven
million tries."""
MISSES_PER_MINUTE_DEFAULT: Final = 1


class GuessLimit(msgspec.Struct, frozen=True):
    """How many manual codes of nobody's a device may try before a person must look at each.

    Attributes:
        per_minute: So many come back in a minute.
    """

    per_minute: int = MISSES_PER_MINUTE_DEFAULT

    @property
    def count(self) -> int:
        """Return how many may be missed at once."""
        return max(MISSES_AT_ONCE, self.per_minute)

    @property
    def window(self) -> Duration:
        """Return after which time all of them are back."""
        return MINUTE * self.count // self.per_minute

    def is_closed(self, mark: _Time, now: _Time) -> bool:
        """Tell whether a person must look at every manual code for now.

        Args:
            mark: What `missed` gave the last time; 0 for never.
            now: By the same clock.
        """
        return max(mark, now) + self._step > now + self.window

    def missed(self, mark: _Time, now: _Time) -> _Time:
        """Count a manual code that no ticket has; returns the new mark."""
        return max(mark, now) + self._step

    @property
    def _step(self) -> Duration:
        return self.window // self.count

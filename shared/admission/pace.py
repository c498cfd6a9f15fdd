"""How fast one device may let holders in, the same at gates and ledger.

A key that was stolen, or a program gone wrong, could spend a whole event's tickets in a minute.
A lane lets people in one by one: what is faster is an alarm, and a person looks at each. The
reckoning is that of `shared/admission/code_guessing.py`: one instant, which each admission moves
on.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from shared.kernel.instant import MINUTE, Duration, Instant

_Time = TypeVar("_Time", Instant, Duration)
"""By any one clock: the wall's, or one that tells how long it has run."""
BURST: Final = 300
"""Admissions at once: a queue that a cut-off lane's claims come from all together."""
PACE_DEFAULT: Final = 120
"""Admissions a minute: two a second, for hours; the fastest lanes are waved through at that."""
PACE_MAX: Final = 100_000
NO_LIMIT: Final = 0


class PaceLimit(msgspec.Struct, frozen=True):
    """How many admissions a device has before a person must look at each.

    Attributes:
        per_minute: So many come back in a minute; `NO_LIMIT` for a load generator's.
    """

    per_minute: int = PACE_DEFAULT

    def left(self, mark: _Time, now: _Time, since: _Time | None = None) -> int | None:
        """Count the admissions that are left for now; None without a limit.

        Args:
            mark: What `passed` gave the last time; 0 for never.
            now: By the same clock.
            since: From when on somebody may have come of whom nobody has heard; None for now.
        """
        if self.per_minute == NO_LIMIT:
            return None
        begun = max(mark, now if since is None else since)
        return max(0, now + BURST * self._step - begun) // self._step

    def passed(self, mark: _Time, since: _Time, admissions: int = 1) -> _Time:
        """Count admissions, of which the first came then or later; returns the new mark."""
        if self.per_minute == NO_LIMIT:
            return mark
        return max(mark, since) + admissions * self._step

    @property
    def _step(self) -> Duration:
        return MINUTE // self.per_minute

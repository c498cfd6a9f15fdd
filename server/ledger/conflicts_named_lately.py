"""How often one worker names the same thing, so that a repeated try costs no write of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shared.kernel.instant import MINUTE, Duration

CONFLICT_AGAIN: Final[Duration] = 10 * MINUTE
"""How long an alarm stands for whatever else its device tries of the kind."""

_NAMED_MAX: Final = 20_000


class AlarmTimes:
    """When things were named last, by a key of the caller's; times are monotonic."""

    def __init__(self) -> None:
        self._named: dict[str, Duration] = {}

    def is_due(self, key: str, now: Duration) -> bool:
        """Tell whether something has not been named lately."""
        before = self._named.get(key)
        return before is None or not 0 <= now - before < CONFLICT_AGAIN

    def note(self, keys: Iterable[str], now: Duration) -> None:
        """Note that things are named."""
        for key in keys:
            if len(self._named) >= _NAMED_MAX:
                self._named.clear()
            self._named[key] = now

    def forget(self, keys: Iterable[str]) -> None:
        """Let things be named at the next try; what was to name them was not kept."""
        for key in keys:
            self._named.pop(key, None)

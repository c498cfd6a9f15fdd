"""How long the place of a worker that ended stays empty: one that cannot begin must not spin.

A database that is away, is being put back, or belongs to a newer program ends each worker before
it has worked. To load one takes a second of the processor, which whoever mends it may need.
"""

from __future__ import annotations

from typing import Final

RESPAWN_S: Final = 1.0
"""Seconds until a worker that died is replaced."""
RESPAWN_MAX_S: Final = 10.0
"""The same where one after the other ends before it has worked; so long a database that is back
may wait for the next."""


class RestartDelay:
    """The delay of one place: short after a worker, longer after those that never worked."""

    def __init__(self) -> None:
        self._delay_s = RESPAWN_S
        self._waited_s = 0.0

    def is_over(self, look_s: float) -> bool:
        """Tell whether the next worker may be started.

        Args:
            look_s: Seconds that one look counts for.
        """
        self._waited_s += look_s
        return self._waited_s >= self._delay_s

    def end(self, *, has_worked: bool) -> bool:
        """Begin anew; returns whether that is worth a word: not for each in a row that failed.

        Args:
            has_worked: The worker that ended had begun its work.
        """
        is_first = has_worked or self._delay_s == RESPAWN_S
        self._delay_s = RESPAWN_S if has_worked else min(2 * self._delay_s, RESPAWN_MAX_S)
        self._waited_s = 0.0
        return is_first

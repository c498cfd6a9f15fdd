"""What happened, as one hash: two runs that differ anywhere differ in it."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from typing import Final

from shared.kernel.instant import SECOND, Duration

LINES_KEPT: Final = 4_000


class Trace:
    """A running hash over every event of a world, and its last lines for a person.

    Attributes:
        events: How many there were.
    """

    def __init__(self, now_us: Callable[[], Duration], *, is_kept: bool = False) -> None:
        """Begin.

        Args:
            now_us: Tells virtual time.
            is_kept: Whether every line is kept, rather than the last few thousand.
        """
        self._now_us = now_us
        self._hash = hashlib.blake2b(digest_size=16)
        self._lines: deque[str] = deque(maxlen=None if is_kept else LINES_KEPT)
        self.events = 0

    def note(self, node: str, what: str) -> None:
        """Add one event."""
        line = f"{self._now_us() / SECOND:14.6f} {node:<10} {what}"
        self._hash.update(line.encode() + b"\n")
        self._lines.append(line)
        self.events += 1

    @property
    def digest(self) -> str:
        """The hash so far, 32 hex digits."""
        return self._hash.hexdigest()

    def lines(self) -> list[str]:
        """Give the lines that are kept, oldest first."""
        return list(self._lines)

"""Knows of a scanner that types whether what it typed was read, for the device's report.

Staff at the gate are told at once (`gatekeeper/ui/kiosk.py`); whoever can send another scanner
there sits at the desk.
"""

from __future__ import annotations

from typing import Final

from gatekeeper.limits_and_times import UNREAD_TOLD_FOR
from shared.kernel.instant import Duration
from shared.kernel.ports import Clock
from shared.wire.device_report import PartReport

UNREAD: Final = PartReport("keyboard", "unread")
"""Keys came lately that were meant as a ticket's, and nothing typed was read since."""


class KeyboardWatch:
    """Written by the window's thread, read by the engine's.

    Args:
        clock: The machine's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._unread_at: Duration | None = None

    def note_unread(self) -> None:
        """Take that keys came of which nothing was read."""
        self._unread_at = self._clock.monotonic()

    def note_read(self) -> None:
        """Take that a code was read."""
        self._unread_at = None

    def tell(self) -> tuple[PartReport, ...]:
        """Say that it is not read what is typed, while that is so; else nothing."""
        at = self._unread_at
        if at is None or self._clock.monotonic() - at > UNREAD_TOLD_FOR:
            return ()
        return (UNREAD,)

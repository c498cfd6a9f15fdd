"""Knows how what the gate's window itself reads by is: its keyboard and its camera.

Staff at the gate are told at once (`gatekeeper/ui/gate/kiosk.py`); whoever can send another
scanner there sits at the desk, and hears of it by the device's report.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.readers.unread_keys import UNREAD_TOLD_FOR
from shared.kernel.instant import Duration
from shared.kernel.ports import Clock
from shared.wire.device_report import PartReport

CAMERA: Final = "camera"
"""What a device's report calls its window's camera."""
UNREAD: Final = PartReport("keyboard", "unread")
"""Keys came lately that were meant as a ticket's, and nothing typed was read since."""

_NO_PICTURE: Final = frozenset({CameraState.GONE, CameraState.FROZEN})
"""A black one may only look into a hall in which nobody has put the light on yet."""


class WindowReaders:
    """Written by the window's thread, read by the engine's.

    Args:
        clock: The machine's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._unread_at: Duration | None = None
        self._ask_camera: Callable[[], CameraState] = lambda: CameraState.NONE

    def watch_camera(self, ask: Callable[[], CameraState]) -> None:
        """Ask the window from now on how its camera is; from any thread."""
        self._ask_camera = ask

    def note_unread(self) -> None:
        """Take that keys came of which nothing was read."""
        self._unread_at = self._clock.monotonic()

    def note_read(self) -> None:
        """Take that a code was read."""
        self._unread_at = None

    def tell(self) -> tuple[PartReport, ...]:
        """Say that the camera gives no picture, or that it is not read what is typed."""
        at, camera = self._unread_at, self._ask_camera()
        found = [PartReport(CAMERA, camera.value)] if camera in _NO_PICTURE else []
        if at is not None and self._clock.monotonic() - at <= UNREAD_TOLD_FOR:
            found.append(UNREAD)
        return tuple(found)

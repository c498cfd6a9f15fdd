"""Knows from a camera's frames whether it sees: a picture may be missing, black, or stand still.

A camera that is unplugged, covered or hung reads no ticket, and nobody would notice by what it
does not read. What a live one shows is never the same to the last dot for long, however still the
place.
"""

from __future__ import annotations

import zlib
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from shared.kernel.instant import SECOND, Duration
from shared.kernel.ports import Clock

if TYPE_CHECKING:
    from gatekeeper.readers.qr_grid import Grey

CAMERA_SILENT: Final[Duration] = 3 * SECOND
"""A camera that has given no picture for so long is gone; one that starts takes a second."""
CAMERA_BLACK: Final[Duration] = 3 * SECOND
"""A hand before the lens is away by then."""
CAMERA_LIGHT_EVERY: Final[Duration] = SECOND
"""Between two looks at whether a camera's picture is dark, or stands still."""
CAMERA_GREY_BLACK_MAX: Final = 24
"""Grey level, of 255; a lid lets through less, however hard the camera tries."""
CAMERA_BRIGHT_SHARE_MIN: Final = 0.01
"""Of a picture that is not black; some cameras have dots that are always bright."""
CAMERA_STILL: Final[Duration] = 30 * SECOND
"""Frames that are the same to the last dot: a stream may repeat one for as long as nothing moves,
until it draws the picture anew."""

_STEP: Final = 8
"""Of the lines and columns that tell whether there is light."""


class CameraState(StrEnum):
    """How a gate's camera is."""

    NONE = "none"  # none is in use
    FINE = "fine"
    GONE = "gone"  # unplugged, or another program has it
    BLACK = "black"
    FROZEN = "frozen"

    @property
    def is_trouble(self) -> bool:
        """Whether somebody has to do something about it."""
        return self not in {CameraState.NONE, CameraState.FINE}


class CameraWatch:
    """Watches one camera; its thread tells of frames, and any thread asks how it is."""

    def __init__(self, clock: Clock) -> None:
        """Start without a camera."""
        self._clock = clock
        self._begun_at: Duration | None = None
        self._seen_at: Duration | None = None
        self._looked_at: Duration | None = None
        self._lit_at = self._changed_at = Duration(0)
        self._print = 0

    @property
    def state(self) -> CameraState:
        """How the camera is now."""
        now, begun_at, seen_at = self._clock.monotonic(), self._begun_at, self._seen_at
        if begun_at is None:
            return CameraState.NONE
        if seen_at is None:
            return CameraState.FINE if now - begun_at < CAMERA_SILENT else CameraState.GONE
        if now - seen_at >= CAMERA_SILENT:
            return CameraState.GONE
        if seen_at - self._lit_at >= CAMERA_BLACK:
            return CameraState.BLACK
        is_still = seen_at - self._changed_at >= CAMERA_STILL
        return CameraState.FROZEN if is_still else CameraState.FINE

    def begin(self) -> None:
        """Expect frames from now on, if they were not expected before."""
        if self._begun_at is None:
            self._begun_at = self._clock.monotonic()

    def lose(self) -> None:
        """Take note that the camera cannot be opened, or gives nothing more."""
        self._seen_at = None
        self._looked_at = None
        self._begun_at = self._clock.monotonic() - CAMERA_SILENT

    def see(self, frame: Grey) -> None:
        """Take a frame; one in a second is looked at."""
        now = self._clock.monotonic()
        is_first = self._looked_at is None
        if self._looked_at is None or now - self._looked_at >= CAMERA_LIGHT_EVERY:
            self._looked_at = now
            trace = zlib.crc32(frame.tobytes())
            if is_first or trace != self._print:
                self._changed_at, self._print = now, trace
            if (
                is_first
                or (frame[::_STEP, ::_STEP] > CAMERA_GREY_BLACK_MAX).mean()
                >= CAMERA_BRIGHT_SHARE_MIN
            ):
                self._lit_at = now
        self._seen_at = now

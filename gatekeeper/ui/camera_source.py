"""Codes from a camera, through OpenCV: always the newest frame, decoded in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from gatekeeper.readers.black_still_or_silent_camera import CameraState, CameraWatch
from gatekeeper.readers.camera_from_text import NONE, find_cameras
from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.newest_frame import NewestFrame
from gatekeeper.readers.second_pass import SecondPass
from gatekeeper.readers.several_codes import SeveralCodesWatch
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.ports import Clock

if TYPE_CHECKING:
    from cv2 import VideoCapture

    from gatekeeper.readers.qr_grid import Grey

CAMERA_FRAME_MAX: Final[Duration] = 100 * MILLISECOND
"""Between two pictures of a camera that sees; for what is longer than that it saw nothing,"""
CAMERA_BLIND_MAX: Final[Duration] = 5 * SECOND
"""and up to this, what it had in view is the same. Behind a longer gap it may be the next holder,
who is not to wait in vain."""
CAMERA_RETRY_SECONDS: Final = 1.0
"""Between two tries to open a camera that is not there."""
CAMERA_STREAM_MS: Final = 5_000
"""For a camera of the network to answer, and for its next picture."""
CROWD_TOLD_EVERY: Final[Duration] = 3 * SECOND
"""At most so often it is said that codes are to be shown one by one."""

_log: Final = logging.getLogger(__name__)

_PREVIEW_EVERY: Final[Duration] = 66 * MILLISECOND
_MOTION_SIZE: Final = (32, 18)
_MOTION_MIN: Final = 2.0
"""Mean difference of grey levels; noise of a camera in the dark is less."""


class CameraSource(QObject):
    """Reads one camera until it is closed; one that is plugged in, or in again, is found.

    Args:
        wanted: As `find_cameras` takes it.
        clock: Measures how long a code stays in view.
        debounce: Of the lane.

    Attributes:
        frame_count: How many pictures were looked at since the start.
    """

    scanned = Signal(str)
    crowded = Signal(int)  # so many codes at once: none of them is a scan
    pictured = Signal(QImage)
    moved = Signal()  # somebody or something

    def __init__(
        self, wanted: str, clock: Clock, debounce: Debounce, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._wanted, self._clock = wanted, clock
        self._watch = CameraWatch(clock)
        self._stop = threading.Event()
        self._debounce = debounce
        self._crowd = SeveralCodesWatch()
        self._crowd_told_at: Duration | None = None
        self._framed_at: Duration | None = None
        self._hard_look_at: Duration = Duration(0)
        self._telling = threading.Lock()
        self._pictured_at: Duration = Duration(0)
        self._motion: object = None
        self.frame_count = 0
        self._thread = threading.Thread(target=self._serve, name="camera", daemon=True)

    @property
    def state(self) -> CameraState:
        """How the camera is now."""
        return self._watch.state

    def start(self) -> None:
        """Start reading, if there may be a camera."""
        if self._wanted != NONE:
            self._thread.start()

    def close(self) -> None:
        """Stop reading and let the camera go."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=3)

    def _serve(self) -> None:
        tries = 0
        while not self._stop.is_set():
            # One that is plugged in again may have another number.
            found = find_cameras(self._wanted)
            if found:
                self._watch.begin()
                self._read_camera(found[tries % len(found)])
                tries += 1  # the first may show nothing
            if self._watch.state is not CameraState.NONE:
                self._watch.lose()
            self._stop.wait(CAMERA_RETRY_SECONDS)

    def _read_camera(self, camera: int | str) -> None:
        capture = _open(camera)
        if not capture.isOpened():
            capture.release()
            return
        frames = NewestFrame(capture)
        try:
            self._look_at(frames)
        # The thread's edge: a camera whose thread has died looks like one that sees no ticket.
        except Exception as fault:  # noqa: BLE001 - see above
            _log.warning("the camera: %s", type(fault).__name__, exc_info=fault)
        finally:
            frames.close()

    def _look_at(self, frames: NewestFrame) -> None:
        import cv2

        from gatekeeper.readers.decoding import LiveDecoder
        from gatekeeper.readers.hard_looks_at_same_picture import Stillness
        from gatekeeper.readers.picture_filters import as_grey

        decoder, harder = LiveDecoder(self._clock), LiveDecoder(self._clock)
        stillness = Stillness()

        def look_hard(frame: Grey) -> list[str]:
            self._hard_look_at = self._clock.monotonic()
            return [code.text for code in harder.second_pass(frame)]

        second = SecondPass(look_hard, lambda texts: self._tell(texts, self._hard_look_at))
        try:
            while not self._stop.is_set():
                frame = frames.take()
                if frame is None:
                    return
                # A copy of its own: the worker may still look at it when the next one comes.
                grey = as_grey(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
                self._watch.see(grey)
                at = self._bridge_gap()
                codes = decoder.first_pass(grey)
                if codes:
                    self._tell([code.text for code in codes], at)
                elif stillness.is_worth_a_look(grey) and second.offer(grey):
                    stillness.count_look()
                self._show(frame)
                self.frame_count += 1
        finally:
            second.close()

    def _bridge_gap(self) -> Duration:
        """Let no time pass for what was in view while there was no picture of it.

        Returns:
            When the picture came that is looked at now.
        """
        before, self._framed_at = self._framed_at, self._clock.monotonic()
        gap = 0 if before is None else self._framed_at - before
        if CAMERA_FRAME_MAX < gap <= CAMERA_BLIND_MAX:
            self._debounce.bridge(Duration(gap - CAMERA_FRAME_MAX))
        return self._framed_at

    def _tell(self, texts: Sequence[str], at: Duration) -> None:
        """Tell each code once for as long as it stays in view; in the camera's threads.

        Args:
            texts: What was read.
            at: When its picture came: a machine may stand still amid a look.
        """
        with self._telling:
            shown = self._crowd.pass_on(texts, at)
            new = [text for text in shown if self._debounce.is_new(text, at, is_in_view=True)]
            size = self._crowd.size
            is_told = self._crowd_told_at is not None and at - self._crowd_told_at < (
                CROWD_TOLD_EVERY
            )
            if size and not is_told:
                self._crowd_told_at = at
        if size and not is_told:
            self.crowded.emit(size)
        for text in new:
            self.scanned.emit(text)

    def _show(self, frame: object) -> None:
        import numpy as np

        now = self._clock.monotonic()
        if now - self._pictured_at < _PREVIEW_EVERY:
            return
        self._pictured_at = now
        assert isinstance(frame, np.ndarray)
        self._watch_motion(frame)
        height, width = frame.shape[:2]
        picture = QImage(
            np.ascontiguousarray(frame).data, width, height, QImage.Format.Format_BGR888
        )
        self.pictured.emit(picture.copy())

    def _watch_motion(self, frame: object) -> None:
        """Tell when the picture is another one than before, as seen from far away."""
        import cv2
        import numpy as np

        assert isinstance(frame, np.ndarray)
        small = cv2.resize(frame, _MOTION_SIZE, interpolation=cv2.INTER_AREA).astype(np.int16)
        before, self._motion = self._motion, small
        if isinstance(before, np.ndarray) and _strength(small - before) > _MOTION_MIN:
            self.moved.emit()


def _open(camera: int | str) -> VideoCapture:
    """Try to open a camera; that of a network must answer soon."""
    import cv2

    cv2.utils.logging.setLogLevel(0)  # that there is no picture is said on the screen
    if isinstance(camera, int) or camera.startswith("/dev/"):
        capture = cv2.VideoCapture(camera)
        # A queue of old frames would show the visitor before this one.
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture
    waits = (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC)
    limits = [part for wait in waits for part in (wait, CAMERA_STREAM_MS)]
    return cv2.VideoCapture(camera, cv2.CAP_FFMPEG, limits)


def _strength(change: object) -> float:
    """Return how much two pictures differ besides their brightness as a whole."""
    import numpy as np

    assert isinstance(change, np.ndarray)
    return float(np.abs(change - change.mean()).mean())

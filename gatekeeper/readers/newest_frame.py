"""Keeps the newest of a camera's frames: who looks slower than they come sees no old ones.

Between a camera of the network and this program seconds of pictures find room. Where each is
looked at in its turn by a machine that cannot keep up, it sees visitors who have long gone.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]


class Capture(Protocol):
    """An open camera, as OpenCV has it."""

    def read(self) -> tuple[bool, Any]:
        """Wait for the next picture; tell whether there is one."""

    def release(self) -> None:
        """Let it go."""


class NewestFrame:
    """Reads one camera on a thread of its own, until it gives nothing more.

    Args:
        capture: Open; released by that thread at its end.
    """

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._frame: Frame | None = None
        self._fault: Exception | None = None
        self._is_over = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, name="camera-frames", daemon=True)
        self._thread.start()

    def take(self) -> Frame | None:
        """Wait for a frame that was not taken yet; None once there are no more.

        Raises:
            Exception: what reading the camera raised.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._is_over)
            frame, self._frame = self._frame, None
            if frame is None and self._fault is not None:
                raise self._fault
            return frame

    def close(self) -> None:
        """End reading; whoever waits for a frame gets none."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._thread.join(timeout=3)

    def _serve(self) -> None:
        try:
            while not self._is_over:
                is_read, frame = self._capture.read()
                if not is_read:
                    break
                with self._changed:
                    self._frame = frame
                    self._changed.notify_all()
        # The thread's edge: it is raised where the frames are taken.
        except Exception as fault:  # noqa: BLE001 - see above
            self._fault = fault
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()
            self._capture.release()

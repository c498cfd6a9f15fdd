"""Looks harder at frames that the first pass could not read, without holding up the next frame."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

from gatekeeper.readers.qr_grid import Grey

_log: Final = logging.getLogger(__name__)

Look = Callable[[Grey], Sequence[str]]
"""Returns the texts that it reads; called in the worker's thread only."""


class SecondPass:
    """One worker that takes one frame at a time; while it is busy, frames pass it by.

    Args:
        look: The harder look; may take its time.
        tell: Is given what was read, in the worker's thread.
    """

    def __init__(self, look: Look, tell: Callable[[Sequence[str]], None]) -> None:
        self._look, self._tell = look, tell
        self._frame: Grey | None = None
        self._is_closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, name="second-pass", daemon=True)
        self._thread.start()

    def offer(self, frame: Grey) -> bool:
        """Hand over a frame that is not written to any more; tell whether it is taken."""
        with self._changed:
            if self._frame is not None or self._is_closed:
                return False
            self._frame = frame
            self._changed.notify()
            return True

    def close(self) -> None:
        """Finish the frame that is looked at, and stop."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(timeout=3)

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._frame is not None or self._is_closed)
                frame = self._frame
                if frame is None or self._is_closed:
                    return
            try:
                texts = self._look(frame)
                if texts:
                    self._tell(texts)
            # The thread's edge: a frame that a decoder stumbles over must not be its last.
            except Exception as fault:  # noqa: BLE001 - see above
                _log.warning("a hard look: %s", type(fault).__name__, exc_info=fault)
            finally:
                with self._changed:
                    self._frame = None

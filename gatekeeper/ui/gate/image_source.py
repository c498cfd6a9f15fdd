"""Codes from a picture that somebody opens or pastes; decoded beside the window's thread."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QImage

from gatekeeper.this_machine import EffortClock
from shared.kernel.errors import BadInput, Malformed
from shared.kernel.trouble import TroubleKind


class ImageSource(QObject):
    """Reads pictures one at a time, in a thread of Qt's pool."""

    decoded = Signal(object)  # the different texts, as a tuple; perhaps empty
    failed = Signal(object)  # BadInput: why the picture cannot be opened

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self, maxThreadCount=1)

    def read_file(self, path: Path) -> None:
        """Read a picture's codes; the answer comes as a signal."""
        self._start(partial(self._decode, path))

    def read_image(self, image: QImage) -> None:
        """Read the codes of a picture from the clipboard."""
        self._start(partial(self._decode_image, image.copy()))

    def wait(self) -> None:
        """Wait until nothing is being read."""
        self._pool.waitForDone()

    def _start(self, work: Callable[[], None]) -> None:
        self._pool.start(_Work(work))

    def _decode_image(self, image: QImage) -> None:
        with tempfile.TemporaryDirectory(prefix="gatekeeper-picture-") as folder:
            path = Path(folder) / "picture.png"
            rgb = image.convertToFormat(QImage.Format.Format_RGB32)
            if not rgb.save(str(path)):
                message = "this picture cannot be copied"
                self.failed.emit(Malformed(message, kind=TroubleKind.NO_PICTURE))
                return
            self._decode(path)

    def _decode(self, path: Path) -> None:
        from gatekeeper.readers.image_files import decode_file

        try:
            codes = decode_file(path, EffortClock())
        except BadInput as fault:
            self.failed.emit(fault)
            return
        self.decoded.emit(tuple(dict.fromkeys(code.text for code in codes)))


class _Work(QRunnable):
    """A function for Qt's pool."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self._work = work

    def run(self) -> None:
        """Call it."""
        self._work()

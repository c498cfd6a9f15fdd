"""A part of the desk that asks for newer facts for as long as somebody looks at it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget


class WatchedBoard(QWidget):
    """Asks when it comes into sight, and again while it is seen.

    Args:
        every_ms: Between two questions.
    """

    wanted = Signal()

    def __init__(self, every_ms: int) -> None:
        super().__init__()
        self._again = QTimer(self, interval=every_ms)
        self._again.timeout.connect(self.wanted)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask at once, and again while it is seen."""
        super().showEvent(event)
        self.wanted.emit()
        self._again.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no more."""
        super().hideEvent(event)
        self._again.stop()

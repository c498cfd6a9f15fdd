"""Darkens a gate that waits, so that panels last and nights stay dark; anything wakes it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

DIM_AFTER_MS: Final = 60_000
"""So long nothing happens before a gate that waits darkens its panel."""

_BRIGHTNESS: Final = 0.6


class Dimmer(QWidget):
    """A shade over the whole window that lets every touch through.

    Args:
        window: Is darkened.
        after_ms: How long nothing happens before.
    """

    def __init__(self, window: QWidget, after_ms: int) -> None:
        super().__init__(window)
        self.setObjectName("dimmer")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._window, self._may_dim = window, True
        self._quiet = QTimer(self, interval=after_ms, singleShot=True)
        self._quiet.timeout.connect(self._dim)
        self.hide()
        window.installEventFilter(self)
        self._quiet.start()

    @property
    def is_dim(self) -> bool:
        """Whether the window is dark now."""
        return not self.isHidden()

    def wake(self) -> None:
        """Be bright, and wait anew; called for every key, touch, code and motion."""
        if self.is_dim:
            self.hide()
        if self._may_dim:
            self._quiet.start()

    def allow(self, *, may_dim: bool) -> None:
        """Say whether nothing but waiting is on the screen: only that may be dimmed."""
        if may_dim == self._may_dim:
            return
        self._may_dim = may_dim
        if may_dim:
            self._quiet.start()
        else:
            self._quiet.stop()
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize and watched is self._window:
            self.setGeometry(self._window.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the shade."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(0, 0, 0, round(255 * (1 - _BRIGHTNESS))))
        painter.end()

    def _dim(self) -> None:
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()

"""Fields that are passed by on the way down a page, and keep what they hold."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent

_PAGE_KEYS: Final = frozenset((Qt.Key.Key_PageUp, Qt.Key.Key_PageDown))


class PassedBy:
    """A field that a wheel or a page key leaves alone: the page scrolls, as it does elsewhere.

    Qt would choose another currency, or a year that is ten years off.
    """

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let the page scroll by its keys; all others are the field's."""
        if event.key() in _PAGE_KEYS:
            event.ignore()
        else:
            super().keyPressEvent(event)  # type: ignore[misc]  # a field's, beside which it stands

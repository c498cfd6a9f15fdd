"""How soon a second press counts as the first one's echo: keys bounce, and fingers press twice."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer
from PySide6.QtWidgets import QApplication


def echo_ms() -> int:
    """Return for how many milliseconds after a press another may be its echo: a double click's."""
    return QApplication.doubleClickInterval()


def is_recent(press: QElapsedTimer) -> bool:
    """Tell whether a press came so lately that another now may be its echo."""
    return press.isValid() and press.elapsed() <= echo_ms()

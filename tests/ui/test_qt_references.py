"""Qt's binding must not lose references to None, as one release did on Python 3.11."""

from __future__ import annotations

import sys

import PySide6
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot


def test_calls_without_a_result_keep_none_alive(qtbot: QtBot) -> None:
    """A kiosk that updates its screen for hours does not run out of references."""
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None), sys.getrefcount(True), sys.getrefcount(False)
    for _ in range(500):
        label.update()
        label.setText("x")
        label.isVisible()
        label.isEnabled()
    after = sys.getrefcount(None), sys.getrefcount(True), sys.getrefcount(False)
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) < 100


def test_qt_is_the_release_that_is_pinned() -> None:
    """The pin is lifted by a decision, not by an upgrade."""
    assert PySide6.__version__ == "6.11.3"

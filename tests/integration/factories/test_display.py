"""The screen that the tests start is there, is theirs, and takes typed keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories.display import Display

pytestmark = pytest.mark.ui

_WINDOW = """
import sys
from PySide6.QtWidgets import QApplication, QLineEdit
app = QApplication([])
line = QLineEdit()
line.setWindowTitle("field")
line.returnPressed.connect(lambda: (print(line.text(), flush=True), app.quit()))
line.show()
line.windowHandle().requestActivate()
app.exec()
"""


def test_window_receives_keys_typed_through_the_display(display: Display, tmp_path: Path) -> None:
    """A program with a Qt window under this display gets what xdotool types."""
    program = tmp_path / "window.py"
    program.write_text(_WINDOW)
    shown = subprocess.Popen(
        [sys.executable, program], env=display.environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        window = display.xdotool("search", "--sync", "--onlyvisible", "--name", "^field$").split()
        display.xdotool("windowfocus", "--sync", window[0])
        display.xdotool("type", "--delay", "5", "0123456789")
        display.xdotool("key", "Return")
        said, _ = shown.communicate(timeout=30)
    finally:
        shown.kill()
        shown.wait()
    assert said == "0123456789\n"

"""`gatekeeper kiosk` or `till` as a program of its own, worked by a test's hand from outside.

`python -m tests.factories.walked_program VERB …` is the program. Each line on standard input
is a JSON list: `["click", NAME]` presses a button that can be seen and pressed, `["scan", TEXT]`
types as a scanner does, `["type", TEXT]` as a person, with Enter. Each is answered by a line, and
so is `["look"]`: what can be read on the screen, and which buttons can be pressed.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any, Final

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from gatekeeper.cli import main as run_program
from gatekeeper.rehearsal import judging_readiness
from gatekeeper.ui.application import make_application
from tests.factories.keys import Typist, click

_QUIT: Final = "quit"
_ANY_MS: Final = 60_000


class Hand(QObject):
    """Does in the window's thread what a line says."""

    came = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.came.connect(self._obey)
        self._typed_at = 0

    def listen(self) -> None:
        """Take lines until there are no more."""
        for line in sys.stdin:
            self.came.emit(line)
        self.came.emit(json.dumps([_QUIT]))

    def _obey(self, line: str) -> None:
        verb, *rest = json.loads(line)
        if verb == _QUIT:
            QApplication.exit(0)
            return
        window = _window()
        is_done = window is not None
        if window is not None and verb == "click":
            button = next((one for one in _buttons(window) if one.objectName() == rest[0]), None)
            is_done = button is not None
            if button is not None:
                click(button)
        elif window is not None and verb == "scan":
            typist = self._sit_down(window)
            typist.scan(rest[0])
            self._typed_at = typist.now
        elif window is not None and verb == "type":
            typist = self._sit_down(window)
            typist.type(rest[0])
            typist.press(Qt.Key.Key_Return, "\r")
            self._typed_at = typist.now
        elif window is not None and verb == "picture":
            image: QImage = window.grab().toImage()
            image.save(rest[0])
        _say(done=is_done, **_look(window))

    def _sit_down(self, window: QWidget) -> Typist:
        """Let somebody type now, and not before whoever typed last."""
        return Typist(window, max(self._typed_at, int(time.monotonic() * 1_000)))


def _window() -> QWidget | None:
    shown = [one for one in QApplication.topLevelWidgets() if one.isVisible() and one.isWindow()]
    return shown[-1] if shown else None


def _buttons(window: QWidget) -> list[QAbstractButton]:
    found = window.findChildren(QAbstractButton)
    return [one for one in found if one.isVisible() and one.isEnabled()]


def _look(window: QWidget | None) -> dict[str, Any]:
    if window is None:
        return {"said": [], "buttons": [], "step": ""}
    labels = [one for one in window.findChildren(QLabel) if one.isVisible()]
    return {
        "said": [one.text() for one in labels if one.text()],
        "buttons": [one.objectName() for one in _buttons(window)],
        "step": next((str(one.property("step")) for one in _steps(window)), ""),
    }


def _steps(window: QWidget) -> list[QWidget]:
    """Return the till's page, which says where it stands."""
    found: list[QWidget] = window.findChildren(QWidget, "tillPage")
    return found


def _say(**fact: Any) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the program to its end.

    Whether a rehearsal was fast enough is asked on a machine that nobody else keeps busy.
    """
    patch = pytest.MonkeyPatch()
    for limit in ("REHEARSAL_P99_MAX_MS", "CUT_EXTRA_MS"):
        patch.setattr(judging_readiness, limit, _ANY_MS)  # raises where none is called so
    make_application()
    hand = Hand()
    threading.Thread(target=hand.listen, daemon=True).start()
    return run_program(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

"""The window as a program of its own over a prepared gate, for tests that type through X.

Run as `python -m tests.factories.kiosk_program`. Each line on standard output is a JSON object:
`{"state": ...}` when the screen changes, `{"scan": ...}` when a code is decided on, and answers to
the lines `field`, `focus field`, `screen`, `decision`, `page` and `late` on standard input. `quit`
ends it.
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC
from typing import Final

import msgspec
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from command_line.clock_and_randomness import SystemClock
from gatekeeper.gate.requests import Scan, ScanOutcome
from gatekeeper.readers.key_taps import KEY_GAP_MAX
from gatekeeper.ui.application import make_application
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions
from gatekeeper.ui.sound_player import SilentSounder
from shared.kernel.instant import MILLISECOND
from tests.fakes.gate_answers import make_answer
from tests.fakes.gate_session import FakeBackend, FakeGateSession

ASKING: Final = "5" * 20
"""A ticket whose holder has to show a proof."""
LISTED: Final = "zy-2026=list;x"
"""A list's code, of signs that other layouts have elsewhere or take for half a letter."""


_SAYING: Final = threading.Lock()


class AdmittingSession(FakeGateSession):
    """Admits every code of digits but one, and tells of each scan."""

    async def attend(self, request: Scan) -> ScanOutcome:
        """Admit digits."""
        if LISTED in request.other_texts:
            request = msgspec.structs.replace(request, code=LISTED)
        if request.text.isdigit():
            reason = "check_id" if request.text == ASKING else "ok"
            self.answers[request.text] = make_answer(reason)
        outcome = await super().attend(request)
        _say({"scan": request.text})
        return outcome


class LateKeys(QObject):
    """Counts codes whose keys were pressed further apart than a scanner presses them.

    A machine that others keep busy lets the keyboard wait in the midst of a code. It tells by the
    times that the X server gives the keys, not by when they are seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._before: tuple[int, int] | None = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Look at each press, and let it pass."""
        if event.type() == QEvent.Type.KeyPress and watched.isWidgetType():
            assert isinstance(event, QKeyEvent)
            key, at = event.key(), event.timestamp()
            if self._before is not None and self._before[0] != Qt.Key.Key_Return:
                self.count += at - self._before[1] > KEY_GAP_MAX // MILLISECOND
            self._before = key, at
        return False


class Commands(QObject):
    """Lines from the test, brought into the window's thread."""

    came = Signal(str)


def _say(fact: dict[str, str]) -> None:
    # The window and the engine say things at the same time, and a text stream loses some then.
    with _SAYING:
        sys.stdout.write(json.dumps(fact) + "\n")
        sys.stdout.flush()


def main() -> int:
    """Run until the window is closed or standard input ends."""
    app, is_locked = make_application(), "--locked" in sys.argv
    kiosk = Kiosk(
        app,
        FakeBackend(AdmittingSession(), paired="--unpaired" not in sys.argv),
        SilentSounder(),
        SystemClock(),
        KioskOptions(zone=UTC, is_locked=is_locked),
    )
    window = kiosk.window
    window.state_changed.connect(lambda state: _say({"state": state}))
    commands, late = Commands(), LateKeys()
    app.installEventFilter(late)

    def obey(line: str) -> None:
        if line == "field":
            field = window.pairing_page.findChild(QLineEdit, "pairUrl")
            assert isinstance(field, QLineEdit)
            _say({"field": field.text()})
        elif line == "focus field":
            field = window.pairing_page.findChild(QLineEdit, "pairUrl")
            assert isinstance(field, QLineEdit)
            field.setFocus()
            _say({"focus": "field"})
        elif line == "screen":
            _say({"screen": "full" if window.isFullScreen() else "window"})
        elif line == "decision":
            _say({"decision": "open" if kiosk.scans.decisions.holds_lane else "none"})
        elif line == "late":
            _say({"late": str(late.count)})
        elif line == "page":
            _say({"page": type(window.page).__name__})
        elif line == "quit":
            app.exit(0)

    def listen() -> None:
        for line in sys.stdin:
            commands.came.emit(line.strip())
        commands.came.emit("quit")

    commands.came.connect(obey)
    kiosk.flow.opened.connect(lambda _: _say({"page": "open"}))
    window.resize(1200, 700)
    if is_locked:
        window.enter_full_screen()
    else:
        window.show()
    window.activateWindow()
    kiosk.start()
    threading.Thread(target=listen, daemon=True).start()
    _say({"page": "started"})
    status = app.exec()
    kiosk.stop()
    return status


if __name__ == "__main__":
    sys.exit(main())

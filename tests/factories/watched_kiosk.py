"""The real kiosk program over a real profile, watched from inside, for the bench and for soaks.

Run as `python -m tests.factories.watched_kiosk --profile DIR [--camera URL] [--full-screen]`.
Each line on standard output is a JSON object: `open` when scans are taken, `answer` when a verdict
has been painted (not when it was decided), and answers to the lines on standard input:

    submit CODE   a code from a reader that is no keyboard
    stalls        the longest times for which the window's loop did not turn, since last asked
    state         screen, gate, mode, waiting entries, recent scans, camera frames
    quit
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal

from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.gate.answer import LaneStatus, ScanAnswer
from gatekeeper.ui.camera_source import CameraSource
from gatekeeper.ui.gate.app import run_kiosk
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions

_BEAT_MS: Final = 5
_STALLS_KEPT: Final = 5


class Watch(QObject):
    """Sees what is painted and when the window's loop stands still."""

    asked = Signal(str)

    def __init__(self, kiosk: Kiosk) -> None:
        super().__init__(kiosk)
        self._kiosk = kiosk
        self._unpainted: list[ScanAnswer] = []
        self._status: LaneStatus | None = None
        self._stalls: list[float] = []
        self._beat_at = time.monotonic()
        self._beat = QTimer(self)
        self._beat.setTimerType(Qt.TimerType.PreciseTimer)
        self._beat.setInterval(_BEAT_MS)
        self._beat.timeout.connect(self._take_beat)
        self._beat.start()
        self.asked.connect(self._obey)
        kiosk.scans.answered.connect(self._unpainted.append)
        kiosk.engine.status_changed.connect(self._take_status)
        kiosk.flow.opened.connect(self._take_opened)
        kiosk.window.installEventFilter(self)
        threading.Thread(target=self._listen, daemon=True).start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Let the window paint, and tell when it has."""
        if event.type() != QEvent.Type.UpdateRequest or not self._unpainted:
            return False
        self._kiosk.window.event(event)
        at, painted = time.monotonic(), list(self._unpainted)
        self._unpainted.clear()
        for answer in painted:
            _say(answer=answer.reason, verdict=answer.verdict, mode=answer.mode, at=at)
        return True

    def _take_beat(self) -> None:
        now = time.monotonic()
        late = now - self._beat_at - _BEAT_MS / 1000
        self._beat_at = now
        self._stalls = sorted([*self._stalls, late], reverse=True)[:_STALLS_KEPT]

    def _take_status(self, status: LaneStatus) -> None:
        self._status = status

    def _take_opened(self, status: LaneStatus) -> None:
        self._status = status
        _say(open=status.gate, at=time.monotonic())

    def _listen(self) -> None:
        for line in sys.stdin:
            self.asked.emit(line.strip())
        self.asked.emit("quit")

    def _obey(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        if verb == "submit":
            self._kiosk.take_code(rest)
        elif verb == "stalls":
            _say(stalls=self._stalls)
            self._stalls = []
        elif verb == "state":
            self._tell_state()
        elif verb == "quit":
            QCoreApplication.exit(0)

    def _tell_state(self) -> None:
        window, status = self._kiosk.window, self._status
        _say(
            state=str(window.property("state")),
            is_full_screen=window.covers_screen,
            page=type(window.page).__name__,
            gate="" if status is None else status.gate,
            mode="" if status is None else status.mode,
            pending=0 if status is None else status.pending,
            knowledge_age=None if status is None else status.knowledge_age,
            frames=sum(camera.frame_count for camera in self._kiosk.findChildren(CameraSource)),
            recent=[scan.word for scan in window.gate_page.recent.scans],
        )


def _say(**fact: Any) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run until the window is closed or standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", type=Path, required=True)
    parser.add_argument("--camera", default="none")
    parser.add_argument("--full-screen", action="store_true")
    args = parser.parse_args()
    system = machine_system()
    options = KioskOptions(volume_percent=0, camera=args.camera, is_locked=args.full_screen)
    return run_kiosk(
        ProfileFolder(args.profile, system),
        system.clock,
        options,
        is_full_screen=args.full_screen,
        watch=Watch,
    )


if __name__ == "__main__":
    sys.exit(main())

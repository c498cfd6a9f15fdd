"""The desk's live board in a process of its own, as an organizer has it open.

Reads one line of JSON (who signs in, which event), shows the board in a window, and at the end of
its input prints one line: what it had painted when, and how long the window's loop did not turn.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from gatekeeper.organizer.server_api import EventSite, ServerApi
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.garbage_collection import GarbageCollector, avoid_pauses
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.during.live_flow import LiveFlow
from gatekeeper.ui.organizer.during.live_page import LivePage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.id_types import EventId, OrganizationId

TURN_MS: Final = 5


class _Ended(QObject):
    came = Signal()


class _Painted(QObject):
    """Notes which figures were painted, and when."""

    def __init__(self, page: LivePage) -> None:
        super().__init__(page)
        self._page = page
        self.seen: list[tuple[int, float]] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Note a painting of the title, which says how many are inside."""
        view = self._page.view
        if event.type() is QEvent.Type.Paint and view is not None:
            admitted = view.board.admitted
            if not self.seen or self.seen[-1][0] != admitted:
                self.seen.append((admitted, time.monotonic()))
        return super().eventFilter(watched, event)


def main() -> int:
    """Show the board until the input ends."""
    wanted: dict[str, Any] = json.loads(sys.stdin.readline())
    app = make_application()
    speak_language(app, "en")
    thread, page = DeskThread("desk"), LivePage(LIGHT)
    dress_desk(page, LIGHT)
    GarbageCollector(page)
    page.resize(1180, 1_000)
    painted = _Painted(page)
    title = page.findChild(QWidget, "duringTitle")
    assert title is not None
    title.installEventFilter(painted)
    office = thread.api = ServerApi(wanted["url"])
    asyncio.run(office.sign_in(wanted["email"], wanted["password"]))
    faults: list[str] = []
    session = DeskSession(
        thread,
        office,
        on_fault=lambda fault: faults.append(str(fault)),
        say=lambda _text, _role: None,
        now=lambda: datetime.now(UTC),
        entropy=SystemEntropy(),
    )
    flow = LiveFlow(page, session, SystemClock())
    thread.start()
    page.show()
    site = EventSite(OrganizationId(wanted["organization"]), EventId(wanted["event"]))
    flow.enter(site)
    turns: list[float] = []
    timer = QTimer(page)
    timer.timeout.connect(lambda: turns.append(time.monotonic()))
    timer.start(TURN_MS)
    avoid_pauses()
    ended = _Ended()
    ended.came.connect(app.quit)

    def wait() -> None:
        sys.stdin.read()
        ended.came.emit()

    threading.Thread(target=wait, daemon=True).start()
    app.exec()
    flow.leave()
    thread.stop()
    view = page.view
    found = {
        "painted": painted.seen,
        "turns": turns,
        "faults": faults,
        "cpu_s": time.process_time(),
        "pushed": view is not None and view.is_pushed,
    }
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

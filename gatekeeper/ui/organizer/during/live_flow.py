"""Keeps the live board fresh while it is looked at, and says how old it is when it is not."""

from __future__ import annotations

import threading
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from gatekeeper.organizer.during.door_answers_client import DoorAnswers, read_answers
from gatekeeper.organizer.during.live_board_channel import LiveView, follow
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_thread import FollowedWork
from gatekeeper.ui.organizer.during.evacuation_flow import EvacuatingFlow
from gatekeeper.ui.organizer.during.live_page import LivePage
from gatekeeper.ui.organizer.during.pause_flow import PausingFlow
from shared.kernel.errors import ServerFault
from shared.kernel.instant import SECOND, Duration
from shared.kernel.ports import Clock

AGE_MS: Final = 500


class LiveFlow(QObject):
    """Follows an event's board for a page."""

    _came = Signal()
    _failed = Signal(object)

    def __init__(self, page: LivePage, session: DeskSession, clock: Clock) -> None:
        super().__init__(page)
        self._page, self._thread, self._api = page, session.thread, session.api
        self._clock, self._fail, self._say = clock, session.on_fault, session.say
        self._site: EventSite | None = None
        self._following: FollowedWork | None = None
        self._lock = threading.Lock()
        self._newest: tuple[EventSite, LiveView, Duration] | None = None
        self._came_at = Duration(0)
        self._came.connect(self._show)
        self._failed.connect(self._tell)
        self._timer = QTimer(self, interval=AGE_MS)
        self._timer.timeout.connect(self._say_age)
        self._is_counting = False
        page.answers.wanted.connect(self._count_answers)
        self._pausing = PausingFlow(page.pause, session)
        self._evacuating = EvacuatingFlow(page.evacuation, session)

    def enter(self, site: EventSite) -> None:
        """Follow an event, unless it is followed."""
        self._pausing.enter(site)
        self._evacuating.enter(site)
        if self._following is not None and site == self._site:
            return
        self.leave()
        if site != self._site:
            self._page.forget()
        self._site = site
        self._following = self._thread.follow(
            lambda: follow(
                self._api, site, lambda view: self._keep(site, view), self._failed.emit
            ),
            self._end,
        )
        self._timer.start()
        if self._page.answers.isVisible():
            self._count_answers()

    def leave(self) -> None:
        """Follow nothing: nobody looks."""
        if self._following is not None:
            self._following.stop()
            self._following = None
        self._timer.stop()

    def _count_answers(self) -> None:
        """Have answers at the doors counted while somebody looks at them, once at a time."""
        site = self._site
        if site is None or self._is_counting:
            return
        self._is_counting = True

        def show(answers: DoorAnswers) -> None:
            self._is_counting = False
            if site == self._site:
                self._page.answers.show_answers(answers)
            else:  # another event was turned to meanwhile
                self._count_answers()

        def fail(fault: BaseException) -> None:
            self._is_counting = False
            self._fail(fault)

        self._thread.ask(lambda: read_answers(self._api, site), show, fail)

    def _keep(self, site: EventSite, view: LiveView) -> None:
        """Keep a board in place of one that was not shown yet; in the desk's thread."""
        with self._lock:
            kept, is_first = (site, view, self._clock.monotonic()), self._newest is None
            self._newest = kept
        if is_first:  # else the window is told already, and shows this one
            self._came.emit()

    def _show(self) -> None:
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is None or self._following is None or newest[0] != self._site:
            return
        _, view, self._came_at = newest
        self._page.show_view(view)
        self._say_age()
        self._say("", "bad")

    def _say_age(self) -> None:
        age = self._clock.monotonic() - self._came_at
        self._page.show_age(age / SECOND)

    def _tell(self, fault: ServerFault) -> None:
        if self._following is not None:
            self._fail(fault)

    def _end(self, fault: BaseException) -> None:
        self._following = None
        self._timer.stop()
        self._fail(fault)

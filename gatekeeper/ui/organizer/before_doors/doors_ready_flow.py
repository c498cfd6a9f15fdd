"""What happens at the doors-ready board: measured again and again, and a line's act done.

What the board shows is asked for every few seconds, while the window is there to show it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from PySide6.QtCore import QObject

from gatekeeper.organizer.before_doors.doors_ready_judging import EventFacts, judge_board
from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_undone
from gatekeeper.presenters.desk.role_state_and_age_words import age_of
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.organizer.before_doors.doors_ready_page import DoorsReadyPage
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.organization.server_copies_flow import judge_own_copies
from gatekeeper.ui.organizer.page_requests import entered
from shared.kernel.instant import SECOND

BOARD_OLD_S: Final = 10
"""From when on a doors-ready board that waits for an answer is called old."""

_PAGES_OF_ACTS: Final = {
    "show_people": "people",
    "show_conflicts": "conflicts",
    "show_server": "server",
}


class BoardExits(Protocol):
    """To which other pages a line of the board leads."""

    @property
    def page(self) -> str:
        """Which page is shown."""

    @property
    def devices(self) -> DevicesPage:
        """The page on which devices are added."""

    def lead_to(self, page: str) -> None:
        """Go to a page, where what a line is about stands."""

    def say(self, text: str) -> None:
        """Say a line below the page."""


class DoorsReadyFlow(QObject):
    """Measures how an event stands, and does what a line's button asks for.

    Args:
        page: The board.
        session: Who looks.
        desk: Measures, and acts.
        server: The server that runs on this laptop, if one does.
        work: Where other pages are.
        begin: Reads the events anew, once something was done.
    """

    def __init__(
        self,
        page: DoorsReadyPage,
        session: DeskSession,
        desk: Desk,
        server: OwnServer | None,
        work: BoardExits,
        begin: Callable[[], None],
    ) -> None:
        super().__init__(page)
        self._page, self._session, self._desk, self._server = page, session, desk, server
        self._work, self._begin = work, begin
        self._site: EventSite | None = None
        self._measured_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._is_looking = self._is_late = False
        self.undone = ""
        """Why the last act was not done; said until something else is."""
        page.asked.connect(self._act)

    def enter(self, site: EventSite) -> None:
        """Measure how an event stands, unless that is being done; then say how old the board is.

        Nothing of an event is shown under another one's name.
        """
        if site != self._site:
            self._site, self._measured_at = site, None
            self._page.forget()
        if self._is_looking:
            self._tell_age()
            return
        self._is_looking, self._asked_at = True, self._session.now()
        self._tell_age()  # of a board that was left for a while

        def show(facts: EventFacts) -> None:
            is_late, self._is_looking, self._is_late = self._is_late, False, False
            if site == self._site and not is_late:
                self._show(facts)
            elif self._site is not None:
                self.enter(self._site)

        def fail(fault: BaseException) -> None:
            self._is_looking = self._is_late = False
            if site == self._site:
                self._asked_at = None
                self._tell_age()
            self._session.on_fault(fault)

        self._session.thread.ask(lambda: self._desk.look(site), show, fail)

    def turn_to(self) -> None:
        """Begin anew: what is being measured may be from before what was done elsewhere."""
        self.undone, self._is_late = "", self._is_looking

    def _tell_age(self) -> None:
        """Say of a board that waits for its next measure, or has none, that it is old."""
        if self._measured_at is None or self._work.page != "doors_ready":
            return
        now, old = self._session.now(), BOARD_OLD_S * SECOND
        is_tried = self._asked_at is None or age_of(self._asked_at, now) >= old
        age = age_of(self._measured_at, now)
        if age >= old or self._asked_at is None:
            self._page.show_unmeasured(age, is_tried=is_tried)

    def _show(self, facts: EventFacts) -> None:
        now = self._measured_at = self._session.now()
        lines = judge_board(facts, now)
        if self._server is not None:
            lines = (*lines, judge_own_copies(self._server, now))
        self._page.show_lines(lines, facts.server_time or now)
        if self._work.page == "doors_ready":
            self._work.say(self.undone)

    def _act(self, act: str, name: str) -> None:
        site = entered(self._site)
        desk, self.undone = self._desk, ""
        acts = {"put_on_sale": desk.put_on_sale, "lift_bounds": desk.lift_bounds}
        if do := (acts | {"hand_over": desk.hand_to_gates}).get(act):
            self._session.thread.ask(lambda: do(site), lambda _none: self._go_on(), self._fail)
        else:
            self._work.lead_to(_PAGES_OF_ACTS.get(act, "devices"))
            if act == "add_device":
                self._work.devices.wish_gate(name)
                self._work.devices.role.setFocus()  # where what was asked for goes on

    def _go_on(self) -> None:
        self._is_late = self._is_looking
        self._begin()

    def _fail(self, fault: BaseException) -> None:
        """Say it until something else is done: the next look finds nothing wrong."""
        self.undone = spell_undone(fault)
        self._session.on_fault(fault)

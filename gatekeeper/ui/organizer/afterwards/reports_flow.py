"""Has an event's records folded when its reports are looked at, and saves them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject

from gatekeeper.organizer.afterwards.reports_client import (
    end_event,
    read_file,
    read_sums,
    reopen_event,
)
from gatekeeper.organizer.saved_file import save_file
from gatekeeper.organizer.server_api import EventSite, ServerApi
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault, spell_undone
from gatekeeper.ui.organizer.afterwards.period_report_flow import PeriodFlow
from gatekeeper.ui.organizer.afterwards.report_schedules_flow import SchedulesFlow
from gatekeeper.ui.organizer.afterwards.reports_page import ReportsPage
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import entered
from gatekeeper.wording.texts import TEXTS

T = TypeVar("T")


class ReportsFlow(QObject):
    """Does what the page of reports is asked for.

    Args:
        page: The page.
        session: Of who is signed in.
        changed: Called when the event was ended or goes on: the desk lists it by its state.
    """

    def __init__(
        self, page: ReportsPage, session: DeskSession, changed: Callable[[], None]
    ) -> None:
        super().__init__(page)
        self._changed = changed
        self._page, self._thread, self._api = page, session.thread, session.api
        self._site: EventSite | None = None
        self._is_due = False
        self._period = PeriodFlow(page.period, session)
        self._mailed = SchedulesFlow(page.mailed, session)
        page.tabs.currentChanged.connect(lambda _tab: self._look_at_mailed())
        page.wanted.connect(self._fold)
        page.left.connect(self._be_due)
        page.saved.connect(self.save)
        page.ended.connect(lambda: self._change(end_event))
        page.reopened.connect(lambda: self._change(reopen_event))

    def enter(self, site: EventSite) -> None:
        """Show an event's figures, folded when its page is opened and when asked for."""
        if site != self._site:
            self._site, self._is_due = site, True
            self._page.forget()
        if self._is_due:
            self._is_due = False
            self._fold()
        self._period.enter(site.organization_id)
        self._look_at_mailed()

    def _be_due(self) -> None:
        """Fold anew when somebody comes back: an evening has gone on meanwhile."""
        self._is_due = True

    def _look_at_mailed(self) -> None:
        """Read who is mailed what once somebody looks: managers alone may."""
        if self._site is not None and self._page.is_mailed_shown:
            self._mailed.enter(self._site.organization_id)

    def _fold(self) -> None:
        site = self._site
        if site is not None:
            self._ask(lambda: read_sums(self._api, site), self._page.show_sums)

    def _change(self, how: Callable[[ServerApi, EventSite], Awaitable[None]]) -> None:
        site = entered(self._site)

        def done(_none: None) -> None:
            self._changed()
            self._fold()

        self._ask(lambda: how(self._api, site), done, spell_undone)

    def save(self, form: str, name: str) -> None:
        """Save the whole report as a file."""
        site = entered(self._site)

        async def save() -> None:
            await save_file(name, await read_file(self._api, site, form, TEXTS.language))

        said = TEXTS.say("lists.saved", name=Path(name).name)
        self._ask(save, lambda _none: self._page.say(said, "good"))

    def _ask(
        self,
        work: Callable[[], Awaitable[T]],
        on_done: Callable[[T], object],
        spell: Callable[[BaseException], str] = spell_fault,
    ) -> None:
        site = self._site

        def done(result: T) -> None:
            if self._site == site:
                on_done(result)

        self._thread.ask(work, done, lambda fault: self._page.say(spell(fault), "bad"))

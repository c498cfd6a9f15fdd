"""What happens at the page of alarms: limits read and saved, mails wanted or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject

from gatekeeper.organizer.during.alarms_client import (
    AlarmLimits,
    AlarmMail,
    read_limits,
    read_mail,
    save_limits,
    want_mail,
)
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.plan_words import ClashWords
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_refusal
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.during.alarm_history import HistoryFlow
from gatekeeper.ui.organizer.during.alarm_limits_page import AlarmLimitsPage
from gatekeeper.ui.organizer.edit_clash_flow import EditClash
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.wording.texts import TEXTS

T = TypeVar("T")
WORDS = ClashWords(lambda path: TEXTS.say(f"limits.{path}"), lambda _path, value: str(value))


class AlarmLimitsFlow(QObject):
    """Does what the page of limits is asked for."""

    def __init__(self, page: AlarmLimitsPage, session: DeskSession) -> None:
        super().__init__(page)
        page.setEnabled(False)  # until it is known whose they are
        self._page, self._api, self._say = page, session.api, session.say
        self._work = PageWork(page, session, partial(spell_refusal, is_managers=True))
        self._site: EventSite | None = None
        self._clash = EditClash(
            page.clash, lambda read: read.limits, self._save, lambda: self._look(is_anew=True)
        )
        self.history = HistoryFlow(page.history, session)
        page.tabs.currentChanged.connect(lambda _tab: self._look_back())
        page.saved.connect(self._save)
        page.wants_mail.connect(self._want_mail)

    def enter(self, site: EventSite) -> None:
        """Look how an event's limits stand; what is typed stays."""
        if self._site != site:
            self._site = site
            self._clash.forget()
            self._work.forget()
            self._page.forget()
            self._page.setEnabled(True)
        if not self._work.is_asking:
            self._look()
        self.history.enter(site)

    def _look_back(self) -> None:
        if self._site is not None:
            self.history.enter(self._site)

    def _look(self, *, is_anew: bool = False) -> None:
        site, page = entered(self._site), self._page

        async def read() -> tuple[AlarmLimits, AlarmMail]:
            return await read_limits(self._api, site), await read_mail(self._api, site)

        def show(found: tuple[AlarmLimits, AlarmMail]) -> None:
            page.show_limits(found[0], is_anew=is_anew)
            page.show_mail(found[1])
            self._say("", "bad")

        self._work.do(read, show, is_act=False)

    def _save(self, read: AlarmLimits, limits: Fields, etag: str = "") -> None:
        site, page = entered(self._site), self._page

        def show(clash: Clash | None) -> None:
            if clash is None:
                page.say(TEXTS.say("limits.saved"), "good")
                self._look(is_anew=True)
            else:
                self._clash.meet(read, limits, clash, WORDS)

        page.clash.clear()
        self._act(lambda: save_limits(self._api, site, read, limits, etag), show)

    def _want_mail(self, is_wanted: bool) -> None:  # noqa: FBT001 - a signal's
        site = entered(self._site)

        async def want() -> AlarmMail:
            await want_mail(self._api, site, is_wanted=is_wanted, language=TEXTS.language)
            return await read_mail(self._api, site)

        self._act(want, self._page.show_mail)

    def _act(self, work: Callable[[], Awaitable[T]], on_done: Callable[[T], object]) -> None:
        self._work.do(work, on_done, on_failed=self._look_again)

    def _look_again(self) -> None:
        """Show what stands as before: a switch that was not taken."""
        if self._page.isVisible():
            self._look()

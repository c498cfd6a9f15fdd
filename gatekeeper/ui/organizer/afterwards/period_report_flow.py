"""Has the records of several events folded when somebody asks, and saves the report."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from gatekeeper.organizer.afterwards.period_report_client import (
    PeriodReport,
    PeriodWanted,
    list_event_names,
    read_period,
    read_period_file,
)
from gatekeeper.organizer.saved_file import save_file
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.ui.organizer.afterwards.period_report_page import PeriodPage
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import REPORT_EVENTS_NAMED_MAX
from shared.kernel.id_types import OrganizationId


class PeriodFlow(QObject):
    """Does what the page is asked for."""

    def __init__(self, page: PeriodPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._api = page, session.api
        self._work = PageWork(page, session.telling(page.say), spell_fault)
        self._of: OrganizationId | None = None
        self._is_due = False
        self._wanted = PeriodWanted()
        page.wanted.connect(self._fold)
        page.saved.connect(self.save)

    def enter(self, organization_id: OrganizationId) -> None:
        """Offer an organization's events; nothing is folded until somebody asks."""
        if self._of != organization_id:
            self._of, self._is_due = organization_id, True
            self._page.forget()
        if self._is_due and not self._work.is_asking:
            self._is_due = False
            self._work.look(
                lambda: list_event_names(self._api, organization_id),
                self._offer,
                on_failed=self._be_due,
            )

    def _be_due(self) -> None:
        """Ask again when somebody looks next: no events are offered yet."""
        self._is_due = True

    def _offer(self, names: dict[str, str]) -> None:
        self._page.show_events(names)
        self._page.say("", "lead")

    def _fold(self) -> None:
        of, wanted = self._of, self._page.chosen
        if of is None:
            return
        if wanted.days.is_empty or len(wanted.event_ids) > REPORT_EVENTS_NAMED_MAX:
            key = "days.wrong" if wanted.days.is_empty else "period.many"
            self._page.say(TEXTS.say(key), "bad")
            return

        def show(report: PeriodReport) -> None:
            self._wanted = wanted
            self._page.show_report(report)

        self._work.look(lambda: read_period(self._api, of, wanted), show)

    def save(self, form: str, name: str) -> None:
        """Save the report that is shown, with all its tables."""
        of, wanted = self._of, self._wanted
        if of is None:
            return

        async def save() -> None:
            file = await read_period_file(self._api, of, wanted, form, TEXTS.language)
            await save_file(name, file)

        said = TEXTS.say("lists.saved", name=Path(name).name)
        self._work.look(save, lambda _none: self._page.say(said, "good"))

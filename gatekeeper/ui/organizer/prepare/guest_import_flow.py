"""Leads a list of guests from its file to the event: brought, looked at, taken, undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from PySide6.QtCore import QObject, QTimer

from gatekeeper.organizer.failed_work import LISTS, FailedWork, find_failed, try_again
from gatekeeper.organizer.how_often_pages_look import LIST_LOOK_MS
from gatekeeper.organizer.prepare.guest_imports_client import (
    BUSY,
    USED,
    ListImport,
    bring_list,
    check_list,
    end_list,
    find_latest,
    is_mapped,
    list_types,
    read_list,
    read_report,
    read_wrong,
    start_list,
)
from gatekeeper.organizer.saved_file import save_file
from gatekeeper.organizer.server_api import EventSite, Refused, is_session_over
from gatekeeper.presenters.desk.guest_import_words import spell_missing
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault, spell_file_fault
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import entered
from gatekeeper.ui.organizer.prepare.guest_import_page import GuestListPage
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import LIST_FILE_SIZE_MAX

T = TypeVar("T")
_LOOKS_AT_WORK: Final = 10
"""At each so many looks at a list also at whether its work has failed."""


class GuestListFlow(QObject):
    """Does what the page of guests is asked for."""

    def __init__(self, page: GuestListPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._thread = page, session.thread
        self._api, self._say = session.api, session.say
        self._site: EventSite | None = None
        self._id: str | None = None
        self._is_due = False
        self._told: dict[tuple[str, ...], dict[str, Any]] = {}
        """By a list's headings: which column holds what, as somebody said it last."""
        page.chosen.connect(self.bring)
        page.checked.connect(self._check_told)
        page.taken.connect(self._take)
        page.ended.connect(self._end)
        page.wants_report.connect(self._save_report)
        page.failed.wants_again.connect(self._try_again)
        self._looks = 0
        self._timer = QTimer(self, interval=LIST_LOOK_MS, singleShot=True)
        self._timer.timeout.connect(self._look)

    def enter(self, site: EventSite) -> None:
        """Show an event's newest list, as long as it goes on or can be undone."""
        if site != self._site:
            self._site, self._id = site, None
            self._told.clear()  # types are an event's
            self._page.forget()
        elif not self._is_due:
            return
        self._is_due = False
        if self._id is None:
            self._ask(lambda: find_latest(self._api, site), self._resume, self._be_due)
        else:
            self._look()

    def forget(self) -> None:
        """Show nothing of a list that was read before, and read anew."""
        if (site := self._site) is not None:
            self._site = None
            self.enter(site)

    def _be_due(self, _fault: BaseException) -> None:
        """Ask again when somebody looks next: there was no line, or nobody signed in."""
        self._is_due = True

    def _resume(self, found: ListImport | None) -> None:
        if found is None or self._id is not None or found.state not in BUSY | {"checked", "done"}:
            return
        self._id = found.id
        if found.state != "done":  # its file is gone, and there is nothing to choose
            self._page.show_columns(found)
        self._show_types()
        self._show(found)

    def bring(self, file: Path) -> None:
        """Send a file, and have its lines looked at where its columns are known."""
        page, site = self._page, entered(self._site)
        try:
            if file.stat().st_size > LIST_FILE_SIZE_MAX:
                page.show_fault(
                    TEXTS.say("desk.guests.large", size=LIST_FILE_SIZE_MAX // 1_000_000)
                )
                return
            body = file.read_bytes()
        except OSError as fault:
            page.show_fault(spell_file_fault(file.name, fault))
            return
        self._id = None
        page.show_busy(TEXTS.say("desk.guests.trying"))
        self._ask(lambda: bring_list(self._api, site, body), self._show_brought)

    def _show_brought(self, found: ListImport) -> None:
        self._id = found.id
        # Whoever mends wrong lines brings the same columns again.
        found = msgspec.structs.replace(
            found, mapping=self._told.get(found.columns, found.mapping)
        )
        self._page.show_columns(found)
        self._page.show_list(found)
        self._show_types()
        if is_mapped(found.mapping):
            self._check(found.mapping)

    def _show_types(self) -> None:
        site = entered(self._site)
        self._ask(lambda: list_types(self._api, site), self._page.show_types)

    def _check_told(self, columns: tuple[str, ...], mapping: dict[str, Any]) -> None:
        """Look at the lines by what somebody said of the columns."""
        self._told[columns] = mapping
        if is_mapped(mapping):
            self._check(mapping)
        else:
            self._page.show_fault(spell_missing(mapping))

    def _check(self, mapping: dict[str, Any]) -> None:
        self._page.show_wrong(())
        self._act(lambda site, one: check_list(self._api, site, one, mapping))

    def _take(self, leaves_out_wrong: bool) -> None:  # noqa: FBT001 - the value of a signal
        self._act(
            lambda site, one: start_list(self._api, site, one, leaves_out_wrong=leaves_out_wrong)
        )

    def _end(self, act: str) -> None:
        def failed(fault: BaseException) -> None:
            why = fault.because if isinstance(fault, Refused) else None
            if act == "undo" and why is not None and why.code == USED:
                self._page.ask_to_keep(int(why.values["count"]))
            self._look_later(fault)

        self._act(lambda site, one: end_list(self._api, site, one, act), failed)

    def _act(
        self,
        work: Callable[[EventSite, str], Awaitable[ListImport]],
        on_failed: Callable[[BaseException], object] | None = None,
    ) -> None:
        site, one = self._site, self._id
        if site is not None and one is not None:
            self._ask(lambda: work(site, one), self._show, on_failed or self._look_later)

    def _look_later(self, fault: BaseException) -> None:
        """Look again where no answer came: it may have been done, and the server comes back."""
        if is_session_over(fault):
            self._be_due(fault)
        elif not isinstance(fault, Refused):
            self._timer.start()

    def _show(self, found: ListImport) -> None:
        """Show how far it is, and look again until it is settled."""
        site = self._site
        if found.id != self._id or site is None:
            return  # another file was chosen meanwhile, or another event
        self._page.show_list(found)
        if found.state in BUSY:
            if self._looks % _LOOKS_AT_WORK == 0:
                self._look_at_work(site, found.id)
            self._looks += 1
            self._timer.start()
        elif found.wrong:
            self._ask(lambda: read_wrong(self._api, site, found.id), self._page.show_wrong)

    def _look_at_work(self, site: EventSite, one: str) -> None:
        """Find out whether the list stands where it stands for good."""
        whose = site.organization_id

        def show(work: FailedWork | None) -> None:
            if one == self._id:
                self._page.show_failed(work)

        self._ask(lambda: find_failed(self._api, whose, LISTS, import_id=one), show)

    def _try_again(self, work: FailedWork) -> None:
        site = entered(self._site)
        self._looks = 1  # its failure is not looked for before it can have been tried
        self._ask(
            lambda: try_again(self._api, site.organization_id, work),
            lambda _none: self._page.show_failed(None),
        )

    def _look(self) -> None:
        self._act(lambda site, one: read_list(self._api, site, one))

    def _save_report(self, name: str) -> None:
        site, one = self._site, self._id
        if site is None or one is None:
            return

        async def save() -> None:
            await save_file(name, await read_report(self._api, site, one))

        said = TEXTS.say("lists.saved", name=Path(name).name)
        self._ask(save, lambda _none: self._say(said, "good"))

    def _ask(
        self,
        work: Callable[[], Awaitable[T]],
        on_done: Callable[[T], object],
        on_failed: Callable[[BaseException], object] = lambda _fault: None,
    ) -> None:
        site = self._site

        def done(result: T) -> None:
            if self._site == site:
                on_done(result)

        def failed(fault: BaseException) -> None:
            self._page.show_fault(spell_fault(fault))
            on_failed(fault)

        self._thread.ask(work, done, failed)

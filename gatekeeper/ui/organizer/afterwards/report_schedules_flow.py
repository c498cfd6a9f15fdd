"""What happens at the page of reports by mail: set up, changed, paused, mailed, removed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gatekeeper.organizer.afterwards.report_schedules_client import (
    Address,
    Schedule,
    ScheduleClient,
    ScheduleOverview,
)
from gatekeeper.organizer.failed_work import FailedWork, try_again
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.server_api import Refused
from gatekeeper.presenters.desk.plan_words import spell_clash
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_refusal
from gatekeeper.presenters.desk.report_schedule_words import words_of_schedules
from gatekeeper.ui.organizer.afterwards.report_schedules_page import SchedulesPage
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.edit_clash_flow import EditClash
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import OrganizationId


class SchedulesFlow(QObject):
    """Does what the page is asked for."""

    def __init__(self, page: SchedulesPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._api = page, session.api
        self._work = PageWork(page, session.telling(page.say), _spell)
        self._client: ScheduleClient | None = None
        self._clash = EditClash(
            page.clash, lambda schedule: schedule.fields, self._save, self._refill
        )
        page.added.connect(self._add)
        page.saved.connect(self._save)
        page.paused.connect(self._pause)
        page.run.connect(self._run)
        page.removed.connect(self._remove)
        page.chose.connect(self._look)
        page.asked_address.connect(self._ask_address)
        page.confirmed.connect(self._confirm)
        page.address_removed.connect(self._remove_address)
        page.failed.wants_again.connect(self._try_again)

    def enter(self, organization_id: OrganizationId) -> None:
        """Show an organization's reports by mail."""
        if self._client is None or self._client.organization_id != organization_id:
            self._client = ScheduleClient(self._api, organization_id)
            self._work.forget()
            self._page.forget()
        if not self._work.is_asking:
            self._look()

    def _look(self, then: Callable[[], object] | None = None) -> None:
        """Read how all of it stands; what follows an act is a part of it."""
        client, page = entered(self._client), self._page
        chosen = "" if page.schedule is None else page.schedule.id

        def show(overview: ScheduleOverview) -> None:
            page.show_overview(overview)
            if then is not None:
                then()

        self._work.do(lambda: client.read(chosen), show, is_act=then is not None)

    def _end(self, key: str, **values: object) -> None:
        """Read anew, and say what was done."""
        said = TEXTS.say(key, **values)
        self._look(lambda: self._page.say(said, "good"))

    def _add(self, fields: Fields) -> None:
        def show(made: Schedule) -> None:
            self._page.show_schedule(made)
            self._end("mailed.added")

        self._work.do(lambda: entered(self._client).add(fields), show)

    def _save(self, schedule: Schedule, fields: Fields, etag: str = "") -> None:
        page = self._page

        def show(clash: Clash | None) -> None:
            if clash is not None:
                self._clash.meet(schedule, fields, clash, words_of_schedules(page.event_names))
                return
            self._refill()

        self._work.do(lambda: entered(self._client).save(schedule, fields, etag), show)

    def _refill(self) -> None:
        """Show the report as the server has it, whatever stands in the form."""
        page = self._page

        def show() -> None:
            if page.schedule is not None:
                page.form.show_schedule(page.schedule)
            page.say(TEXTS.say("programs.saved"), "good")

        self._look(show)

    def _pause(self, schedule: Schedule, is_paused: bool) -> None:  # noqa: FBT001 - a signal's
        key = "mailed.paused_now" if is_paused else "mailed.goes_on"
        self._work.do(
            lambda: entered(self._client).pause(schedule, is_paused=is_paused),
            lambda _none: self._end(key),
        )

    def _run(self, schedule: Schedule) -> None:
        self._work.do(
            lambda: entered(self._client).run_now(schedule), lambda _none: self._end("mailed.ran")
        )

    def _try_again(self, work: FailedWork) -> None:
        client = entered(self._client)
        self._work.do(
            lambda: try_again(self._api, client.organization_id, work),
            lambda _none: self._end("failed.tried"),
        )

    def _remove(self, schedule: Schedule) -> None:
        def show(clash: Clash | None) -> None:
            if clash is not None:  # whoever removes decides anew, upon what is shown now
                self._look(lambda: self._page.say(spell_clash(clash), "bad"))
                return
            self._page.show_schedule(None)
            self._end("mailed.removed", name=schedule.name)

        self._work.do(lambda: entered(self._client).remove(schedule), show)

    def _ask_address(self, email: str) -> None:
        def show(made: Address) -> None:
            self._page.email.clear()
            key = "mailed.is_confirmed" if made.confirmed_at is not None else "mailed.code_sent"
            self._end(key, email=TEXTS.isolate(made.email))

        self._work.do(lambda: entered(self._client).ask_address(email, TEXTS.language), show)

    def _confirm(self, address: Address, code: str) -> None:
        def show(made: Address) -> None:
            self._page.code.clear()
            self._end("mailed.is_confirmed", email=TEXTS.isolate(made.email))

        self._work.do(lambda: entered(self._client).confirm_address(address, code), show)

    def _remove_address(self, address: Address) -> None:
        email = TEXTS.isolate(address.email)

        def show(clash: Clash | None) -> None:
            if clash is not None:  # whoever removes decides anew, upon what is shown now
                self._look(lambda: self._page.say(spell_clash(clash), "bad"))
            else:
                self._end("mailed.left", email=email)

        self._work.do(lambda: entered(self._client).remove_address(address), show)


def _spell(fault: Refused) -> str:
    fields = {one.field for one in fault.fields}
    for field in ("code", "recipients", "timezone", "email"):
        if field in fields:
            return TEXTS.say(f"mailed.wrong.{field}")
    if fault.problem == "quota-exceeded":
        return TEXTS.say("mailed.too_many")
    return spell_refusal(fault, is_managers=True)

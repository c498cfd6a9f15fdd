"""What happens at the page of moving dates: looked at, done once, the message followed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer

from gatekeeper.organizer.before_doors.date_moves_client import (
    DateMoveClient,
    MovePlan,
    MovePreview,
    WantedMove,
)
from gatekeeper.organizer.failed_work import FailedWork, try_again
from gatekeeper.organizer.how_often_pages_look import MOVING_LOOK_MS
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_refusal
from gatekeeper.ui.organizer.before_doors.date_moves_page import DateMovesPage
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.wording.texts import TEXTS


class DateMovesFlow(QObject):
    """Does what the page of moving dates is asked for."""

    def __init__(self, page: DateMovesPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._api = page, session.api
        self._work = PageWork(page, session, partial(spell_refusal, is_managers=True))
        self._client: DateMoveClient | None = None
        page.wants_preview.connect(self._preview)
        page.moved.connect(self._move)
        page.wants_look.connect(self.look)
        page.notice.failed.wants_again.connect(self._try_again)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.look)

    def enter(self, site: EventSite) -> None:
        """Show an event's dates as they are now."""
        if self._client is None or self._client.site != site:
            self._client = DateMoveClient(self._api, site)
            self._work.forget()
            self._page.forget()
        self.look()

    def look(self) -> None:
        """Read the dates and how far the message is."""
        if self._page.isVisible() and not self._work.is_acting:
            self._work.do(
                entered(self._client).read, self._show, is_act=False, on_failed=self._look_later
            )

    def _show(self, plan: MovePlan) -> None:
        self._page.show_plan(plan)
        self._look_later()

    def _look_later(self) -> None:
        """Look again as long as the message is on its way, also where no answer came."""
        plan = self._page.plan
        if plan is not None and plan.notice is not None and plan.notice.is_under_way:
            self._timer.start(MOVING_LOOK_MS)

    def _try_again(self, work: FailedWork) -> None:
        client, page = entered(self._client), self._page

        async def do() -> MovePlan:
            await try_again(self._api, client.site.organization_id, work)
            return await client.read()

        def show(plan: MovePlan) -> None:
            self._show(plan)
            page.say(TEXTS.say("failed.tried"), "good")

        self._work.do(do, show)

    def _preview(self, wanted: WantedMove) -> None:
        client, page = entered(self._client), self._page

        def show(preview: MovePreview) -> None:
            page.show_preview(wanted, preview)

        self._work.do(lambda: client.preview(wanted), show)

    def _move(self, wanted: WantedMove) -> None:
        client, page = entered(self._client), self._page

        def show(plan: MovePlan) -> None:
            self._show(plan)
            page.say(TEXTS.say("moving.done", count=len(wanted.after)), "good")

        self._work.do(lambda: client.move(wanted), show)

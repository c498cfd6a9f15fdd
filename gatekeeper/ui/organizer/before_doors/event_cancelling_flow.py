"""What happens at the page of calling off: looked at, done once, followed while it lasts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QObject, QTimer

from gatekeeper.organizer.before_doors.event_cancelling_client import (
    Calling,
    EventCancellingClient,
)
from gatekeeper.organizer.failed_work import FailedWork, try_again
from gatekeeper.organizer.how_often_pages_look import CALLING_OFF_LOOK_MS
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.organizer.before_doors.event_cancelling_page import EventCancellingPage
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.wording.texts import TEXTS


class EventCancellingFlow(QObject):
    """Does what the page of calling off is asked for.

    Args:
        page: Where it is shown.
        session: Of whoever is signed in.
        on_change: Told that the event's state is another one.
    """

    def __init__(
        self, page: EventCancellingPage, session: DeskSession, on_change: Callable[[], None]
    ) -> None:
        super().__init__(page)
        self._page, self._api, self._on_change = page, session.api, on_change
        self._work = PageWork(page, session)
        self._client: EventCancellingClient | None = None
        page.called_off.connect(self._call_off)
        page.stopped.connect(lambda: self._do(entered(self._client).stop))
        page.went_on.connect(lambda: self._do(entered(self._client).go_on))
        page.wants_look.connect(self.look)
        page.notice.failed.wants_again.connect(self._try_again)
        page.chose_date.connect(self._choose)
        self._is_left = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.look)

    def enter(self, site: EventSite) -> None:
        """Show how an event stands: anew on coming here, then as long as it moves by itself."""
        if self._client is None or self._client.site != site:
            self._client = EventCancellingClient(self._api, site)
            self._work.forget()
            self._page.forget()
            self.look()
        elif self._is_left or (not self._timer.isActive() and self._is_watched):
            self.look()
        self._is_left = False

    def leave(self) -> None:
        """Note that another page is looked at: what calling off would mean may change."""
        self._is_left = True

    def _choose(self, date: str) -> None:
        """Look at a date by itself, or at the whole event."""
        site = entered(self._client).site
        self._client = EventCancellingClient(self._api, site, date)
        self._work.forget()
        self._page.show_calling(None)
        self.look()

    @property
    def _is_watched(self) -> bool:
        """Whether what is shown moves by itself; what would be is read when asked for."""
        calling = self._page.calling
        return calling is None or calling.standing is not None

    def look(self) -> None:
        """Read how the event stands."""
        if not self._work.is_asking and self._page.isVisible():
            client = entered(self._client)
            self._do(client.read, is_act=False)

    def _try_again(self, work: FailedWork) -> None:
        client = entered(self._client)

        async def do() -> Calling:
            await try_again(self._api, client.site.organization_id, work)
            return await client.read()

        self._do(do, said=TEXTS.say("failed.tried"))

    def _call_off(self, reason: str, words: str | None) -> None:
        client = entered(self._client)
        self._do(lambda: client.call_off(reason, words, TEXTS.language))

    def _do(
        self, work: Callable[[], Awaitable[Calling]], *, is_act: bool = True, said: str = ""
    ) -> None:
        page = self._page

        def show(calling: Calling) -> None:
            before = page.calling
            page.show_calling(calling)
            if said:
                page.say(said, "good")
            if before is not None and before.state != calling.state:
                self._on_change()
            self._look_later()

        self._work.do(work, show, is_act=is_act, on_failed=self._look_later)

    def _look_later(self) -> None:
        """Look again as long as it is under way, also where no answer came."""
        calling = self._page.calling
        if calling is not None and calling.is_under_way:
            self._timer.start(CALLING_OFF_LOOK_MS)

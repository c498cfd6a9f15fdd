"""What happens while an event is copied: read, looked at, made once, and opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.prepare.event_copying import (
    CopyPreview,
    CopyWanted,
    EventCopyClient,
    Source,
)
from gatekeeper.organizer.server_api import EventSite, Refused, is_session_over
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault, spell_refusal
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.prepare.event_copy_page import EventCopyPage

T = TypeVar("T")


class EventCopyFlow(QObject):
    """Leads through the copying of an event.

    Args:
        owner: Whose end is this one's.
        window: Where the page is shown.
        session: Of whoever is signed in.
        desk: What can be asked of the server.
    """

    made = Signal(object)
    """A copy is there; where."""
    left = Signal()

    def __init__(
        self, owner: QObject, window: DeskWindow, session: DeskSession, desk: Desk
    ) -> None:
        super().__init__(owner)
        self._window, self._thread, self._desk = window, session.thread, desk
        self._now, self._on_fault = session.now, session.on_fault
        self._copy: EventCopyClient | None = None
        self.page: EventCopyPage | None = None

    def begin(self, site: EventSite) -> None:
        """Show the page for an event."""
        if self.page is None:
            self.page = EventCopyPage()
            self.page.wants_preview.connect(self._preview)
            self.page.made.connect(self._make)
            self.page.left.connect(self._leave)
        page, copy = self.page, EventCopyClient(self._desk.api, site, self._desk.entropy)
        self._copy = copy
        page.forget()
        self._window.show_page(page)

        def show(source: Source) -> None:
            page.show_source(source, self._now().astimezone(source.zone).date())

        self._ask(copy.read, show)

    def end(self) -> None:
        """Let the page go."""
        self._copy = None
        if self.page is not None:
            self._window.drop(self.page)
            self.page = None

    def _leave(self) -> None:
        """Go back; what is under way comes to nothing that is shown."""
        self._copy = None
        self.left.emit()

    def _here(self) -> tuple[EventCopyPage, EventCopyClient]:
        assert self.page is not None, "its button was pressed"
        assert self._copy is not None, "an event was chosen"
        return self.page, self._copy

    def _preview(self, wanted: CopyWanted) -> None:
        page, copy = self._here()

        def show(preview: CopyPreview) -> None:
            page.show_preview(wanted, preview, self._now())

        self._ask(lambda: copy.preview(wanted), show)

    def _make(self, wanted: CopyWanted) -> None:
        _, copy = self._here()

        def show(site: EventSite) -> None:
            self._copy = None
            self.made.emit(site)

        self._ask(lambda: copy.copy(wanted), show)

    def _ask(self, work: Callable[[], Awaitable[T]], on_done: Callable[[T], object]) -> None:
        """Do something; what comes after the page was left is not shown."""
        page, copy = self._here()
        page.say("", "lead")
        page.set_busy(is_busy=True)

        def done(result: T) -> None:
            if self._copy is copy:
                page.set_busy(is_busy=False)
                on_done(result)

        def failed(fault: BaseException) -> None:
            if self._copy is not copy:
                return
            page.set_busy(is_busy=False)
            if isinstance(fault, Refused) and not is_session_over(fault):
                page.say(spell_refusal(fault, is_managers=True), "bad")
            else:
                page.say(spell_fault(fault), "bad")
                self._on_fault(fault)

        self._thread.ask(work, done, failed)

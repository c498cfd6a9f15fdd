"""What happens while a new event is drafted and made, also one that another desk began."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.prepare.event_draft import EventDraft, find_flaws
from gatekeeper.organizer.prepare.new_event import EventMaking
from gatekeeper.organizer.prepare.unfinished_event import UnfinishedEvents
from gatekeeper.organizer.roles import lacks_for
from gatekeeper.organizer.server_api import EventSite, is_session_over
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.laptop_time_zone import guess_place
from gatekeeper.ui.organizer.prepare.new_event_page import DraftPage, PriceError
from gatekeeper.ui.organizer.sign_in.sign_in_pages import ProgressPage
from gatekeeper.wording.texts import TEXTS


class NewEventFlow(QObject):
    """Leads from an empty form to an event that is made.

    Args:
        owner: Whose end is this one's.
        window: Where the pages are shown.
        session: Of whoever is signed in.
        desk: What can be asked of the server.
        unfinished: What a desk before this one has not made to its end.

    Attributes:
        draft: The form, while there is one.
    """

    made = Signal(object, object)
    """An event is there: where, and the people whose badges are shown this once."""
    left = Signal()

    def __init__(
        self,
        owner: QObject,
        window: DeskWindow,
        session: DeskSession,
        desk: Desk,
        unfinished: UnfinishedEvents,
    ) -> None:
        super().__init__(owner)
        self._window, self._session, self._desk = window, session, desk
        self._unfinished = unfinished
        self.draft: DraftPage | None = None
        self._making: EventMaking | None = None
        self._name, self._is_question = "", False
        self.progress = ProgressPage()
        window.keep(self.progress)
        self.progress.retried.connect(self._run)
        self.progress.left.connect(self._turn_back)

    def begin(self, zone: str = "") -> None:
        """Show the form of a new event.

        Args:
            zone: That of the event which is open; "" while there is none.
        """
        if self.draft is None:
            money = self._desk.organization.currency
            self.draft = DraftPage(*guess_place(self._session.now(), zone), money)
            self.draft.submitted.connect(self._take_draft)
            self.draft.left.connect(self.left)
        self._window.show_page(self.draft)
        self.draft.begin()

    def take_up(self) -> bool:
        """Ask what shall become of an event that is half made; tell whether there is one."""
        if self._making is None:
            organization = self._desk.organization
            former = self._unfinished.find(organization.id)
            if former is None or lacks_for(organization.role, "plan"):
                return False
            self._making = self._make(former.draft)
            self._making.go_on_after(former)
        done, of = self._making.counts
        self._is_question = True
        self.progress.show_question(
            TEXTS.say("desk.draft.half", name=self._name),
            TEXTS.say("desk.draft.half_lead", done=done, of=of),
            TEXTS.say("desk.draft.half_leave"),
            TEXTS.say("desk.draft.half_go"),
        )
        self._window.show_page(self.progress)
        return True

    def may_close(self) -> bool:
        """Tell whether the window may close; else show the form that would be lost, and ask."""
        if self.draft is None or self.draft.may_close(self._window.close):
            return True
        self._window.show_page(self.draft)
        return False

    def end(self) -> None:
        """Let the pages go."""
        self._window.drop(self.progress)
        self._drop_draft()

    def _drop_draft(self) -> None:
        if self.draft is not None:
            self._window.drop(self.draft)
            self.draft = None

    def _make(self, draft: EventDraft) -> EventMaking:
        desk, self._name = self._desk, draft.name.strip()
        return EventMaking(
            desk.api, desk.organization.id, draft, desk.entropy, self._unfinished.keep
        )

    def _take_draft(self) -> None:
        assert self.draft is not None, "the form was sent"
        try:
            draft = self.draft.read()
        except PriceError as fault:
            self.draft.show_price_fault(fault)
            return
        flaws = find_flaws(draft)
        self.draft.show_flaws(flaws)
        if flaws:
            return
        if self._making is None or self._making.draft != draft:  # else it goes on where it was cut
            self._making = self._make(draft)
        self._run()

    def _run(self) -> None:
        """Make what is not made yet of the event."""
        making = self._making
        assert making is not None, "a draft was taken"
        self._is_question = False
        self._show_step(0, 0)
        self._window.show_page(self.progress)
        told = _Told(self)
        told.moved.connect(self._show_step)
        self._session.thread.ask(lambda: making.run(told.moved.emit), self._finish, self._fail)

    def _show_step(self, done: int, of: int) -> None:
        title, lead = TEXTS.say("desk.draft.making"), TEXTS.say("desk.draft.making_hint")
        self.progress.show_step(title, lead, done, of)

    def _finish(self, site: EventSite) -> None:
        assert self._making is not None, "it has run"
        people, self._making = self._making.people, None
        self._unfinished.forget()
        self._drop_draft()
        self.made.emit(site, people)

    def _fail(self, fault: BaseException) -> None:
        is_over = is_session_over(fault)  # said where one signs in: this is seen after that
        self.progress.show_failure(
            TEXTS.say("desk.draft.cut"), "" if is_over else spell_fault(fault)
        )
        if is_over:
            self._session.on_fault(fault)

    def _turn_back(self) -> None:
        """Go back to the form; or leave an event as it is, half made."""
        if self._is_question:
            self._making = None
            self._unfinished.forget()
            self.left.emit()
        elif self.draft is not None:
            self._window.show_page(self.draft)
        else:
            self.take_up()


class _Told(QObject):
    """Carries a making's progress from its thread to the window's."""

    moved = Signal(int, int)

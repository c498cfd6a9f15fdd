"""What happens at the desk once somebody is signed in: which event is open, which page leads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from gatekeeper.organizer.afterwards.guest_data_client import newest_erasure
from gatekeeper.organizer.desk_and_events import Desk, ListedEvent, first_event
from gatekeeper.organizer.how_often_pages_look import DESK_LOOK_MS
from gatekeeper.organizer.organization.new_staff import MadePerson
from gatekeeper.organizer.own_device import OwnDevices
from gatekeeper.organizer.own_server import OwnServer, start_again
from gatekeeper.organizer.own_server_copies import read_take_over
from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanClient
from gatekeeper.organizer.prepare.unfinished_event import UnfinishedEvents
from gatekeeper.organizer.roles import lacks_for
from gatekeeper.organizer.server_api import FACTOR_MISSING, EventSite, is_session_over
from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.ui.lazy_pages import LatePage
from gatekeeper.ui.organizer.afterwards.audit_flow import AuditFlow
from gatekeeper.ui.organizer.afterwards.guest_data_flow import GuestDataFlow
from gatekeeper.ui.organizer.afterwards.reports_flow import ReportsFlow
from gatekeeper.ui.organizer.before_doors.date_moves_flow import DateMovesFlow
from gatekeeper.ui.organizer.before_doors.devices_flow import DevicesFlow
from gatekeeper.ui.organizer.before_doors.doors_ready_flow import DoorsReadyFlow
from gatekeeper.ui.organizer.before_doors.event_cancelling_flow import EventCancellingFlow
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.during.alarm_bar import AlarmFlow
from gatekeeper.ui.organizer.during.alarm_limits_flow import AlarmLimitsFlow
from gatekeeper.ui.organizer.during.conflicts_flow import ConflictsFlow
from gatekeeper.ui.organizer.during.live_flow import LiveFlow
from gatekeeper.ui.organizer.during.orders_flow import OrdersFlow
from gatekeeper.ui.organizer.organization.people_flow import PeopleFlow
from gatekeeper.ui.organizer.organization.people_page import PeoplePage
from gatekeeper.ui.organizer.organization.second_factor_card import SecondFactorFlow
from gatekeeper.ui.organizer.organization.server_copies_flow import ServerCopiesFlow
from gatekeeper.ui.organizer.organization.server_page import ServerPage
from gatekeeper.ui.organizer.organization.webhooks_flow import WebhooksFlow
from gatekeeper.ui.organizer.prepare.event_copy_flow import EventCopyFlow
from gatekeeper.ui.organizer.prepare.guest_import_flow import GuestListFlow
from gatekeeper.ui.organizer.prepare.new_event_flow import NewEventFlow
from gatekeeper.ui.organizer.prepare.plan_flow import PlanFlow
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from gatekeeper.ui.organizer.prepare.promotions_flow import PromotionsFlow
from gatekeeper.ui.organizer.prepare.seats_flow import SeatsFlow
from gatekeeper.ui.organizer.prepare.seats_page import SeatsPage
from gatekeeper.ui.organizer.prepare.ticket_design_flow import TicketDesignFlow
from gatekeeper.ui.organizer.sign_in.sign_in_pages import group_digits
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK, VENUE_CLOCK
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.instant import datetime_from_instant
from shared.kernel.ports import Clock
from shared.wire.enrol import authority_fingerprint

T = TypeVar("T")
_P = TypeVar("_P", bound=QWidget)


class _Flow(Protocol):
    """Leads through a page by itself, once it knows the event."""

    def enter(self, site: EventSite) -> None:
        """Show the page."""


class DeskFlow(QObject):
    """Leads one signed-in organizer through their work.

    Args:
        window: Where pages are shown.
        thread: Does what takes time.
        desk: What can be asked of the server.
        theme: The window's colours.
        clock: This laptop's.
        own: The devices of this laptop.
        unfinished: What a desk before this one has not made to its end.
        server: The server that runs on this laptop, if one does.
    """

    signed_out = Signal(str)
    """The session has ended; why."""
    moved = Signal(str)
    """The server, which is elsewhere, has answered at this address."""

    def __init__(
        self,
        window: DeskWindow,
        thread: DeskThread,
        desk: Desk,
        theme: Theme,
        clock: Clock,
        own: OwnDevices,
        unfinished: UnfinishedEvents,
        server: OwnServer | None = None,
    ) -> None:
        super().__init__(window)
        self._window, self._thread, self._desk, self._server = window, thread, desk, server
        self._clock, self._own = clock, own
        self.site: EventSite | None = None
        self.first_page = "doors_ready"
        self.event_pages = EventPages(theme)
        window.keep(self.event_pages)
        self._is_looking = False
        self._cut = ""
        """What is said of a server that does not answer, until it does."""
        self._erased: str | None = None
        """The latest erasure that is known of; None before the first look."""
        work = self.event_pages
        session = DeskSession(thread, desk.api, self._fail, work.say, self._now, desk.entropy)
        work.chose_event.connect(self._open_event)
        self.making = NewEventFlow(self, window, session, desk, unfinished)
        self.making.made.connect(self._open_made)
        self.making.left.connect(self.begin)
        work.wants_event.connect(lambda: self.making.begin(self._zone_here()))
        self.copying = self._make_copying(session)
        work.menu.entered.connect(self._enter)
        self.flows: dict[str, _Flow] = {}
        """By page, of those that were made and that lead through themselves."""
        self._plan: PlanFlow | None = None
        self.seats: SeatsFlow | None = None
        self.factor: SecondFactorFlow | None = None
        self._copies: ServerCopiesFlow | None = None
        self._left_at: QWidget | None = None
        self._lead(session)
        self._zones: dict[EventSite, str] = {}
        self._show_organization()
        work.show_role(desk.organization.role)
        self._timer = QTimer(self, interval=DESK_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self.alarms = AlarmFlow(work.alarms, session, desk)
        self.alarms.failed.connect(work.say)
        self.alarms.answered.connect(self._hear_answer)
        self._timer.timeout.connect(self.alarms.look)

    def _lead(self, session: DeskSession) -> None:
        """Lead through each page from when it is made."""
        work, has, desk, flows = self.event_pages, EventPages, self._desk, self.flows

        def lead(page: LatePage[_P], make: Callable[[_P, DeskSession], _Flow]) -> None:
            page.when_made(work, lambda made: flows.update({page.name: make(made, session)}))

        lead(has.devices, lambda page, at: DevicesFlow(page, at, desk, self._own))
        lead(has.conflicts, ConflictsFlow)
        lead(has.reports, lambda page, at: ReportsFlow(page, at, self.begin))
        lead(has.guests, GuestListFlow)
        lead(has.orders, OrdersFlow)
        lead(has.programs, WebhooksFlow)
        lead(has.alarm_limits, AlarmLimitsFlow)
        lead(has.event_cancelling, lambda page, at: EventCancellingFlow(page, at, self.begin))
        lead(has.promotions, PromotionsFlow)
        lead(has.guest_data, lambda page, at: GuestDataFlow(page, at, self._forget_guests))
        lead(has.audit, AuditFlow)
        lead(has.ticket_design, TicketDesignFlow)
        lead(has.date_moves, DateMovesFlow)
        lead(has.live, lambda page, at: LiveFlow(page, at, self._clock))
        lead(has.people, self._lead_people)
        lead(
            has.doors_ready,
            lambda page, at: DoorsReadyFlow(page, at, desk, self._server, work, self.begin),
        )
        has.plan.when_made(work, lambda page: self._lead_plan(page, session))
        has.seats.when_made(work, self._lead_seats)
        has.server.when_made(work, self._lead_server)

    def _hear_erased(self, newest: str) -> None:
        """Look anew where somebody was erased since the last look, at whichever desk."""
        known, self._erased = self._erased, newest
        if known not in {None, newest}:
            self._forget_guests()

    def _forget_guests(self) -> None:
        """Have no page show any longer whom it has found: somebody of them may be erased."""
        for flow in self.flows.values():
            if isinstance(flow, OrdersFlow | GuestListFlow):
                flow.forget()

    def _lead_people(self, page: PeoplePage, session: DeskSession) -> PeopleFlow:
        page.members.show_address(self._address)
        return PeopleFlow(
            page, session, self._desk, self._clock, self._ask, self._show_organization
        )

    def _lead_plan(self, page: PlanPage, session: DeskSession) -> None:
        self._plan = PlanFlow(page, session)

    def _lead_seats(self, page: SeatsPage) -> None:
        self.seats = SeatsFlow(page, self._desk, self._ask, lambda: self.site)

    def _lead_server(self, page: ServerPage) -> None:
        """Say where the server is; of one of this laptop also by which digits others know it."""
        self.factor = SecondFactorFlow(page.factor, self._desk, self._ask, self.event_pages.say)
        server, facts = self._server, {"address": self._address}
        if server is not None:
            digits = group_digits(authority_fingerprint(server.read_authority()))
            facts |= {"digits": digits, "folder": str(server.folder)}
            self._copies = ServerCopiesFlow(
                page,
                server,
                self._desk,
                self._ask,
                self.event_pages.say,
                lambda: self.site,
                self._now,
            )
        page.show_server(facts, is_own=server is not None)
        page.moved.connect(self._follow_to)

    def _follow_to(self, url: str) -> None:
        """Go on where somebody says that the server is by now."""
        api = self._desk.api

        def done(_none: None) -> None:
            self._go_on()
            self.event_pages.say(TEXTS.say("desk.plan.saved", name=api.url), "good")
            self.moved.emit(api.url)

        self._ask(lambda: api.follow_to(url), done)

    @property
    def _address(self) -> str:
        return self._desk.api.url if self._server is None else self._server.lan_url

    def begin(self) -> None:
        """Show the event that is on, else the newest, or the form of the first one.

        One that was not made to its end comes before them.
        """
        if self.making.take_up():
            return
        self._ask(lambda: self._desk.list_events(self._now()), self._show_events)
        self._timer.start()

    def stop(self) -> None:
        """Ask for nothing more."""
        self._timer.stop()
        self._leave("live")

    def _leave(self, page: str) -> None:
        if isinstance(flow := self.flows.get(page), LiveFlow | EventCancellingFlow):
            flow.leave()

    def resume(self) -> None:
        """Go on where the session ended: what was typed or is shown only once is still there."""
        if self._left_at is not None:
            self._window.show_page(self._left_at)
        self._timer.start()
        if self.event_pages.page:
            self._enter(self.event_pages.page)
        else:
            self.begin()

    def may_close(self) -> bool:
        """Tell whether the window may close; else show what would be lost, and ask."""
        if not self.making.may_close():
            return False
        if self.event_pages.may_close(self._window.close):
            return True
        self._window.show_page(self.event_pages)
        return False

    def leave(self) -> None:
        """Let the pages go: another flow takes the place of this one."""
        self.stop()
        self._window.drop(self.event_pages)
        self.making.end()
        self.copying.end()
        self.deleteLater()

    def _show_organization(self) -> None:
        """Turn to the organization's clock, and say whose desk this is."""
        ORGANIZATION_CLOCK.turn_to(self._desk.organization.timezone)
        self.event_pages.show_place(self._desk.organization.name)

    # ---- events

    def _show_events(self, events: Sequence[ListedEvent]) -> None:
        if not events:
            self._begin_without_events()
            return
        self._zones = {event.site: event.timezone for event in events}
        self._turn_to(self.site if self.site in self._zones else first_event(events).site)
        self.event_pages.show_events(events, self.site)
        self._window.show_page(self.event_pages)
        if not self.event_pages.page:
            own, offered = self._server, self.event_pages.menu.offered
            page = self.first_page if self.first_page in offered else "doors_ready"
            self.event_pages.enter("server" if own and read_take_over(own.folder) else page)
            self.event_pages.focus_menu()  # not the events: an arrow would turn to another one
        self.look()

    def _begin_without_events(self) -> None:
        """Make the first one, or wait for whoever may."""
        if lacks_for(self._desk.organization.role, "plan"):
            self._window.show_page(self.event_pages)
            self.event_pages.enter("server")
            self.event_pages.say(TEXTS.say("role.no_event"))
        else:
            self.making.begin()

    def _zone_here(self) -> str:
        return "" if self.site is None else self._zones.get(self.site, "")

    def _turn_to(self, site: EventSite) -> None:
        """Open an event: every page shows its times by its venue's clock."""
        self.site = site
        VENUE_CLOCK.turn_to(self._zone_here())

    def _open_event(self, site: EventSite) -> None:
        self._turn_to(site)
        EventPages.devices.if_made(self.event_pages, lambda page: page.forget_pairing())
        self._enter(self.event_pages.page)

    def _make_copying(self, session: DeskSession) -> EventCopyFlow:
        flow = EventCopyFlow(self, self._window, session, self._desk)
        flow.made.connect(self._open_copy)
        flow.left.connect(self.begin)
        self.event_pages.wants_copy.connect(self._begin_copy)
        return flow

    def _begin_copy(self) -> None:
        """Show what a copy of the event would be."""
        if self.site is not None:
            self.copying.begin(self.site)

    def _open_copy(self, site: EventSite) -> None:
        """Open the draft where its dates and prices stand."""
        self.copying.end()
        self._turn_to(site)
        EventPages.devices.if_made(self.event_pages, lambda page: page.forget_pairing())
        self.event_pages.lead_to("plan")
        self.begin()

    def _open_made(self, site: EventSite, people: list[MadePerson]) -> None:
        """Open an event that was just made, where the badges of its people are shown."""
        self._turn_to(site)
        self.event_pages.people.show_badges(people)
        if people:
            page = TEXTS.say("desk.page.doors_ready")
            self.event_pages.people.badges.say(TEXTS.say("desk.draft.made", page=page), "good")
        self.event_pages.lead_to("people" if people else "doors_ready")
        self.begin()

    # ---- what is shown again and again

    def _enter(self, page: str) -> None:
        """Show a page: what is drawn in it is read once, the rest again and again."""
        if isinstance(board := self.flows.get("doors_ready"), DoorsReadyFlow):
            board.turn_to()
        self.event_pages.say("")  # of the page before; what is still wrong is said anew
        for left in {"live", "event_cancelling"} - {page}:
            self._leave(left)
        if page != "server":
            EventPages.server.if_made(self.event_pages, lambda page: page.factor.turn_away())
        if page == "seats" and self.seats is not None:
            self.seats.look()
        elif page == "server" and self.factor is not None:
            self.factor.look()
        elif self.site is None:  # events could not be read before there was a second factor
            self._ask(lambda: self._desk.list_events(self._now()), self._show_events)
        self._call_events()
        self.look()

    def _read_seats(self) -> None:
        """Read what is drawn upon, if it was not; it is not looked at again and again."""
        if self.event_pages.page == "seats" and self.seats is not None and self.seats.unread:
            self.seats.look()

    def _call_events(self) -> None:
        """Offer the events, and what one may do, as they are by now; a look tells of faults."""
        if self.site is not None:
            self._ask_beside(self._desk.name_events, self._take_names)
            self._ask_beside(self._desk.read_role, self.event_pages.show_role_now)

    def _ask_beside(
        self, work: Callable[[], Awaitable[T]], on_done: Callable[[T], object]
    ) -> None:
        """Ask for what a page can do without: its own look tells of faults."""
        pages = self.event_pages

        def done(result: T) -> None:
            if isValid(pages):  # else somebody else has sat down at the desk meanwhile
                on_done(result)

        self._thread.ask(work, done, lambda _fault: None)

    def _take_names(self, events: Sequence[ListedEvent]) -> None:
        self._zones |= {event.site: event.timezone for event in events}
        self.event_pages.call_events(events)

    def look(self) -> None:
        """Ask how things stand, unless that is being asked."""
        if self.event_pages.page == "server":
            if self._copies is not None:
                self._copies.look()
            return
        site = self.site
        if site is None or not self.event_pages.isVisible():
            return
        if (flow := self.flows.get(self.event_pages.page)) is not None:
            flow.enter(site)
            if isinstance(flow, OrdersFlow | GuestListFlow):
                organization_id = site.organization_id
                newest = partial(newest_erasure, self._desk.api, organization_id)
                self._ask_beside(newest, self._hear_erased)
        elif self.event_pages.page == "plan" and self._plan is not None and not self._is_looking:
            self._is_looking = True
            plan, client = self._plan, self._plan.client_of(site)
            self._ask(client.read, lambda found: self._show_plan(plan, client, found))

    def _hear_answer(self) -> None:
        """Say no longer that the server is silent: many pages look at nothing anew."""
        if not self._cut:
            return
        if self._cut == self.event_pages.note:
            self.event_pages.say("")
        self._cut = ""
        self._read_seats()

    def _show_plan(self, flow: PlanFlow, desk: PlanClient, plan: EventPlan) -> None:
        VENUE_CLOCK.turn_to(plan.timezone)
        flow.show_plan(desk, plan)
        self.event_pages.say("")

    def _now(self) -> datetime:
        return datetime_from_instant(self._clock.wall())

    # ---- faults

    def _ask(
        self,
        work: Callable[[], Awaitable[T]],
        on_done: Callable[[T], object],
        on_failed: Callable[[BaseException], object] = lambda _fault: None,
    ) -> None:
        pages = self.event_pages

        def done(result: T) -> None:
            if isValid(pages):  # else somebody else has sat down at the desk meanwhile
                self._is_looking = False
                on_done(result)

        def failed(fault: BaseException) -> None:
            if isValid(pages):
                on_failed(fault)
                self._fail(fault)

        self._thread.ask(work, done, failed)

    def _fail(self, fault: BaseException) -> None:
        """Say what went wrong, and mend what the desk can mend."""
        self._is_looking = False
        if is_session_over(fault):
            if self._timer.isActive() or self.event_pages.isVisible():  # else it was told already
                self._left_at = self._window.currentWidget()
                self.stop()
                self.signed_out.emit(spell_fault(fault))
            return
        if isinstance(fault, Rejected) and fault.problem == FACTOR_MISSING:
            self._window.show_page(self.event_pages)
            self.event_pages.enter("server")  # where one is made; nothing else can be done
        self._say_wrong(fault, spell_fault(fault))
        if isinstance(fault, ServerFault) and self._server is not None:
            self._say_wrong(fault, TEXTS.say("desk.own.restarting"))
            self._thread.ask(
                partial(start_again, self._server, self._desk.api),
                lambda _none: self._go_on(),
                lambda why: self._say_wrong(fault, spell_fault(why)),
            )

    def _say_wrong(self, fault: BaseException, said: str) -> None:
        self.event_pages.say(said)
        self._cut = self.event_pages.note if isinstance(fault, ServerFault) else ""

    def _go_on(self) -> None:
        """Look again, and say where the server is now: it may have had to take another port."""
        self._hear_answer()
        facts = {"address": self._address}
        EventPages.server.if_made(
            self.event_pages,
            lambda page: page.show_server(facts, is_own=self._server is not None),
        )
        EventPages.people.if_made(
            self.event_pages, lambda page: page.members.show_address(facts["address"])
        )
        self.look()

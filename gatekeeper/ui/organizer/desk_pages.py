"""Where whoever is signed in works: the pages at the left, and the chosen one beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from gatekeeper.organizer.desk_and_events import ListedEvent
from gatekeeper.organizer.roles import EVACUATES_FROM, INVITES_FROM, has_role, lacks_for, may_enter
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.desk.role_state_and_age_words import spell_state
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.lazy_pages import LatePage
from gatekeeper.ui.organizer.afterwards.audit_page import AuditPage
from gatekeeper.ui.organizer.afterwards.guest_data_page import GuestDataPage
from gatekeeper.ui.organizer.afterwards.reports_page import ReportsPage
from gatekeeper.ui.organizer.before_doors.date_moves_page import DateMovesPage
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.organizer.before_doors.doors_ready_page import DoorsReadyPage
from gatekeeper.ui.organizer.before_doors.event_cancelling_page import EventCancellingPage
from gatekeeper.ui.organizer.desk_menu import PAGES, DeskMenu
from gatekeeper.ui.organizer.desk_style import called, fit_letters, make_button, make_text
from gatekeeper.ui.organizer.during.alarm_bar import AlarmBar
from gatekeeper.ui.organizer.during.alarm_limits_page import AlarmLimitsPage
from gatekeeper.ui.organizer.during.conflicts_page import ConflictsPage
from gatekeeper.ui.organizer.during.live_page import LivePage
from gatekeeper.ui.organizer.during.orders_page import OrdersPage
from gatekeeper.ui.organizer.offered_by_role import RoleView
from gatekeeper.ui.organizer.organization.people_page import PeoplePage
from gatekeeper.ui.organizer.organization.server_page import ServerPage
from gatekeeper.ui.organizer.organization.webhooks_page import WebhooksPage
from gatekeeper.ui.organizer.prepare.guest_import_page import GuestListPage
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from gatekeeper.ui.organizer.prepare.promotions_page import PromotionsPage
from gatekeeper.ui.organizer.prepare.seats_page import SeatsPage
from gatekeeper.ui.organizer.prepare.ticket_design_page import TicketDesignPage
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.confirmation_cards import EditLoss, LossQuestion
from gatekeeper.ui.organizer.widgets.kept_focus import KeptFocus
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.long_names import OneLine
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.wording.texts import TEXTS

_BEYOND_EVENT: Final = frozenset(("seats", "programs", "reports", "people"))
"""What is filled in there is the venue's or the organization's: another event takes none of it."""
_NARROW: Final = 1_000
"""Pixels of a window beside whose menu pages would have to be moved from side to side."""


class EventPages(LastActLine, QWidget):
    """The pages of one event, each made when it is first entered."""

    chose_event = Signal(object)
    wants_event = Signal()
    wants_copy = Signal()
    takes_role = Signal(str)
    """Whoever is signed in has another role by now, and wants to work in it."""
    doors_ready = LatePage(lambda self: DoorsReadyPage(self._theme))
    live = LatePage(lambda self: LivePage(self._theme))
    conflicts = LatePage(lambda _: ConflictsPage())
    alarm_limits = LatePage(lambda _: AlarmLimitsPage())
    plan = LatePage(lambda _: PlanPage())
    ticket_design = LatePage(lambda _: TicketDesignPage())
    devices = LatePage(lambda _: DevicesPage())
    guests = LatePage(lambda _: GuestListPage())
    orders = LatePage(lambda _: OrdersPage())
    seats = LatePage(lambda self: SeatsPage(self._theme))
    people = LatePage(lambda _: PeoplePage())
    guest_data = LatePage(lambda _: GuestDataPage())
    reports = LatePage(lambda _: ReportsPage())
    date_moves = LatePage(lambda _: DateMovesPage())
    event_cancelling = LatePage(lambda _: EventCancellingPage())
    programs = LatePage(lambda _: WebhooksPage())
    promotions = LatePage(lambda _: PromotionsPage())
    audit = LatePage(lambda _: AuditPage())
    server = LatePage(lambda _: ServerPage())

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("deskWorkspace")
        self._theme = theme
        self.alarms = AlarmBar()
        self._stack = _Pages()
        self.menu = DeskMenu()
        self.menu.entered.connect(self._show_page)
        self.menu.clicked.connect(lambda _place: self._fold_menu())
        self.menu.activated.connect(lambda _place: self._fold_menu())
        self._unfold = make_button(TEXTS.say("desk.menu"), "deskUnfold")
        self._unfold.setCheckable(True)
        self._unfold.setAccessibleDescription(TEXTS.say("desk.pages"))
        self._unfold.toggled.connect(self._arrange_menu)
        self.events = called(ChoiceBox(), "deskEvents")
        fit_letters(self.events)
        self.events.setMinimumWidth(280)
        self.events.setAccessibleName(TEXTS.say("desk.event"))
        self.events.activated.connect(self._choose)
        new = make_button(TEXTS.say("desk.new_event"), "newEvent", self.wants_event)
        copy = make_button(TEXTS.say("copying.open"), "copyEvent", self.wants_copy)
        copy.setAccessibleDescription(TEXTS.say("copying.title"))
        self._where = OneLine()
        self._where.setProperty("role", "lead")
        self._where.setObjectName("deskWhere")
        head = fill(QHBoxLayout(), self._unfold, self.events, new, copy, (self._where, 1))
        self._makers = new, copy
        self.role_view: RoleView | None = None
        self._note = make_text("", "bad", "deskNote")
        self._note.hide()
        self._chosen: EventSite | None = None
        self._loss = EditLoss("edits")
        middle = fill(QHBoxLayout(), self.menu)
        self.body = ScrollingPage()  # a page that needs more than a small laptop has
        self.body.setWidget(self._stack)
        self._focus = KeptFocus(self.body)
        middle.addWidget(self.body, 1)
        rows = QVBoxLayout(self)
        fill(rows, head, self.alarms, self._note, self._make_role_row(), self._loss)
        rows.addLayout(middle, 1)
        self._arrange_menu()

    def _make_role_row(self) -> QHBoxLayout:
        self._role_note = make_text("", "lead", "deskRole")
        self._take_role = make_button(TEXTS.say("role.take"), "deskTakeRole", self._take_up)
        row = fill(QHBoxLayout(), (self._role_note, 1), self._take_role)
        for part in (self._role_note, self._take_role):
            part.hide()
        return row

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the menu in a narrow window, where pages would scroll sideways beside it."""
        super().resizeEvent(event)
        if (event.oldSize().width() < _NARROW) is not (event.size().width() < _NARROW):
            self._fold_menu()

    def focus_menu(self) -> None:
        """Let keys choose a page."""
        (self._unfold if self.menu.is_folded else self.menu).setFocus()

    def _fold_menu(self) -> None:
        self._unfold.setChecked(False)
        self._arrange_menu()

    def _arrange_menu(self) -> None:
        is_narrow = self.width() < _NARROW
        had_focus = self.focusWidget() is self.menu
        self._unfold.setVisible(is_narrow)
        self.menu.fold(is_folded=is_narrow and not self._unfold.isChecked())
        if had_focus or self._unfold.isChecked():
            self.focus_menu()

    @property
    def page(self) -> str:
        """Which page is shown; "" before the first."""
        return self.menu.page

    def enter(self, page: str) -> None:
        """Go to a page."""
        self.menu.enter(page)

    def lead_to(self, page: str) -> None:
        """Go to a page where what somebody is led to stands: at its first tab."""
        self.enter(page)
        tabs = getattr(getattr(self, page), "tabs", None)
        if isinstance(tabs, QTabWidget):
            tabs.setCurrentIndex(0)

    def show_events(self, events: Sequence[ListedEvent], chosen: EventSite | None) -> None:
        """Offer the events, one of them chosen."""
        self._chosen = chosen
        self.events.clear()
        for event in events:
            self.events.addItem(_call(event), event.site)
            if event.site == chosen:
                self.events.setCurrentIndex(self.events.count() - 1)

    def call_events(self, events: Sequence[ListedEvent]) -> None:
        """Call events by what they are by now: another desk may have made one, or put it on sale.

        The chosen one stays.
        """
        offered = [self.events.itemData(place) for place in range(self.events.count())]
        for place, event in enumerate(events):
            if event.site in offered:
                self.events.setItemText(offered.index(event.site), _call(event))
            else:
                self.events.insertItem(place, _call(event), event.site)
                offered.insert(place, event.site)

    @property
    def _made(self) -> dict[str, QWidget]:
        return {name: vars(self)[name] for name in PAGES if name in vars(self)}

    def add_page(self, page: QWidget) -> None:
        """Own a page that was just made, and offer on it what the role can do."""
        self._stack.addWidget(page)
        [name] = [name for name, made in self._made.items() if made is page]
        self._let(name, page)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours where a page draws by itself."""
        self._theme = theme
        EventPages.doors_ready.if_made(self, lambda page: page.set_theme(theme))
        EventPages.seats.if_made(self, lambda page: page.canvas.set_theme(theme))

    def show_role(self, role: str) -> None:
        """Offer what a role can do: the rest is not there, and each page says who can."""
        self.role_view = RoleView(role, self)
        self.menu.offer(frozenset(page for page in PAGES if may_enter(role, page)))
        for button in self._makers:
            button.setVisible(not lacks_for(role, "plan"))
        self.alarms.may_take = role != "reader"
        for name, page in self._made.items():
            self._let(name, page)
        self._say_role()

    def _let(self, name: str, page: QWidget) -> None:
        """Withhold on a page what the role cannot do, once somebody is signed in."""
        if self.role_view is None:
            return
        role, may_edit = self.role_view.role, not lacks_for(self.role_view.role, name)
        self.role_view.withhold(name, page)
        _let_by_role(role, page)
        match page:
            case PlanPage():
                page.may_edit = may_edit
            case PeoplePage():
                page.let_edit(may_edit=may_edit, is_owner=has_role(role, INVITES_FROM))
            case DevicesPage():
                for card in (page.stock, page.place, page.seats, page.codes):
                    card.let_edit(may_edit=may_edit)
            case DoorsReadyPage():
                page.may_act, page.is_owner = may_edit, has_role(role, "owner")
            case _:
                pass

    def _show_page(self, page: str) -> None:
        self._loss.hide()
        self._stack.setCurrentWidget(getattr(self, page))
        self.body.verticalScrollBar().setValue(0)  # wherever the former page was left
        self._say_role()

    def show_role_now(self, role: str) -> None:
        """Say if whoever is signed in has another role by now: these pages are of the former."""
        if self.role_view is not None:
            self.role_view.now = role
            self._say_role()

    def _say_role(self) -> None:
        view = self.role_view
        said = "" if view is None else view.say(self.page)
        self._role_note.setText(said)
        self._role_note.setVisible(bool(said))
        self._take_role.setVisible(view is not None and view.now != view.role)

    def _take_up(self) -> None:
        """Leave these pages for those of another role; what would be lost is asked about."""
        if self.role_view is not None and self.may_close(self._take_up):
            self.takes_role.emit(self.role_view.now)

    def may_close(self, close: Callable[[], object]) -> bool:
        """Tell whether nothing is lost with the window; else ask, and call `close` on a yes."""
        for name, tabs, tab, question in self._questions():
            if not question.is_safe:
                self.enter(name)
                if tabs is not None:
                    tabs.setCurrentIndex(tab)
                question.before(close)
                return False
        promotions = EventPages.promotions.made_in(self)
        if promotions is not None and not promotions.vouchers.codes.is_safe:
            self.enter("promotions")
            promotions.tabs.setCurrentWidget(promotions.vouchers)
            promotions.vouchers.codes.ask_to_close(close)
            return False
        if self._loss.is_agreed or not (unsaved := self._unsaved()):
            return True
        self._ask_to_lose(unsaved, close)
        return False

    def _unsaved(self) -> dict[str, QWidget | None]:
        """List the pages on which something is filled in that is not saved, with the tab."""
        has = EventPages
        plan, limits = has.plan.made_in(self), has.alarm_limits.made_in(self)
        design, seats = has.ticket_design.made_in(self), has.seats.made_in(self)
        promotions, programs = has.promotions.made_in(self), has.programs.made_in(self)
        reports, people = has.reports.made_in(self), has.people.made_in(self)
        found: list[tuple[str, QWidget | None, bool]] = [
            ("ticket_design", None, design is not None and design.is_changed),
            ("alarm_limits", None, limits is not None and limits.is_touched),
            ("seats", None, seats is not None and seats.draft.is_changed),
        ]
        if plan is not None:
            found[:0] = [
                ("plan", plan.tabs.widget(0), plan.is_touched),
                ("plan", plan.holds, plan.holds.is_typed_in),
            ]
        if promotions is not None:
            tabs, vouchers = promotions.tabs, promotions.vouchers
            found.append(("promotions", tabs.widget(0), promotions.is_typed_in))
            found.append(("promotions", vouchers, vouchers.is_typed_in))
        if people is not None:
            found.append(("people", people.tabs.widget(0), people.card.is_typed_in))
            found.append(("people", people.organization, people.organization.is_typed_in))
        if programs is not None:
            form, keys = programs.form, programs.keys
            found.append(("programs", programs.tabs.widget(0), form.is_typed_in))
            found.append(("programs", keys, keys.form.is_typed_in))
        if reports is not None:
            found.append(("reports", reports.mailed, reports.mailed.form.is_typed_in))
        unsaved: dict[str, QWidget | None] = {}
        for name, tab, is_unsaved in found:
            if is_unsaved:
                unsaved.setdefault(name, tab)
        return unsaved

    def _drop_unsaved(self) -> None:
        """Empty the forms of another event that somebody has agreed to lose."""
        if (plan := EventPages.plan.made_in(self)) is not None:
            plan.holds.forget()
        if (promotions := EventPages.promotions.made_in(self)) is not None:
            promotions.forget()
            promotions.vouchers.forget()

    def _ask_to_lose(self, pages: Mapping[str, QWidget | None], act: Callable[[], object]) -> None:
        name, tab = next(iter(pages.items()))
        self.lead_to(name)
        tabs = getattr(getattr(self, name), "tabs", None)
        if isinstance(tabs, QTabWidget) and tab is not None:
            tabs.setCurrentWidget(tab)
        self._loss.before(act, [TEXTS.say(f"desk.page.{one}") for one in pages])

    def _questions(self) -> Iterator[tuple[str, QTabWidget | None, int, LossQuestion]]:
        """List what asks before something is lost, and the tabs where it stands, if any."""
        if (people := EventPages.people.made_in(self)) is not None:
            yield "people", people.tabs, 0, people.badges.question
            yield "people", people.tabs, 0, people.card.loss
        if (programs := EventPages.programs.made_in(self)) is not None:
            yield "programs", programs.tabs, 0, programs.loss
            yield "programs", programs.tabs, 1, programs.keys.secret.question
        if (server := EventPages.server.made_in(self)) is not None:
            yield "server", None, 0, server.factor.question

    def show_place(self, text: str) -> None:
        """Say which server this is."""
        self._where.say(text)

    def _mark(self, site: EventSite | None) -> None:
        """Show an event as the chosen one."""
        for row in range(self.events.count()):
            if self.events.itemData(row) == site:
                self.events.setCurrentIndex(row)

    def _choose(self, row: int) -> None:
        """Turn to an event; where that would lose an edit, after a yes."""
        site = self.events.itemData(row)

        def turn() -> None:
            self._chosen = site
            self._mark(site)
            self.chose_event.emit(site)

        self._loss.hide()
        of_event = {
            name: tab for name, tab in self._unsaved().items() if name not in _BEYOND_EVENT
        }
        if site == self._chosen or not of_event:
            turn()
            return

        def lose() -> None:
            self._drop_unsaved()
            turn()

        self._mark(self._chosen)
        self._ask_to_lose(of_event, lose)


def _let_by_role(role: str, page: QWidget) -> None:
    """Let a page offer what takes another role than its other acts."""
    match page:
        case LivePage():
            page.evacuation.let_order(may_order=has_role(role, EVACUATES_FROM))
            page.pause.let_order(may_order=not lacks_for(role, "plan"))
        case AlarmLimitsPage():
            page.may_be_mailed = role != "reader"
        case WebhooksPage():
            page.keys.let_edit(is_owner=has_role(role, INVITES_FROM))
        case ReportsPage():
            page.let_manage(may_manage=has_role(role, "manager"))
        case PromotionsPage():
            page.let_see_vouchers(may_see=has_role(role, "staff"))
        case OrdersPage():
            page.files.setVisible(has_role(role, "manager"))
        case _:
            pass


class _Pages(QStackedWidget):
    """Needs the page of the page that is shown, and not of the tallest one."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(lambda _row: self.updateGeometry())

    def sizeHint(self) -> QSize:
        """Return what the page that is shown would like; Qt lays out the words of them all."""
        page = self.currentWidget()
        return super().sizeHint() if page is None else page.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return what the page that is shown needs."""
        page = self.currentWidget()
        if page is None:
            return super().minimumSizeHint()
        return page.minimumSizeHint().expandedTo(page.minimumSize())

    def heightForWidth(self, width: int) -> int:
        """Return how tall the page that is shown is, of a width."""
        page = self.currentWidget()
        return super().heightForWidth(width) if page is None else page.heightForWidth(width)


def _call(event: ListedEvent) -> str:
    return TEXTS.beside(event.name, spell_state(event.state))

"""The keyboard at the desk stays where somebody worked, whatever the page does meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import msgspec
import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.before_doors.doors_ready_lines import BoardLine, Check, Light
from gatekeeper.organizer.during.conflicts_client import Conflict
from gatekeeper.organizer.during.orders_client import FoundOrders, OpenedOrder
from gatekeeper.organizer.prepare.vouchers_client import Vouchers
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.doors_ready_flow import DoorsReadyFlow
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.widgets.kept_focus import KeptFocus
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.wording.wall_clocks import VENUE_CLOCK
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_screens import NOW, ORDER, PLAN, TICKETS
from tests.factories.desk_session import make_desk_session
from tests.factories.holds_screens import KEPT
from tests.factories.keys import press
from tests.factories.promotions_screens import MADE, VOUCHERS
from tests.factories.removed import remove
from tests.ui.fitting import DESK_LEAST, settle

if TYPE_CHECKING:
    from gatekeeper.organizer.desk_and_events import Desk

SHUT = BoardLine(check=Check.ON_SALE, light=Light.RED, state="shut")
OPEN = BoardLine(check=Check.ON_SALE, light=Light.GREEN, state="open")
NEVER = BoardLine(check=Check.HANDED_OVER, light=Light.RED, state="never")
QUIET = BoardLine(check=Check.CONFLICTS, light=Light.GREEN, state="none")
ARGUING = BoardLine(check=Check.CONFLICTS, light=Light.AMBER, state="open", count=1)
CONFLICT = Conflict(
    id="cf_1",
    kind="double_use",
    ticket="c2d4e5f6",
    detail="admitted more often than the ticket allows",
    is_ordered=True,
    disposition="",
    opened_at=NOW,
    updated_at=NOW,
    code="7K2M-9Q40-H",
)


@pytest.fixture(scope="module")
def work() -> Iterator[EventPages]:
    speak_language(make_application(), "en")
    work = EventPages(LIGHT)
    dress_desk(work, LIGHT)
    work.show_role("owner")
    work.resize(*DESK_LEAST)
    work.show()
    work.activateWindow()
    settle()
    yield work
    remove(work)


def at() -> str:
    """Return the name of what has the focus."""
    widget = QApplication.focusWidget()
    return "" if widget is None else widget.objectName()


def stand_on(work: EventPages, name: str) -> QWidget:
    """Put the focus on a part of the page."""
    part = work.findChildren(QWidget, name)[-1]
    part.setFocus()
    assert part.hasFocus()
    return part


def show_board(work: EventPages, *lines: BoardLine) -> None:
    """Show the board as it is measured."""
    work.doors_ready.show_lines(lines, NOW)
    settle()


def test_what_was_pressed_on_the_board_and_went_leaves_the_focus_on_the_page(
    work: EventPages,
) -> None:
    """After *Publish* Enter presses nothing, and Tab comes to the board's next act."""
    work.enter("doors_ready")
    pressed: list[str] = []
    work.doors_ready.asked.connect(lambda act, _name: pressed.append(act))
    show_board(work, SHUT, NEVER)
    stand_on(work, "board_put_on_sale_0")
    show_board(work, OPEN, NEVER)
    assert QApplication.focusWidget() is work.body
    QTest.keyClick(work.body, Qt.Key.Key_Return)
    assert pressed == []
    QTest.keyClick(work.body, Qt.Key.Key_Tab)
    while (now := QApplication.focusWidget()) is not None and not isinstance(now, QPushButton):
        QTest.keyClick(now, Qt.Key.Key_Tab)
    assert at() == "board_hand_over_1"


def test_an_act_of_the_board_keeps_the_focus_while_another_line_changes(work: EventPages) -> None:
    """It is measured every few seconds: who is on their way to a button comes to it."""
    work.enter("doors_ready")
    show_board(work, OPEN, NEVER, QUIET)
    stand_on(work, "board_hand_over_1")
    show_board(work, NEVER, ARGUING)
    assert at() == "board_hand_over_0"


def test_a_button_whose_act_is_done_has_the_focus_again(work: EventPages) -> None:
    """An order's card is busy while its mail is asked for; not its neighbour is pressed next."""
    work.enter("orders")
    page = work.orders
    page.show_found(FoundOrders(orders=(ORDER,), tickets=(), is_all=True))
    page.show_opened(OpenedOrder(ORDER, TICKETS, None))
    settle()
    stand_on(work, "orderMail")
    page.set_busy(is_busy=True)
    assert QApplication.focusWidget() is work.body
    page.set_busy(is_busy=False)
    assert at() == "orderMail"


def test_who_went_on_while_a_page_was_busy_is_left_there(work: EventPages) -> None:
    """The focus is given back to nobody who has left."""
    work.enter("orders")
    page = work.orders
    page.show_found(FoundOrders(orders=(ORDER,), tickets=(), is_all=True))
    page.show_opened(OpenedOrder(ORDER, TICKETS, None))
    settle()
    stand_on(work, "orderMail")
    page.set_busy(is_busy=True)
    work.events.setFocus()
    page.set_busy(is_busy=False)
    assert QApplication.focusWidget() is work.events


@pytest.mark.parametrize("name", ["settle_fraud", "conflictNote"])
def test_what_decides_a_conflict_keeps_the_focus(work: EventPages, name: str) -> None:
    """The list is made anew with the decision: the next conflict is at hand."""
    work.enter("conflicts")
    work.conflicts.show_conflicts((CONFLICT,))
    settle()
    stand_on(work, name)
    work.conflicts.show_conflicts((msgspec.structs.replace(CONFLICT, disposition="fraud"),))
    assert at() == name


def test_what_is_typed_of_a_conflict_stays_where_another_one_comes(work: EventPages) -> None:
    """Doors are open, and gates send more; a decision of the same one takes it away."""
    work.enter("conflicts")
    page = work.conflicts
    page.show_conflicts((CONFLICT,))
    page.note.setText("twins, seen by Jo")
    newer = msgspec.structs.replace(CONFLICT, id="cf_2")
    page.show_conflicts((newer, CONFLICT))
    assert (page.chosen, page.note.text()) == (CONFLICT, "twins, seen by Jo")
    decided = msgspec.structs.replace(CONFLICT, disposition="fraud")
    page.show_conflicts((newer, decided))
    assert (page.chosen, page.note.text()) == (decided, "")


def test_a_conflict_says_when_it_was_found_and_why_it_was_decided_so(work: EventPages) -> None:
    """Of many nothing told yesterday's, and what was noted for the books was seen nowhere."""
    work.enter("conflicts")
    page = work.conflicts
    noted = msgspec.structs.replace(CONFLICT, disposition="fraud", note="sold a picture of it")
    page.show_conflicts((noted,))
    item = page.list.item(0)
    assert item is not None
    assert VENUE_CLOCK.stamp(CONFLICT.opened_at) in item.text()
    assert page.note.text() == "sold a picture of it"


def test_a_gate_without_a_device_leads_to_the_form_that_pairs_one(work: EventPages) -> None:
    """The keys stood in the search over the list, and nowhere once that went."""
    work.enter("doors_ready")
    site = EventSite(OrganizationId("og_1"), EventId("ev_1"))
    acts = dict.fromkeys(("put_on_sale", "lift_bounds", "hand_to_gates"))
    stub = cast("Desk", SimpleNamespace(**acts))
    thread = SimpleNamespace(ask=lambda *_parts: None)
    flow = DoorsReadyFlow(
        work.doors_ready, make_desk_session(thread), stub, None, work, lambda: None
    )
    flow.enter(site)
    work.doors_ready.asked.emit("add_device", "North")
    settle()
    assert (work.page, at()) == ("devices", "deviceRole")
    work.devices.show_devices([], NOW)
    settle()
    assert at() == "deviceRole"


@pytest.mark.parametrize("answer", ["holdReleaseYes", "holdReleaseNo"])
def test_an_answer_gives_the_keyboard_back_to_what_asked(work: EventPages, answer: str) -> None:
    """After a yes it stood nowhere, and whoever has no mouse began at the page's head."""
    page = work.plan.holds
    work.enter("plan")
    work.plan.tabs.setCurrentWidget(page)
    page.show_plan(PLAN)
    page.show_kept(KEPT)
    page.table.selectRow(1)
    stand_on(work, "holdRelease")
    press(work, "holdRelease")
    settle()
    assert at() == "holdReleaseNo"
    press(work, answer)
    settle()
    assert at() == "holdRelease"


def test_another_page_takes_the_focus_of_the_one_before(work: EventPages) -> None:
    """Ctrl and a number lead from a field into the next page, not to the list of events."""
    work.enter("orders")
    settle()
    stand_on(work, "ordersSearch")
    go: Callable[[str], None] = work.enter
    go("reports")
    settle()
    now = QApplication.focusWidget()
    assert now is not None
    assert work.reports.isAncestorOf(now) or now is work.body


def test_a_question_on_a_page_in_tabs_is_put_in_sight(work: EventPages) -> None:
    """Under the window's edge nobody saw it, and pressed *I have them* again and again."""
    work.resize(1_180, 760)
    work.enter("promotions")
    page = work.promotions
    page.tabs.setCurrentWidget(page.vouchers)
    page.vouchers.show_vouchers(Vouchers(PLAN, VOUCHERS, is_all=True))
    page.vouchers.codes.show_codes(MADE)
    settle()
    press(page, "voucherDone")
    way_back = page.findChildren(QPushButton, "voucherDoneNo")[-1]
    settle()
    settle()
    assert way_back.visibleRegion().boundingRect() == way_back.rect()
    page.vouchers.codes.show_codes(())
    work.resize(*DESK_LEAST)


def test_pages_that_are_gone_follow_no_focus(qtbot: QtBot) -> None:
    """Another person sat down at the desk, and each step of theirs broke in the former pages."""
    window, area, field, other = QWidget(), ScrollingPage(), QLineEdit(), QLineEdit()
    qtbot.addWidget(window)
    rows = QVBoxLayout(window)
    for part in (area, field, other):
        rows.addWidget(part)
    kept = KeptFocus(area)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    field.setFocus()
    with qtbot.captureExceptions() as broken:
        shiboken6.delete(area)
        kept._follow(field, other)
        other.setFocus()
    assert broken == []

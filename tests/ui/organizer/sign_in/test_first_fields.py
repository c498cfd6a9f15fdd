"""What somebody types into their first two forms is what they meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QDateTimeEdit,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.organization.new_staff import MadePerson
from gatekeeper.organizer.own_server_copies import RecoverySheet
from gatekeeper.organizer.prepare.event_draft import find_flaws
from gatekeeper.organizer.prepare.plan_client import PlanKind
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.printing.ports import Paper
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.organization.badges_card import BadgesCard
from gatekeeper.ui.organizer.prepare.new_event_page import DraftPage
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from gatekeeper.ui.organizer.sign_in.recovery_sheet_page import SheetPage
from gatekeeper.ui.organizer.sign_in.sign_in_pages import (
    FormField,
    FormPage,
    email_field,
    new_password_field,
)
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.ui.organizer.widgets.time_field import ClockField, DayField, TimeField
from gatekeeper.ui.organizer.widgets.time_zone_box import TimeZoneBox
from shared.credential.password_rules import find_weakness
from tests.factories.desk_screens import PLAN
from tests.factories.keys import press

TODAY = datetime(2026, 11, 23, 1, 30)  # noqa: DTZ001 - of no zone


def begin(qtbot: QtBot, edit: QDateTimeEdit) -> None:
    """Put the cursor where a tab key puts it."""
    qtbot.addWidget(edit)
    edit.show()
    edit.setFocus()
    edit.setSelectedSection(edit.sectionAt(0))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-28 19:00", "2026-11-28 19:00"),
        ("202611281900", "2026-11-28 19:00"),
        ("2026-1-2 9:05", "2026-01-02 09:05"),
        ("2026.12.31 23.59", "2026-12-31 23:59"),
    ],
)
def test_a_time_may_be_typed_whole(qtbot: QtBot, typed: str, meant: str) -> None:
    """With the signs between its parts, by other signs, or without any."""
    edit = TimeField()
    edit.show_moment(TODAY)
    begin(qtbot, edit)
    QTest.keyClicks(edit, typed)
    assert edit.text() == meant


def test_a_day_may_be_typed_whole(qtbot: QtBot) -> None:
    """As a time may."""
    edit = DayField()
    begin(qtbot, edit)
    QTest.keyClicks(edit, "2027-02-03")
    assert edit.text() == "2027-02-03"


def test_a_time_is_typed_over_what_is_there(qtbot: QtBot) -> None:
    """With all of it chosen, with the cursor in a part that is full, and a part by itself."""
    edit = TimeField()
    edit.show_moment(TODAY)
    begin(qtbot, edit)
    edit.selectAll()
    QTest.keyClicks(edit, "2027-02-03 04:05")
    assert edit.text() == "2027-02-03 04:05"
    QTest.keyClick(edit, Qt.Key.Key_Home)
    QTest.keyClicks(edit, "2026-11-28 19:00")
    assert edit.text() == "2026-11-28 19:00"
    QTest.keyClick(edit, Qt.Key.Key_Home)
    for _sign in "2026-11-2":
        QTest.keyClick(edit, Qt.Key.Key_Right)
    QTest.keyClicks(edit, "30 8:30")
    assert edit.text() == "2026-11-30 08:30"


@pytest.mark.parametrize("make", [TimeField, DayField, ClockField, NumberBox])
def test_a_system_with_other_digits_shows_those_that_the_texts_have(
    qtbot: QtBot, make: Callable[[], QAbstractSpinBox]
) -> None:
    """An Egyptian's dates stand as the rest of the page does, and as wide as their field."""
    before = QLocale()
    QLocale.setDefault(QLocale("ar_EG"))
    try:
        field = make()
        qtbot.addWidget(field)
        if isinstance(field, TimeField):
            field.show_moment(TODAY)
            assert field.text() == "2026-11-23 01:30"
        if isinstance(field, NumberBox):
            field.setValue(12)
        assert field.text().isascii()
    finally:
        QLocale.setDefault(before)


@pytest.mark.parametrize("make", [TimeField, DayField, ClockField, lambda: TimeZoneBox("Etc/UTC")])
def test_a_wheel_that_passes_by_changes_no_day_time_or_zone(
    qtbot: QtBot, make: Callable[[], QDateTimeEdit | TimeZoneBox]
) -> None:
    """Whoever scrolls the page means the page: neither the field nor its focus moves."""
    field = make()
    qtbot.addWidget(field)
    field.show()
    edit = field.lineEdit()
    assert edit is not None
    before = edit.text()
    here = QPointF(edit.rect().center())
    turn = QWheelEvent(
        here,
        QPointF(edit.mapToGlobal(edit.rect().center())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(field, turn)
    assert (edit.text(), turn.isAccepted()) == (before, False)
    assert not field.focusPolicy() & Qt.FocusPolicy.WheelFocus & ~Qt.FocusPolicy.StrongFocus


def shown(page: DraftPage, row: int) -> list[str]:
    """Return the times of a date as its row shows them."""
    return [field.text() for field in page.dates.rows[row][1:] if isinstance(field, TimeField)]


def test_moving_the_doors_moves_the_evening(qtbot: QtBot) -> None:
    """Beginning and end keep their distance; the end may then be chosen by itself."""
    page = DraftPage(TODAY, "Europe/Berlin")
    qtbot.addWidget(page)
    doors, starts, ends = page.dates.rows[0][1:]
    assert isinstance(doors, TimeField)
    assert isinstance(starts, TimeField)
    assert isinstance(ends, TimeField)
    doors.show_moment(datetime(2026, 11, 27, 19, 0))  # noqa: DTZ001 - of no zone
    assert shown(page, 0) == ["2026-11-27 19:00", "2026-11-27 20:30", "2026-11-28 00:00"]
    ends.show_moment(datetime(2026, 11, 27, 23, 30))  # noqa: DTZ001 - of no zone
    assert shown(page, 0) == ["2026-11-27 19:00", "2026-11-27 20:30", "2026-11-27 23:30"]
    starts.show_moment(datetime(2026, 11, 27, 20, 0))  # noqa: DTZ001 - of no zone
    assert shown(page, 0) == ["2026-11-27 19:00", "2026-11-27 20:00", "2026-11-27 23:00"]


def test_another_date_is_a_day_later_at_the_same_hours(qtbot: QtBot) -> None:
    """Not the day after the first guess, at hours that nobody wanted."""
    page = DraftPage(TODAY, "Europe/Berlin")
    qtbot.addWidget(page)
    doors = page.dates.rows[0][1]
    assert isinstance(doors, TimeField)
    doors.show_moment(datetime(2026, 11, 27, 19, 0))  # noqa: DTZ001 - of no zone
    page.dates.add()
    assert shown(page, 1) == ["2026-11-28 19:00", "2026-11-28 20:30", "2026-11-29 00:00"]


def test_a_click_into_the_zone_lets_another_one_be_typed(qtbot: QtBot) -> None:
    """What stood there goes with the first letter."""
    box = TimeZoneBox("Etc/UTC")
    qtbot.addWidget(box)
    box.show()
    edit = box.lineEdit()
    assert edit is not None
    box.activateWindow()
    QTest.mouseClick(edit, Qt.MouseButton.LeftButton)
    box.setFocus()
    qtbot.waitUntil(lambda: edit.selectedText() == "Etc/UTC")
    QTest.keyClicks(edit, "Berlin")
    assert box.zone == "Europe/Berlin"


def test_a_refused_password_is_typed_again_at_once_and_can_be_looked_at(qtbot: QtBot) -> None:
    """The field is chosen whole, and its eye shows what is in it."""
    page = FormPage(
        "form", "Who?", "", (FormField("name", "Name"), FormField("password", "P", "", True)), "Go"
    )
    qtbot.addWidget(page)
    page.show()
    page.fill({"name": "Jo", "password": "lanterns2026"})
    page.begin_again()
    edit = page.edits["password"]
    assert page.focusWidget() is edit
    assert edit.hasSelectedText()
    assert edit.echoMode() is QLineEdit.EchoMode.Password
    (eye,) = edit.actions()
    eye.trigger()
    assert edit.echoMode() is QLineEdit.EchoMode.Normal
    eye.trigger()
    assert edit.echoMode() is QLineEdit.EchoMode.Password


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("gray river", "At least 12 characters"),
        ("summer2026!!!", "It is too common"),
        ("abcdabcdabcd", "It repeats itself"),
        ("qwertyuiopasdf", "It is a row of keys"),
        ("ada-lovelace-26", "It contains your own name"),
    ],
)
def test_a_new_password_that_no_server_takes_is_refused_at_once(
    qtbot: QtBot, password: str, said: str
) -> None:
    """In the desk's words and by the server's own rule, before anything is made with it."""
    fields = (FormField("name", "Name"), new_password_field("Password"))
    page = FormPage("form", "Who?", "", fields, "Go")
    qtbot.addWidget(page)
    sent: list[dict[str, str]] = []
    page.submitted.connect(sent.append)
    page.fill({"name": "Ada Lovelace", "password": password})
    QTest.keyClick(page.edits["password"], Qt.Key.Key_Return)
    assert sent == []
    assert page.note.startswith(said)
    assert find_weakness(password, "Ada Lovelace") is not None
    page.fill({"name": "Ada Lovelace", "password": "gray river under lamps"})
    QTest.keyClick(page.edits["password"], Qt.Key.Key_Return)
    assert len(sent) == 1


def test_enter_does_not_pass_by_the_recovery_sheet(qtbot: QtBot) -> None:
    """It is shown once: the keyboard is at the button that saves it; printing is offered."""
    page = SheetPage()
    qtbot.addWidget(page)
    page.show_sheet(
        RecoverySheet(
            organization="Lantern",
            email="jo@lantern.example",
            code="ABCDE-" * 6,
            digits="1234",
            made_on="2026-11-23",
        )
    )
    page.show()
    page.begin()
    focused = page.focusWidget()
    assert focused is not None
    assert focused.objectName() == "sheetSave"
    papers: list[Paper] = []
    page.printed.connect(papers.append)
    print_button = page.findChild(type(focused), "sheetPrint")
    assert print_button is not None
    QTest.mouseClick(print_button, Qt.MouseButton.LeftButton)
    assert papers[0].data.startswith(b"%PDF")
    for name in ("sheetGo", "sheetGo", "sheetPrint", "sheetSave"):
        found = page.findChild(type(focused), name)
        assert found is not None
        QTest.mouseClick(found, Qt.MouseButton.LeftButton)
    assert len(papers) == 1, "whoever has gone on prints none"


def test_nothing_is_saved_or_removed_before_there_is_a_plan(qtbot: QtBot) -> None:
    """Cut off, the page is empty, and no press in it can be meant."""
    page = PlanPage()
    qtbot.addWidget(page)
    page.show()
    for name in ("planSave", "planRemove", "planUndo"):
        button = page.findChild(QPushButton, name)
        assert button is not None
        assert not button.isEnabled(), name


def test_a_list_that_is_read_again_stays_where_it_was_scrolled(qtbot: QtBot) -> None:
    """A finger that aims at a type must not meet a zone, also where something was renamed."""
    page = PlanPage()
    dress_desk(page, LIGHT)
    qtbot.addWidget(page)
    page.resize(1100, 420)
    page.show()
    page.show_plan(PLAN, can_undo=False)
    bar = page.tree.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    page.choose(PLAN.event.id)
    bar.setValue(bar.maximum())
    place = bar.value()
    page.show_plan(PLAN, can_undo=False)
    assert bar.value() == place
    things = tuple(
        msgspec.structs.replace(one, fields=one.fields | {"name": "Lanterns"})
        if one.kind is PlanKind.EVENT
        else one
        for one in PLAN.things
    )
    page.show_plan(msgspec.structs.replace(PLAN, things=things), can_undo=False)
    assert bar.value() == place


def test_a_slip_in_an_address_is_said_before_a_server_is_made(qtbot: QtBot) -> None:
    """In the window's own words, with the cursor where the slip is; blanks around it are none."""
    page, sent = FormPage("form", "Who?", "", _person(), "Go"), list[dict[str, str]]()
    qtbot.addWidget(page)
    page.submitted.connect(sent.append)
    page.show()
    page.fill({"name": "Ada", "email": "ada at lantern", "password": "midnight-oil-77x"})
    QTest.mouseClick(page.button, Qt.MouseButton.LeftButton)
    assert (sent, page.note) == ([], "Type an address such as ada@example.org.")
    assert page.focusWidget() is page.edits["email"]
    QTest.keyClicks(page.edits["email"], " ada@lantern.example ")
    QTest.mouseClick(page.button, Qt.MouseButton.LeftButton)
    assert [one["email"] for one in sent] == ["ada@lantern.example"]


def test_what_a_server_refused_is_corrected_at_once(qtbot: QtBot) -> None:
    """The keyboard is in the field, also of a form without a password."""
    page = FormPage("form", "Where?", "", (FormField("url", "Address"),), "Go")
    qtbot.addWidget(page)
    page.show()
    page.fill({"url": "nonsense"})
    page.begin_again()
    assert page.focusWidget() is page.edits["url"]
    assert page.edits["url"].selectedText() == "nonsense"


def _person() -> tuple[FormField, ...]:
    return (FormField("name", "Name"), email_field(), new_password_field("Password"))


def walk(page: QWidget) -> list[str]:
    """Press Tab until the walk is back where it began; returns what had the keyboard."""
    seen: list[str] = []
    while True:
        at = page.focusWidget()
        assert at is not None
        if seen and at.objectName() == seen[0]:
            return seen
        seen.append(at.objectName())
        assert len(seen) < 100
        QTest.keyClick(at, Qt.Key.Key_Tab)


def put_in_desk(qtbot: QtBot, page: QWidget) -> DeskWindow:
    """Show a page in the desk's window, which whoever asks keeps."""
    window = DeskWindow()
    qtbot.addWidget(window)
    window.show_page(page)
    window.show()
    QApplication.processEvents()
    return window


def test_tab_walks_through_rows_as_they_stand(qtbot: QtBot) -> None:
    """A row that was added comes after the one above it, before the button that adds the next.

    A day and a time are one stop, forth and back, though they have parts.
    """
    page = DraftPage(TODAY, "Europe/Berlin")
    window = put_in_desk(qtbot, page)
    for editor in (page.zones, page.types):
        press(page, f"{editor.objectName()}_add")
        press(page, f"{editor.objectName()}_add")
        press(page, f"{editor.objectName()}_0_remove")
    QApplication.processEvents()
    page.begin()
    rows = {"dates": (1, 4), "zones": (2, 4), "types": (2, 3), "supervisors": (1, 1)}
    wanted = ["draftName", "draftTimezone", "draftCurrency", "draftNames"]
    for name, (count, columns) in rows.items():
        for row in range(count):
            wanted += [f"{name}_{row}_{column}" for column in range(columns)]
            wanted.append(f"{name}_{row}_remove")
        wanted.append(f"{name}_add")
    walked = [name for name in walk(window) if name]  # the page itself scrolls by keys: no name
    assert walked == [*wanted, "draftBack", "draftGo"]
    while focused_name(window) != "dates_0_3":
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Backtab)
    assert focused_name(window) == "dates_0_2"


def test_tab_passes_by_a_page_that_is_seen_whole(qtbot: QtBot) -> None:
    """It stood still twice, where no key did anything, before it came to *Publish*."""
    page, area, inside = QWidget(), QScrollArea(), QWidget()
    rows, lines = QVBoxLayout(page), QVBoxLayout(inside)
    area.setWidgetResizable(True)
    area.setWidget(inside)
    area.setObjectName("area")
    for part, to in ((first := QLineEdit(), rows), (last := QLineEdit(), lines)):
        to.addWidget(part)
    rows.addWidget(area)
    first.setObjectName("first")
    last.setObjectName("last")
    window = put_in_desk(qtbot, page)
    first.setFocus()
    assert walk(window) == ["first", "last"]
    inside.setMinimumHeight(5_000)
    QApplication.processEvents()
    assert walk(window) == ["first", "area", "last"]


def test_tab_comes_to_a_form_before_the_buttons_under_it(qtbot: QtBot) -> None:
    """Whoever has changed something goes on to *Save*, also in a form that was made anew."""
    page = PlanPage()
    window = put_in_desk(qtbot, page)
    page.show_plan(PLAN, can_undo=True)
    for kind in (PlanKind.GATE, PlanKind.ZONE):
        page.show_thing(PLAN.of(kind)[0])
    QApplication.processEvents()
    page.tree.setFocus()
    walked = walk(window)
    wanted = ["planTree", "plan_name", "rule_add", "planRemove", "planSave"]
    assert [name for name in walked if name in wanted] == wanted


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_tab_comes_to_new_badges_where_they_stand(qtbot: QtBot, *, is_mirrored: bool) -> None:
    """They are printed before *I have them* takes them away; tabs come before what they show."""
    page, card, tabs = QWidget(), BadgesCard(), QTabWidget()
    if is_mirrored:
        page.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    rows = QVBoxLayout(page)
    for part in (name := QLineEdit(), card, tabs):
        rows.addWidget(part)
    name.setObjectName("name")
    tabs.addTab(last := QLineEdit(), "first")
    tabs.tabBar().setObjectName("tabs")
    last.setObjectName("last")
    window = put_in_desk(qtbot, page)
    card.show_badges([MadePerson("Sam", "GKB1-75DMR", "483920", "supervisor", "sv_1")])
    QApplication.processEvents()
    name.setFocus()
    assert walk(window) == ["name", "badgeSave", "badgePrint", "badgesKept", "tabs", "last"]


def test_a_flaw_of_a_draft_has_the_cursor(qtbot: QtBot) -> None:
    """Whoever made it types on where the first flaw is, also where that is out of sight."""
    page = DraftPage(TODAY, "Europe/Berlin")
    qtbot.addWidget(page)
    page.show()
    page.show_flaws(find_flaws(page.read()))
    assert focused_name(page) == "draftName"
    page.name.setText("Lantern Night")
    page.show_flaws(find_flaws(page.read()))
    assert focused_name(page) == "zones_0_0"
    typed = page.zones.rows[0]
    assert isinstance(typed[0], QLineEdit)
    assert isinstance(typed[1], QLineEdit)
    typed[0].setText("Hall")
    typed[1].setText("North")
    page.show_flaws(find_flaws(page.read()))
    assert focused_name(page) == "types_0_0"
    also_north = page.zones.add()
    assert isinstance(also_north[0], QLineEdit)
    assert isinstance(also_north[1], QLineEdit)
    also_north[0].setText("Gallery")
    also_north[1].setText("Stairs, north")
    QApplication.processEvents()
    page.show_flaws(find_flaws(page.read()))
    assert focused_name(page) == "zones_1_1"
    with qtbot.waitSignal(page.left):
        QTest.keyClick(also_north[1], Qt.Key.Key_Escape)


def focused_name(page: QWidget) -> str:
    """Return the name of what has the keyboard."""
    widget = page.focusWidget()
    assert widget is not None
    return widget.objectName()

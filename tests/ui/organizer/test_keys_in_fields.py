"""Keys that mean the page, or a calendar, and never a field's value."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QDateTimeEdit,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolTip,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.prepare.new_event_page import DraftPage
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.ui.organizer.widgets.time_field import DayField, TimeField
from gatekeeper.ui.switching_language import speak_language
from tests.ui.organizer.sign_in.test_first_fields import TODAY, begin, put_in_desk


@pytest.mark.parametrize("field", [TimeField, DayField])
@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Up])
def test_alt_and_an_arrow_open_the_calendar(
    qtbot: QtBot, field: type[QDateTimeEdit], key: Qt.Key
) -> None:
    """As they open a list; they set the year back or on, without a word."""
    edit = field()
    before = edit.text()
    begin(qtbot, edit)
    QTest.keyClick(edit, key, Qt.KeyboardModifier.AltModifier)
    assert edit.text() == before
    assert edit.calendarWidget().isVisible()
    edit.calendarWidget().window().close()


@pytest.mark.parametrize(
    ("language", "month"), [("en", "December"), ("de", "Dezember"), ("ar", "ديسمبر")]
)
def test_a_calendar_is_in_the_desks_language(qtbot: QtBot, language: str, month: str) -> None:
    """It named months and days in English; its figures are those of the field."""
    speak_language(make_application(), language)
    calendar = TimeField().calendarWidget()
    qtbot.addWidget(calendar)
    speak_language(make_application(), "en")
    assert calendar.locale().standaloneMonthName(12) == month
    assert calendar.locale().toString(28) == "28"
    assert calendar.firstDayOfWeek() is Qt.DayOfWeek.Monday


@pytest.mark.parametrize("key", [Qt.Key.Key_PageDown, Qt.Key.Key_PageUp])
@pytest.mark.parametrize("at", ["dates_0_1", "draftCurrency", "draftTimezone", "zones_0_2"])
def test_a_page_key_scrolls_the_page_and_changes_no_field(
    qtbot: QtBot, at: str, key: Qt.Key
) -> None:
    """It chose another currency or zone, and set a date ten years back, without a word."""
    page = DraftPage(TODAY, "Europe/Berlin")
    window = put_in_desk(qtbot, page)
    window.resize(900, 300)
    field, lines = page.findChild(QWidget, at), page.findChildren(QLineEdit)
    before = [page.currency.currentText(), *(one.text() for one in lines)]
    assert field is not None
    field.setFocus()
    area = page.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    bar = area.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    QTest.keyClick(field, key)
    assert [page.currency.currentText(), *(one.text() for one in lines)] == before
    assert (bar.value() > bar.maximum() // 2) == (key is Qt.Key.Key_PageDown)


def test_esc_means_no_to_a_question_and_leaves_no_page(qtbot: QtBot) -> None:
    """Asked whether what is filled in may be lost, it led back; elsewhere it did nothing."""
    page = DraftPage(TODAY, "Europe/Berlin")
    window = put_in_desk(qtbot, page)
    page.name.setText("Evening")
    left, closed = list[bool](), list[bool]()
    page.left.connect(lambda: left.append(True))
    assert not page.may_close(lambda: closed.append(True))
    question = page.findChild(QLabel, "draftLossAsk")
    assert isinstance(question, QLabel)
    assert question.isVisible()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert not question.isVisible()
    assert (left, closed, page.name.text()) == ([], [], "Evening")
    page.begin()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert left == [True]


@pytest.mark.parametrize(
    ("language", "typed", "shown"),
    [
        ("en", "31.12.2026 19:30", "2026-12-31 19:30"),
        ("de", "31.12.2026 19:30", "2026-12-31 19:30"),
        ("de", "1.2.2027", "2027-02-01 18:00"),
        ("fr", "28/11/2026 9:05", "2026-11-28 09:05"),
        ("es", "2026-11-28 19:30", "2026-11-28 19:30"),
        ("ar", "202611281930", "2026-11-28 19:30"),
    ],
)
def test_a_day_with_its_year_last_is_that_day(
    qtbot: QtBot, language: str, typed: str, shown: str
) -> None:
    """As most write it: 31.12.2026 became a day of the year 3112, at another time."""
    speak_language(make_application(), language)
    edit = TimeField()
    edit.show_moment(datetime(2026, 11, 29, 18, tzinfo=UTC))
    begin(qtbot, edit)
    QTest.keyClick(edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(edit, typed)
    speak_language(make_application(), "en")
    assert edit.text() == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("23:30", "2026-11-29 23:30"),
        ("2:05", "2026-11-29 02:05"),
        ("24:00", "2026-11-29 18:00"),
        ("2027-01-02 23:30", "2027-01-02 23:30"),
        ("20270102 2:05", "2027-01-02 02:05"),
    ],
)
@pytest.mark.parametrize("is_chosen", [False, True])
def test_a_time_alone_is_that_time_of_the_day(
    qtbot: QtBot, typed: str, shown: str, *, is_chosen: bool
) -> None:
    """23:30 became a day of the year 2330, and an event that ends then was made."""
    edit = TimeField()
    edit.show_moment(datetime(2026, 11, 29, 18, tzinfo=UTC))
    for again in (False, True):
        begin(qtbot, edit)
        if is_chosen:
            edit.selectAll()
        QTest.keyClicks(edit, typed)
        QTest.keyClick(edit, Qt.Key.Key_Tab)
        assert edit.text() == shown, again


def test_a_time_in_a_field_of_days_is_no_day(qtbot: QtBot) -> None:
    """It became a day of the year 2330 there too."""
    edit = DayField()
    edit.setDate(QDate(2026, 11, 29))
    begin(qtbot, edit)
    QTest.keyClicks(edit, "23:30")
    assert edit.text() == "2026-11-29"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2330", "2026-11-29 23:30"),
        ("19.30", "2026-11-29 19:30"),
        ("28.11.26", "2026-11-28 18:00"),
        ("28.11.26 19.30", "2026-11-28 19:30"),
        ("28.11.", "2026-11-28 18:00"),
        ("2027", "2027-11-29 18:00"),
        ("20270228", "2027-02-28 18:00"),
        ("2027-02-28 19.30", "2027-02-28 19:30"),
    ],
)
@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Return])
def test_what_is_typed_is_read_whole_when_the_field_is_left(
    qtbot: QtBot, typed: str, shown: str, key: Qt.Key
) -> None:
    """2330 became a day of the year 2330, 19.30 of 1930, 28.11.26 of 2811."""
    edit = TimeField()
    edit.show_moment(datetime(2026, 11, 29, 18, tzinfo=UTC))
    for _again in (False, True):
        begin(qtbot, edit)
        QTest.keyClicks(edit, typed)
        QTest.keyClick(edit, key)
        assert edit.text() == shown


@pytest.mark.parametrize(("typed", "shown"), [("2330", "23:30"), ("2030", "18:00")])
def test_a_click_elsewhere_leaves_the_field_too(qtbot: QtBot, typed: str, shown: str) -> None:
    """A button beside it finds what was meant, or what stood there."""
    page, edit, other = QWidget(), TimeField(), QLineEdit()
    rows = QVBoxLayout(page)
    rows.addWidget(edit)
    rows.addWidget(other)
    edit.show_moment(datetime(2026, 11, 29, 18, tzinfo=UTC))
    window = put_in_desk(qtbot, page)
    with qtbot.waitActive(window):
        window.activateWindow()
    edit.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClicks(edit, typed)
    QTest.mouseClick(other, Qt.MouseButton.LeftButton)
    other.setFocus()
    assert edit.text() == f"2026-11-29 {shown}"


@pytest.mark.parametrize("typed", ["2030", "20.10", "7:30 pm", "24:00", "28112026", "28.31"])
def test_what_is_not_understood_is_refused_in_words(qtbot: QtBot, typed: str) -> None:
    """What stood there stands there again; the key that would leave the field stays."""
    edit, gone = TimeField(), list[bool]()
    edit.show_moment(datetime(2026, 11, 29, 18, tzinfo=UTC))
    with qtbot.waitActive(edit):
        begin(qtbot, edit)
    edit.editingFinished.connect(lambda: gone.append(True))
    QTest.keyClicks(edit, typed)
    QTest.keyClick(edit, Qt.Key.Key_Tab)
    assert edit.text() == "2026-11-29 18:00"
    assert not gone
    qtbot.waitUntil(lambda: "19:30" in QToolTip.text())
    assert edit.accessibleDescription() == QToolTip.text()
    QTest.keyClicks(edit, "19:30")
    QTest.keyClick(edit, Qt.Key.Key_Tab)
    assert edit.text() == "2026-11-29 19:30"


def test_a_part_that_was_gone_to_is_typed_over_alone(qtbot: QtBot) -> None:
    """By arrows or a click: 2330 in the hours is no year."""
    edit = TimeField()
    edit.show_moment(datetime(2026, 11, 29, 18, tzinfo=UTC))
    begin(qtbot, edit)
    edit.setSelectedSection(QDateTimeEdit.Section.HourSection)
    QTest.keyClicks(edit, "2045")
    QTest.keyClick(edit, Qt.Key.Key_Tab)
    assert edit.text() == "2026-11-29 20:45"
    QTest.keyClicks(edit, "2029")
    QTest.keyClick(edit, Qt.Key.Key_Right)
    QTest.keyClicks(edit, "12")
    QTest.keyClick(edit, Qt.Key.Key_Tab)
    assert edit.text().startswith("20")


def test_a_page_that_has_the_keyboard_shows_it_by_its_bar(qtbot: QtBot) -> None:
    """Two lines across the window stood over and under each page that somebody had clicked on."""
    page, area, inside = QWidget(), ScrollingPage(), QWidget()
    rows, line = QVBoxLayout(page), QLineEdit()
    rows.addWidget(line)
    rows.addWidget(area)
    inside.setFixedSize(300, 5_000)
    area.setWidget(inside)
    window = put_in_desk(qtbot, page)
    dress_desk(window, LIGHT)
    line.setFocus()
    held = area.verticalScrollBar()
    calm = colours(held)
    QTest.mouseClick(inside, Qt.MouseButton.LeftButton)
    assert not area.hasFocus()
    area.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_PageDown)
    assert held.value() > 0
    assert LIGHT.accent.lower() in colours(held) - calm
    area.clearFocus()
    assert colours(held) == calm


def colours(part: QWidget) -> set[str]:
    """Return the colours that a part is painted in."""
    picture = part.grab().toImage()
    return {
        picture.pixelColor(x, y).name()
        for x in range(picture.width())
        for y in range(picture.height())
    }


def test_a_new_event_shows_by_its_bar_that_it_has_the_keyboard(qtbot: QtBot) -> None:
    """It scrolled by an area of its own, between two blue lines, to no field that Tab came to."""
    page = DraftPage(TODAY, "Europe/Berlin")
    qtbot.addWidget(page)
    areas = [area for area in page.findChildren(QScrollArea) if area.widget() is not None]
    assert areas
    assert all(isinstance(area, ScrollingPage) for area in areas)

"""What all pages of the desk share: fields for a finger, names cut with dots, tabs, a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QValidator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QStyleOptionComboBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.before_doors.devices_client import Device, Pairing
from gatekeeper.presenters.colors import THEMES
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.kept_focus import KeptFocus
from gatekeeper.ui.organizer.widgets.long_names import OneLine
from gatekeeper.ui.organizer.widgets.number_box import PercentBox
from gatekeeper.ui.organizer.widgets.page_tabs import PageTabs
from gatekeeper.ui.organizer.widgets.plain_table import (
    fill_table,
    make_table,
    select_row,
    set_figures,
)
from gatekeeper.ui.organizer.widgets.rows_editor import RowsEditor
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.ui.widgets.qr_picture import QrPicture
from tests.factories.keys import press
from tests.factories.promotions_screens import MADE
from tests.ui.fitting import settle

pytestmark = pytest.mark.ui
NOW = datetime(2026, 11, 26, 18, tzinfo=UTC)
NORTH = Device(
    id="dv_1",
    name="north",
    role="gate",
    gate="North",
    heard_at=NOW,
    is_revoked=False,
)
LONG = "Friends and supporters of the lantern makers and everybody they bring along"


@pytest.fixture
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    """A language that is spoken until the test is over."""
    speak_language(make_application(), request.param)
    yield request.param
    speak_language(make_application(), "en")


@pytest.mark.parametrize("spoken", ["en", "ar"], indirect=True)
def test_a_name_that_has_no_room_is_cut_with_dots_at_its_own_end(spoken: str) -> None:
    """In a choice and in a line; on a page from right to left a Latin name ends at the right."""
    box, line = ChoiceBox(), OneLine()
    box.addItem(LONG)
    box.resize(140, 36)
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    shown = option.currentText
    assert "…" in shown
    assert box.currentText() == box.toolTip() == LONG
    line.resize(120, 20)
    line.say(LONG)
    for text in (shown, line.text()):
        assert text.endswith("…\u2069" if spoken == "ar" else "…")
    box.resize(2 * box.fontMetrics().horizontalAdvance(LONG), 36)  # whatever the letters' size
    box.initStyleOption(option)
    assert option.currentText == LONG
    box.deleteLater()
    line.deleteLater()


@pytest.mark.parametrize("spoken", ["ar"], indirect=True)
def test_times_and_names_in_tables_run_their_own_way(spoken: str) -> None:
    """The day stands before the time, and a heading over the beginning of its words."""
    assert spoken == "ar"
    table = make_table("times", "", ["متى", "Friends"], 100)
    fill_table(table, [("2026-11-22 18:30", LONG)])
    texts = [table.item(0, column) for column in (0, 1)]
    assert [item.text() for item in texts if item] == [
        "\u20662026-11-22 18:30\u2069",
        f"\u2068{LONG}\u2069",
    ]
    leading = table.horizontalHeader().defaultAlignment() & Qt.AlignmentFlag.AlignHorizontal_Mask
    assert leading == Qt.AlignmentFlag.AlignLeading
    table.deleteLater()


def test_rows_are_as_tall_as_their_words_once_the_columns_are() -> None:
    """Filled before it is laid out, and made narrow after: nothing of a cell is lost."""
    make_application()
    table = make_table("rows", "", ["What", "Why"], 100)
    table.resize(1400, 200)
    fill_table(table, [("one", " ".join([LONG] * 3))])
    table.show()
    settle()
    wide = table.rowHeight(0)
    table.resize(360, 200)
    settle()
    settle()
    assert table.rowHeight(0) > 2 * wide
    table.deleteLater()


def test_a_room_of_tabs_needs_no_more_than_the_tab_that_is_shown() -> None:
    """Else the buttons of a page that fits stand under the window's edge."""
    make_application()
    tabs, plain = PageTabs("tabs"), QTabWidget()
    for one in (tabs, plain):
        small, tall = QWidget(), QWidget()
        QVBoxLayout(small).addWidget(QLabel("short"))
        tall.setMinimumHeight(3_000)
        one.addTab(small, "small")
        one.addTab(tall, "tall")
    assert plain.minimumSizeHint().height() > 3_000
    assert tabs.minimumSizeHint().height() < 300
    assert tabs.heightForWidth(500) < 300
    tabs.setCurrentIndex(1)
    assert tabs.minimumSizeHint().height() >= 3_000
    tabs.deleteLater()
    plain.deleteLater()


def test_a_percentage_is_typed_with_a_comma_or_a_point() -> None:
    """As amounts are."""
    make_application()
    box = PercentBox()
    state, text, _ = box.validate("12,5\N{NO-BREAK SPACE}%", 4)
    assert state == QValidator.State.Acceptable
    assert text == "12,5\N{NO-BREAK SPACE}%"
    edit = box.lineEdit()
    edit.setText("12,5")
    box.interpretText()
    assert box.value() == 12.5
    box.deleteLater()


@pytest.mark.parametrize("make", [lambda: QPushButton("Leave it"), QPlainTextEdit])
def test_what_gets_the_focus_is_brought_into_sight(
    qtbot: QtBot, make: Callable[[], QWidget]
) -> None:
    """A question under the window's edge would wait for somebody who does not know of it."""
    area, page = ScrollingPage(), QWidget()
    rows = QVBoxLayout(page)
    rows.addSpacing(3_000)
    keep = make()
    keep.setFixedHeight(keep.sizeHint().height())
    rows.addWidget(keep)
    area.setWidget(page)
    area.resize(300, 200)
    qtbot.addWidget(area)
    with qtbot.waitExposed(area):
        area.show()
    area.activateWindow()
    assert keep.visibleRegion().isEmpty()
    keep.setFocus()
    seen = area.viewport()
    qtbot.waitUntil(
        lambda: seen.rect().contains(QRect(keep.mapTo(seen, QPoint()), keep.size()), proper=False)
    )


def test_the_code_that_pairs_a_device_is_seen_whole_without_scrolling(qtbot: QtBot) -> None:
    """From the second device on it lay half below the edge of a small laptop's window."""
    area, page = ScrollingPage(), DevicesPage()
    area.setWidget(page)
    area.resize(960, 450)
    qtbot.addWidget(area)
    with qtbot.waitExposed(area):
        area.show()
    page.show_devices([NORTH], NOW)
    page.table.selectRow(0)
    settle()
    page.show_pairing(Pairing("GKE1 " + 80 * "x", NOW), "18:30")
    code = page.findChild(QrPicture)
    assert code is not None
    settle()
    assert area.verticalScrollBar().value() > 0
    assert code.visibleRegion().boundingRect() == code.rect()


def test_the_keyboard_stays_in_a_list_of_which_a_row_is_taken_away(qtbot: QtBot) -> None:
    """Tab began at the page's first field, and what was typed next stood in the event's name."""
    area, page = ScrollingPage(), QWidget()
    area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    area.setWidget(page)
    KeptFocus(area)
    column, first = QVBoxLayout(page), QLineEdit()
    rows = RowsEditor("guests", ["Name"], "Another", lambda: (QLineEdit(),))
    column.addWidget(first)
    column.addWidget(rows)
    kept, last = [rows.add()[0] for _ in range(3)][1:]
    qtbot.addWidget(area)
    with qtbot.waitExposed(area):
        area.show()
    area.activateWindow()
    for name, then in (("0", kept), ("1", rows.adder)):
        remover = rows.findChild(QPushButton, f"guests_{name}_remove")
        assert remover is not None
        remover.setFocus()
        QTest.keyClick(remover, Qt.Key.Key_Space)
        assert area.window().focusWidget() is then
    assert last not in [row[0] for row in rows.rows]


def test_whoever_hears_the_page_knows_which_row_a_key_takes_away(qtbot: QtBot) -> None:
    """Each row's key was called the same; the rows behind one that went are counted anew."""
    rows = RowsEditor("guests", ["Name"], "Another", lambda: (QLineEdit(),))
    qtbot.addWidget(rows)
    for _ in range(3):
        rows.add()

    def names() -> list[str]:
        removers = (rows.findChild(QPushButton, f"guests_{at}_remove") for at in range(3))
        return [one.accessibleName() for one in removers if one is not None]

    assert names() == ["Remove row 1", "Remove row 2", "Remove row 3"]
    first = rows.findChild(QPushButton, "guests_0_remove")
    assert first is not None
    first.click()
    qtbot.waitUntil(lambda: names() == ["Remove row 1", "Remove row 2"])


def test_figures_end_under_the_end_of_their_heading() -> None:
    """Sums are read down a column."""
    make_application()
    table = make_table("sums", "", ["What", "Sum"], 100)
    set_figures(table, (1,))
    fill_table(table, [("sold", "12.50")])
    cells = table.horizontalHeaderItem(1), table.item(0, 0), table.item(0, 1)
    right = Qt.AlignmentFlag.AlignRight
    ends = [right in Qt.AlignmentFlag(one.textAlignment()) for one in cells if one is not None]
    assert ends == [True, False, True]
    table.deleteLater()


def test_a_heading_has_as_many_lines_as_its_column_needs(qtbot: QtBot) -> None:
    """In a window of 800 pixels they were cut after some letters, where two lines had room."""
    make_application()
    names = ["How it stands", "Unforeseeable", ""]
    table = make_table("standing", "", names, 100)
    qtbot.addWidget(table)
    heads = [table.horizontalHeaderItem(column) for column in range(3)]

    def said() -> list[str]:
        return [re.sub("[\u2066-\u2069]", "", one.text()) for one in heads if one is not None]

    table.resize(900, 200)
    table.show()
    qtbot.waitUntil(lambda: said() == names)
    table.resize(160, 200)
    qtbot.waitUntil(lambda: said()[0] == "How it\nstands")
    assert said()[1].endswith("…")
    assert [one.toolTip() for one in heads if one is not None] == names
    assert table.horizontalHeader().height() > 2 * table.fontMetrics().height()
    table.resize(900, 200)
    qtbot.waitUntil(lambda: said() == names)


def test_the_window_asks_before_codes_go_that_nobody_has() -> None:
    """Closing shows them, and closes on a yes alone; saved or copied ones hold nobody."""
    speak_language(make_application(), "en")
    window, work = DeskWindow(), EventPages(THEMES["light"])
    window.show_page(work)
    window.may_close = lambda: work.may_close(window.close)
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    window.show()
    vouchers = work.promotions.vouchers
    vouchers.show_made(MADE)
    work.enter("doors_ready")
    assert not window.close()
    assert (closed, work.page) == ([], "promotions")
    assert work.promotions.tabs.currentWidget() is vouchers
    assert "neither copied nor saved" in vouchers.codes.question.asked
    press(vouchers, "voucherDoneNo")
    assert vouchers.codes.made == MADE
    press(vouchers, "voucherDone")
    press(vouchers, "voucherDoneYes")
    assert (closed, vouchers.codes.made) == ([], ()), "who let them go did not ask to close"
    vouchers.show_made(MADE)
    assert not window.close()
    press(vouchers, "voucherDoneYes")
    assert closed == [True]
    window.show()
    vouchers.show_made(MADE)
    press(vouchers, "voucherCopy")
    assert window.close()
    window.deleteLater()


def test_a_row_is_chosen_on_a_page_from_right_to_left_too(qtbot: QtBot) -> None:
    """What was chosen stays so when the table is read again, in Arabic as well."""
    table = make_table("rows", "Rows", ("A", "B"), 100)
    qtbot.addWidget(table)
    table.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    fill_table(table, [("1", "x"), ("2", "y")])
    table.show()
    select_row(table, 1)
    assert [one.row() for one in table.selectionModel().selectedRows()] == [1]

"""The pages at the desk's side: in the evening's order, by keyboard, and never silently hidden."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.roles import ROLES, may_enter
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_menu import PAGES, PARTS, DeskMenu
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.languages import LANGUAGE_NAMES
from tests.factories.removed import remove
from tests.ui.fitting import DESK_LEAST, settle

HEAD, FINGER = 60, 36
"""Pixels over the menu: the events and the window's edges; and of a row, 9 mm."""
PADDING = 14
HEADING = 26


@pytest.fixture(scope="module")
def work() -> Iterator[EventPages]:
    make_application()
    work = EventPages(LIGHT)
    dress_desk(work, LIGHT)
    work.resize(*DESK_LEAST)
    work.show()
    work.activateWindow()
    settle()
    yield work
    remove(work)


def press(menu: DeskMenu, key: Qt.Key, *, control: bool = False) -> str:
    """Press a key at the menu; return the page that is there then."""
    modifier = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(menu, key, modifier)
    return menu.page


def test_the_arrows_pass_the_headings_over(work: EventPages) -> None:
    """From the first page to the last, each once, and none is a heading."""
    menu = work.menu
    work.enter(PAGES[0])
    walked = [menu.page] + [press(menu, Qt.Key.Key_Down) for _ in PAGES[1:]]
    assert tuple(walked) == PAGES
    assert press(menu, Qt.Key.Key_Down) == PAGES[-1]
    assert press(menu, Qt.Key.Key_Home) == PAGES[0]
    assert press(menu, Qt.Key.Key_End) == PAGES[-1]


def test_keys_lead_from_anywhere_to_each_part_and_on(work: EventPages) -> None:
    """A part's number goes to its first page, and again to the next one."""
    menu = work.menu
    work.enter("plan")
    assert press(menu, Qt.Key.Key_3, control=True) == PARTS["during"][0]
    assert press(menu, Qt.Key.Key_3, control=True) == PARTS["during"][1]
    assert press(menu, Qt.Key.Key_1, control=True) == "plan"
    assert press(menu, Qt.Key.Key_PageDown, control=True) == "seats"
    assert press(menu, Qt.Key.Key_PageUp, control=True) == "plan"
    assert press(menu, Qt.Key.Key_PageUp, control=True) == "plan"


def test_a_heading_is_not_chosen_by_the_pointer(work: EventPages) -> None:
    """A click on it leaves the page as it is."""
    menu = work.menu
    work.enter("doors_ready")
    place = menu.visualItemRect(menu.item(0)).center()
    QTest.mouseClick(menu.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert work.page == "doors_ready"


def test_rooms_are_tall_enough_for_a_finger_and_none_is_lost_on_a_small_laptop() -> None:
    """Each is scrolled to with its part's heading, and no name is cut off, in any language."""
    app = make_application()
    found = []
    for language in LANGUAGE_NAMES:
        speak_language(app, language)
        menu = DeskMenu()
        dress_desk(menu, LIGHT)
        menu.resize(menu.width(), DESK_LEAST[1] - HEAD)
        menu.show()
        settle()
        items = [menu.item(row) for row in range(menu.count())]
        for part, pages in PARTS.items():
            for page in (pages[-1], pages[0]):
                menu.enter(page)
                settle()
                place = menu.visualItemRect(menu.currentItem())
                if not menu.viewport().rect().contains(place) or place.height() < FINGER:
                    found.append(f"{language} {page}")
            head = items[menu.currentRow() - 1]
            if not menu.viewport().rect().contains(menu.visualItemRect(head)):
                found.append(f"{language} {part}")
        for item in items:
            font = item.font() if item.data(Qt.ItemDataRole.FontRole) else menu.font()
            box = QFontMetrics(font).boundingRect(item.text())
            if box.width() > menu.visualItemRect(item).width() - PADDING:
                found.append(item.text())
        menu.deleteLater()
    speak_language(app, "en")
    assert found == []


def test_where_there_is_no_room_for_all_the_rail_scrolls_and_follows(work: EventPages) -> None:
    """It shows that there is more, and the page that is gone to."""
    menu = work.menu
    try:
        menu.setFixedHeight(300)
        settle()
        assert menu.verticalScrollBar().isVisible()
        work.enter(PAGES[-1])
        settle()
        assert menu.viewport().rect().contains(menu.visualItemRect(menu.currentItem()))
    finally:
        menu.setMinimumHeight(0)
        menu.setMaximumHeight(16_777_215)


@pytest.mark.parametrize("height", range(560, 800, 8))
def test_the_last_page_that_is_seen_is_cut_where_there_are_more(
    work: EventPages, height: int
) -> None:
    """A newcomer sees by it, and not by the bar alone, that the list goes on."""
    menu = work.menu
    work.enter(PAGES[0])
    work.resize(DESK_LEAST[0], height)
    settle()
    foot = menu.viewport().height()
    boxes = [menu.visualItemRect(menu.item(row)) for row in range(menu.count())]
    (cut,) = [box for box in boxes if box.top() < foot <= box.bottom() + 1]
    assert menu.verticalScrollBar().maximum() > 0
    assert 0.2 < (foot - cut.top()) / cut.height() < 0.8
    assert all(box.height() >= FINGER or box.height() == HEADING for box in boxes)


def test_a_room_begins_at_its_top(work: EventPages) -> None:
    """Wherever the page before it was left."""
    work.enter("people")
    work.people.setMinimumHeight(3_000)
    settle()
    bar = work.body.verticalScrollBar()
    bar.setValue(1_000)
    assert bar.value() == 1_000
    work.people.setMinimumHeight(0)
    work.reports.setMinimumHeight(3_000)
    work.enter("reports")
    settle()
    work.reports.setMinimumHeight(0)
    assert bar.value() == 0


def test_a_screen_reader_says_the_room_and_its_part(work: EventPages) -> None:
    """The list has a name, and each page says where in the evening it belongs."""
    work.enter("doors_ready")
    spoken = QAccessible.queryAccessibleInterface(work.menu)
    assert spoken.text(QAccessible.Text.Name) == "Desk pages"
    item = work.menu.currentItem()
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == "Doors ready, Before doors"


@pytest.mark.parametrize("role", ROLES)
def test_a_part_without_rooms_for_a_role_has_no_heading(role: str) -> None:
    """Nor does a heading stand over nothing."""
    make_application()
    menu = DeskMenu()
    menu.offer(frozenset(page for page in PAGES if may_enter(role, page)))
    assert set(menu.offered) == {page for page in PAGES if may_enter(role, page)}
    menu.offer(frozenset({"doors_ready"}))
    shown = [menu.item(row).text() for row in range(menu.count()) if not menu.item(row).isHidden()]
    menu.deleteLater()
    assert shown == ["Before doors", "Doors ready"]


def test_in_a_narrow_window_the_menu_makes_room_and_a_button_brings_it(work: EventPages) -> None:
    """Texts at 150 % on a small laptop: keys go from page to page all the same."""
    button = work.findChild(QPushButton, "deskUnfold")
    assert button is not None
    work.activateWindow()
    work.enter(PAGES[0])
    assert not button.isVisible()
    work.menu.setFocus()
    work.resize(853, 480)
    settle()
    assert (work.menu.width(), button.isVisible()) == (0, True)
    assert work.focusWidget() is button, "an arrow would choose what nobody sees"
    assert press(work.menu, Qt.Key.Key_2, control=True) == PARTS["before"][0]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle()
    assert work.menu.width() > 0
    assert work.focusWidget() is work.menu
    assert press(work.menu, Qt.Key.Key_Down) == PARTS["before"][1]
    assert work.menu.width() > 0, "who goes on by arrows still looks at it"
    QTest.keyClick(work.menu, Qt.Key.Key_Return)
    settle()
    assert work.menu.width() == 0
    work.resize(*DESK_LEAST)
    settle()
    assert work.menu.width() > 0
    assert not button.isVisible()

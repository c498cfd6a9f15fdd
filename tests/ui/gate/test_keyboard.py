"""A supervisor without mouse and fingers: every page is reached, seen to be there, and left."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Extent, choose_sizes
from gatekeeper.ui.application import make_application
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.pages.gate_window import GateWindow
from gatekeeper.ui.widgets.action_button import ActionButton
from tests.factories.keys import Typist
from tests.factories.strength import sized
from tests.factories.supervisor_menu import unlock
from tests.fakes.gate_session import FakeGateSession

PAGES = (
    "undo", "names", "direction", "gate", "conflicts", "evacuation", "rehearsal", "device",
    "settings",
)  # fmt: skip


def focused() -> str:
    """Return the key of the button that has the focus, or what else has it."""
    widget = QApplication.focusWidget()
    assert widget is not None
    assert widget.isVisible()
    return widget.objectName().removeprefix("option_")


def _has_left(key: str) -> bool:
    return focused() != key


def _is_at(key: str) -> bool:
    return focused() == key


def go_to(typist: Typist, key: str, qtbot: QtBot) -> None:
    """Walk through the menu with Tab until a button has the focus."""
    for _ in range(20):
        before = focused()
        if before == key:
            return
        typist.press(Qt.Key.Key_Tab, "\t")
        qtbot.waitUntil(partial(_has_left, before))
    pytest.fail(f"the keyboard does not reach {key}")


def test_every_page_is_opened_and_left_by_keys(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Enter opens it, something on it has the focus, and one Esc leads to the menu."""
    unlock(kiosk, session, qtbot)
    frame, typist = kiosk.window.supervisor_frame, Typist(kiosk.window)

    def is_away() -> bool:
        return frame.part is not frame.menu

    def is_back() -> bool:
        return frame.part is frame.menu

    for key in PAGES:
        go_to(typist, key, qtbot)
        typist.press(Qt.Key.Key_Return, "\r")
        qtbot.waitUntil(is_away)
        widget, part = QApplication.focusWidget(), frame.part
        assert isinstance(widget, ActionButton | QLineEdit), key
        assert part is not None
        assert part.isAncestorOf(widget), key
        typist.press(Qt.Key.Key_Escape)
        qtbot.waitUntil(is_back)
        assert kiosk.window.page is frame, key


def test_arrows_go_where_they_point(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> None:
    """Down a column of the menu, past what is off, to the way back, and up again."""
    unlock(kiosk, session, qtbot)
    typist = Typist(kiosk.window)
    go_to(typist, "undo", qtbot)
    for key, reached in (
        (Qt.Key.Key_Down, "direction"),
        (Qt.Key.Key_Down, "evacuation"),
        (Qt.Key.Key_Right, "rehearsal"),
        (Qt.Key.Key_Down, "lock"),
        (Qt.Key.Key_Down, "_back"),
        (Qt.Key.Key_Up, "lock"),
    ):
        typist.press(key)
        qtbot.waitUntil(partial(_is_at, reached))


def test_every_page_has_focus_tab_and_a_way_back_from_a_fresh_start(qtbot: QtBot) -> None:
    """Whatever page comes first: something on it has the keyboard, Tab stays, Esc leads back."""
    make_application()
    places = [
        *("manual_page", "pairing_page", "sync_page", "gate_choice_page", "fault_page"),
        *("unlock", "menu", "choice", "conflicts", "device"),
        *("settings", "listing", "rehearsal", "search"),
    ]
    for place in sized(places[::3], places):
        window = GateWindow()
        qtbot.addWidget(window)
        window.resize(1280, 800)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        frame = window.supervisor_frame
        page = getattr(window, place, None)
        if page is None:
            page = getattr(frame, place)
            window.show_page(frame)
            frame.show_part(page)
        else:
            window.show_page(page)
        for _ in range(3):
            focused = QApplication.focusWidget()
            assert focused is not None, place
            assert focused is page or page.isAncestorOf(focused), place
            QTest.keyClick(focused, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None, place
        left = getattr(page, "left", getattr(page, "cancelled", None))
        if left is not None and place not in {"pairing_page", "unlock"}:
            with qtbot.waitSignal(left):
                QTest.keyClick(focused, Qt.Key.Key_Escape)
        window.close()


def test_what_goes_while_it_has_the_focus_leaves_it_to_the_page(qtbot: QtBot) -> None:
    """A list that is made anew takes its buttons away: Esc and Tab still work."""
    make_application()
    window = GateWindow()
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    frame = window.supervisor_frame
    window.show_page(frame)
    frame.choice.ask("Which?", "", [Option("one", "One"), Option("two", "Two")])
    frame.show_part(frame.choice)
    frame.choice.grid.button("one").setFocus()
    frame.choice.grid.show_options([Option("three", "Three")])
    qtbot.waitUntil(
        lambda: (now := QApplication.focusWidget()) is not None and frame.choice.isAncestorOf(now)
    )


def test_a_name_with_an_and_sign_makes_no_key(qtbot: QtBot) -> None:
    """A ticket type called R&B was sold by Alt and B, which no button says."""
    make_application()
    screen = Extent(1366, 768)
    button = ActionButton(choose_sizes(screen, screen, 0.25))
    qtbot.addWidget(button)
    button.show_choice("R&B", is_main=False)
    assert (button.text(), button.shortcut().isEmpty()) == ("R&B", True)

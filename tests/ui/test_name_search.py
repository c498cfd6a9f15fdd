"""A supervisor finds holders by name; when the gate is locked again nothing of it is left."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gatekeeper.ui.kiosk import Kiosk
from gatekeeper.ui.windows.search_page import SearchPage
from shared.kernel.errors import BadInput
from tests.factories.keys import Typist, click
from tests.factories.supervisor_menu import JO, press, unlock
from tests.fakes.gate_session import FakeGateSession

pytestmark = pytest.mark.ui


def open_page(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> SearchPage:
    """Come to the search with badge and PIN."""
    unlock(kiosk, session, qtbot)
    press(kiosk, "names")
    frame = kiosk.window.supervisor_frame
    assert frame.part is frame.search
    return frame.search


def shown(page: SearchPage) -> dict[str, str]:
    return {name.text(): value.text() for name, value in page._lines if not name.isHidden()}


def test_letters_for_fingers_find_holders(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """One letter asks nobody; three show who it may be, with ticket and entry."""
    page = open_page(kiosk, session, qtbot)
    pad = page._pad
    assert pad is not None
    click(pad.button("M"))
    qtbot.wait(200)
    assert session.deeds == []
    for letter in "UL":
        click(pad.button(letter))
    qtbot.waitUntil(lambda: "Kim Mulligan" in shown(page))
    assert session.deeds[-1] == ("names", "mul", JO.person)
    assert "no entry recorded" not in shown(page)["Kim Mulligan"]
    assert "✕ not paid" in shown(page)["Kim Mulligan"]


def test_a_keyboard_types_any_script_and_nobody_is_said_so(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """What the field takes is asked for as it stands; a fault is a sentence."""
    page = open_page(kiosk, session, qtbot)
    page._field.insert("سلمى")
    qtbot.waitUntil(lambda: page._title.text() == "Nobody by that name")
    session.deed_fault = BadInput("the organizer gives this event's gates no names")
    page._field.insert("x")
    expected = "The organizer gives this event's gates no names."
    qtbot.waitUntil(lambda: page._title.text() == expected)


def test_one_escape_is_one_step_back(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> None:
    """From the field it leads to the menu, and the menu stays."""
    open_page(kiosk, session, qtbot)
    frame = kiosk.window.supervisor_frame
    Typist(kiosk.window).press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: frame.part is frame.menu)
    qtbot.wait(200)
    assert frame.part is frame.menu
    assert kiosk.window.page is frame


def test_locked_again_no_name_is_left(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Field and lines are empty, and the engine was told to forget."""
    page = open_page(kiosk, session, qtbot)
    page._field.insert("müller")
    qtbot.waitUntil(lambda: "Anna Müller" in shown(page))
    before = session.forgotten
    QTest.keyClick(page._field, Qt.Key.Key_Escape)
    frame = kiosk.window.supervisor_frame
    qtbot.waitUntil(lambda: frame.part is frame.menu)
    click(frame.menu.grid.button("lock"))
    qtbot.waitUntil(lambda: session.forgotten > before)
    assert page.text == ""
    assert shown(page) == {}
    assert all("Müller" not in name.text() + value.text() for name, value in page._lines)

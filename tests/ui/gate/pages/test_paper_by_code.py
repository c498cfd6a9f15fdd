"""Whom a list on paper let in is keyed in at the window by the codes on it, line after line."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.pages.manual_page import ManualPage
from shared.credential.manual_code import format_manual_code
from shared.kernel.errors import BadInput
from shared.kernel.trouble import TroubleKind
from tests.factories.keys import Typist, click
from tests.factories.supervisor_menu import press, unlock
from tests.fakes.gate_session import FakeGateSession

CODES = tuple(map(format_manual_code, (123_456_789_012, 98_765)))


def type_code(kiosk: Kiosk, page: ManualPage, code: str) -> None:
    """Key a code in on the keypad, as a finger does."""
    for sign in code.replace("-", ""):
        page.keypad.typed.emit(sign)
    click(page._submit)


@pytest.fixture
def page(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> ManualPage:
    """Come to the list on paper with badge and PIN."""
    unlock(kiosk, session, qtbot)
    press(kiosk, "paper")
    frame = kiosk.window.supervisor_frame
    assert frame.part is frame.paper
    return frame.paper


def test_lines_of_a_list_are_keyed_in_by_their_codes_and_share_their_times(
    kiosk: Kiosk, session: FakeGateSession, page: ManualPage, qtbot: QtBot
) -> None:
    """No name is needed; the second line of a page takes one press for its times."""
    frame = kiosk.window.supervisor_frame
    for code in CODES:
        type_code(kiosk, page, code)
        qtbot.waitUntil(lambda: frame.part is frame.choice)
        assert code in frame.choice._title.text()
        press(kiosk, "2")
        if code == CODES[0]:
            press(kiosk, frame.choice.grid.keys[1])
            press(kiosk, frame.choice.grid.keys[1])
        else:
            press(kiosk, "same")
        qtbot.waitUntil(lambda: frame.part is page)
        assert not page.entry.text
    keyed = [one for one in session.deeds if one[0] == "key_in"]
    assert [(one[2], one[4]) for one in keyed] == [("2", code) for code in CODES]
    assert keyed[0][3] == keyed[1][3]


def test_a_code_that_no_ticket_has_is_said_where_it_was_typed(
    kiosk: Kiosk, session: FakeGateSession, page: ManualPage, qtbot: QtBot
) -> None:
    """It stands there still, to be compared with the list; Esc is one step back."""
    session.deed_fault = BadInput("no ticket", kind=TroubleKind.PAPER_UNKNOWN)
    type_code(kiosk, page, CODES[0])
    qtbot.waitUntil(lambda: page._message.text().startswith("No ticket for this event"))
    frame = kiosk.window.supervisor_frame
    assert page.entry.spell() == CODES[0]
    type_code(kiosk, page, "")
    qtbot.waitUntil(lambda: frame.part is frame.choice)
    typist = Typist(kiosk.window)
    typist.press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: frame.part is page)
    typist.press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: frame.part is frame.menu)

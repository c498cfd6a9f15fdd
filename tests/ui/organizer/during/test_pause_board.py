"""The desk's board of pauses: one press each way, what stands, and whom to call by radio."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.during import evacuation_and_pause_board
from gatekeeper.ui.organizer.during.pause_board import PauseBoard
from gatekeeper.ui.organizer.during.pause_flow import PausingFlow
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_session import make_desk_session
from tests.factories.evacuation_screens import pauses_of
from tests.factories.held_thread import HeldThread

OPEN, PAUSED = pauses_of("Hall", is_paused=False), pauses_of("Hall", is_paused=True)


def open_board(qtbot: QtBot, *, may_order: bool = True) -> tuple[PauseBoard, list[Any]]:
    """Show a board of a hall with two gates; returns what it says."""
    speak_language(make_application(), "en")
    board = PauseBoard()
    qtbot.addWidget(board)
    said: list[Any] = []
    board.said.connect(lambda place, is_paused: said.append((place.place_id, is_paused)))
    board.let_order(may_order=may_order)
    with qtbot.waitExposed(board):
        board.show()
    board.show_pauses(OPEN)
    return board, said


def press(board: PauseBoard) -> None:
    """Press its button by a finger."""
    QTest.mouseClick(board.press, Qt.MouseButton.LeftButton)


def test_one_press_pauses_and_one_resumes(qtbot: QtBot) -> None:
    """A zone, or one of its gates; while one act is under way there is no second."""
    board, said = open_board(qtbot)
    assert board.state.text() == "Entry is not paused here."
    press(board)
    assert said == [("zn_hall", True)]
    board.set_busy(is_busy=True)
    press(board)
    board.set_busy(is_busy=False)
    board.show_pauses(PAUSED)
    assert board.state.text().startswith("Entry paused since ")
    qtbot.waitUntil(board.press.isEnabled)
    press(board)
    board.place.setCurrentIndex(1)
    press(board)
    assert said == [("zn_hall", True), ("zn_hall", False), ("gt_north", True)]


def test_a_double_click_pauses_once(qtbot: QtBot) -> None:
    """The server answers between the two clicks; another desk's word comes as unasked for."""
    board, said = open_board(qtbot)
    board.said.connect(lambda _place, _is_paused: board.show_pauses(PAUSED))
    press(board)
    press(board)
    assert said == [("zn_hall", True)]
    assert board.press.text() == "Resume entry"
    qtbot.waitUntil(board.press.isEnabled)
    board.show_pauses(OPEN)
    press(board)
    assert said == [("zn_hall", True)], "somebody else has resumed just now"
    qtbot.waitUntil(board.press.isEnabled)
    press(board)
    assert said == [("zn_hall", True)] * 2


def test_a_lost_answer_is_said(qtbot: QtBot) -> None:
    """Whether entry is paused nobody knows before the board is read again."""
    board, _ = open_board(qtbot)
    thread, faults = HeldThread(), list[BaseException]()
    flow = PausingFlow(board, make_desk_session(thread, on_fault=faults.append))
    flow.enter(EventSite(OrganizationId("og_lantern"), EventId("ev_lantern")))
    thread.answer(OPEN)
    press(board)
    thread.refuse(ServerFault("cut"))
    assert board.note.startswith("No answer came")
    assert len(faults) == 1
    press(board)
    thread.refuse(Refused("Not yours.", (), problem="forbidden", status=403))
    assert "No answer" not in board.note
    assert board.note


def test_a_press_is_for_the_place_that_was_read(qtbot: QtBot) -> None:
    """The chosen gate was removed at another desk: nobody pauses the whole hall instead."""
    board, said = open_board(qtbot)
    board.place.setCurrentIndex(2)
    board.show_pauses(msgspec.structs.replace(OPEN, places=OPEN.places[:2]))
    press(board)
    assert said == []
    qtbot.waitUntil(board.press.isEnabled)


def test_gates_that_have_not_heard_are_named(qtbot: QtBot) -> None:
    """Of the pause, and of its end; a gate says that it is shut by its zone."""
    board, _ = open_board(qtbot)
    board.show_pauses(PAUSED)
    assert "call by radio: North (Scanner 1)" in board.heard.text()
    assert "Scanner 2" not in board.heard.text()
    board.place.setCurrentIndex(2)
    assert board.state.text().startswith("Entry paused with Hall since ")
    assert board.heard.text() == ""
    board.place.setCurrentIndex(0)
    (one,) = PAUSED.found
    heard = tuple(msgspec.structs.replace(it, has_heard=True) for it in one.devices)
    board.show_pauses(
        msgspec.structs.replace(PAUSED, found=(msgspec.structs.replace(one, devices=heard),))
    )
    assert board.heard.text() == "Every gate there has confirmed."
    over = msgspec.structs.replace(one, until=one.since, devices=one.devices[:1])
    board.show_pauses(msgspec.structs.replace(PAUSED, found=(over,)))
    assert board.state.text() == "Entry is not paused here."
    assert board.heard.text() == "Resumed, but not confirmed; call by radio: North (Scanner 1)"


def test_who_may_not_pause_sees_how_it_stands(qtbot: QtBot) -> None:
    """Staff look whom to call, and find no button."""
    board, _ = open_board(qtbot, may_order=False)
    board.show_pauses(PAUSED)
    assert "call by radio" in board.heard.text()
    assert not board.press.isVisible()


def test_the_chosen_place_stays_while_it_is_looked_at(qtbot: QtBot) -> None:
    """What comes every two seconds turns nobody to another gate."""
    board, said = open_board(qtbot)
    board.place.setCurrentIndex(2)
    board.show_pauses(PAUSED)
    press(board)
    assert said == [("gt_south", True)]


def test_that_a_word_is_on_its_way_is_said_until_it_is_read(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood there for the rest of the evening; what else is said meanwhile stays."""
    monkeypatch.setattr(evacuation_and_pause_board, "WORD_AT_DOORS_LOOK_MS", 5)
    board, _ = open_board(qtbot)
    board.say_told()
    assert board.note == "Sent. The gates are told at once."
    qtbot.waitUntil(lambda: not board.note)
    board.say_told()
    board.say("No answer came.", "bad")
    qtbot.wait(100)
    assert board.note == "No answer came."

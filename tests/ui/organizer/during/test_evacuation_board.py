"""The desk's board of evacuations: nothing by a slip, and whom to call by radio."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.during.evacuations_client import EvacuationAct
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.during.evacuation_board import EvacuationBoard
from gatekeeper.ui.organizer.during.evacuation_flow import EvacuatingFlow
from gatekeeper.ui.organizer.widgets import held_button
from gatekeeper.ui.organizer.widgets.held_button import HELD_BUTTON_MS, HeldButton
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId, OrganizationId, ZoneId
from shared.wire.live_board import LiveZone
from tests.factories.desk_session import make_desk_session
from tests.factories.evacuation_screens import evacuations_of
from tests.factories.held_thread import HeldThread

HELD_SOON_MS = 600
"""For tests of what a board does once a button was held; its own time has tests of its own."""

ZONES = tuple(
    LiveZone(zone_id=ZoneId(one), name=name, inside=0, at_least=0, at_most=0, capacity=None)
    for one, name in (("zn_hall", "Hall"), ("zn_yard", "Yard"))
)


@pytest.fixture
def held_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a button act sooner than the product's do."""
    monkeypatch.setattr(held_button, "HELD_BUTTON_MS", HELD_SOON_MS)


def open_board(qtbot: QtBot, *, may_order: bool = True) -> tuple[EvacuationBoard, list[Any]]:
    """Show a board of two zones; returns what it says."""
    speak_language(make_application(), "en")
    board = EvacuationBoard()
    qtbot.addWidget(board)
    said: list[Any] = []
    board.said.connect(lambda *what: said.append(what))
    board.let_order(may_order=may_order)
    board.show_zones(ZONES)
    with qtbot.waitExposed(board):
        board.show()
    board.show_found(())
    return board, said


def button_of(board: EvacuationBoard, act: EvacuationAct) -> QPushButton:
    found = board.findChild(QPushButton, f"evacuation_{act}")
    assert isinstance(found, QPushButton)
    return found


def hold(qtbot: QtBot, button: QPushButton, time_ms: int) -> None:
    """Hold a button by its key for a while."""
    button.setFocus()
    QTest.keyPress(button, Qt.Key.Key_Space)
    qtbot.wait(time_ms)
    QTest.keyRelease(button, Qt.Key.Key_Space)


def hold_through(qtbot: QtBot, button: QPushButton) -> None:
    """Hold a button by its key until it acts; a machine under load is late."""
    held = button.parentWidget()
    assert isinstance(held, HeldButton)
    with qtbot.waitSignal(held.held):
        button.setFocus()
        QTest.keyPress(button, Qt.Key.Key_Space)
    QTest.keyRelease(button, Qt.Key.Key_Space)


@pytest.mark.usefixtures("held_soon")
def test_a_hall_is_emptied_by_a_held_button_and_a_password_alone(qtbot: QtBot) -> None:
    """A touch in passing does nothing, nor does a laptop that somebody left open."""
    board, said = open_board(qtbot)
    stop = button_of(board, EvacuationAct.STOP)
    hold_through(qtbot, stop)
    assert said == []
    assert "password first" in board.note
    field = board.findChild(QLineEdit, "evacuationPassword")
    assert field is not None
    field.setText("seven lamps")
    hold(qtbot, stop, HELD_SOON_MS // 3)
    assert said == []
    hold_through(qtbot, stop)
    assert said == [(EvacuationAct.STOP, "zn_hall", "seven lamps", None)]
    board.hide()
    assert field.text() == "", "nobody else's word bears this name"


def work_through(time_ms: int) -> None:
    """Keep the window from all else for a while."""
    since = QElapsedTimer()
    since.start()
    while since.elapsed() < time_ms:
        pass


def test_a_button_is_held_by_the_clock_on_a_slow_laptop_too(qtbot: QtBot) -> None:
    """It counted its own steps: where each came late, a second and a half became four."""
    button = HeldButton("Empty it", "slow", "danger")
    qtbot.addWidget(button)
    button.show()
    slow = QTimer(button, interval=0)
    slow.timeout.connect(lambda: work_through(140))
    slow.start()
    since = QElapsedTimer()
    since.start()
    hold_through(qtbot, button.button)
    assert since.elapsed() < 2 * HELD_BUTTON_MS


def test_what_stood_still_was_not_held(qtbot: QtBot) -> None:
    """Whoever let go while the window did nothing was not heard: that is no word."""
    button = HeldButton("Empty it", "still", "danger")
    qtbot.addWidget(button)
    button.show()
    acted = list[None]()
    button.held.connect(lambda: acted.append(None))
    QTest.keyPress(button.button, Qt.Key.Key_Space)
    work_through(HELD_BUTTON_MS + 300)
    QApplication.processEvents()
    QTest.keyRelease(button.button, Qt.Key.Key_Space)
    assert acted == []


@pytest.mark.usefixtures("held_soon")
def test_gates_that_have_not_heard_are_named_and_each_zone_stands_by_itself(
    qtbot: QtBot,
) -> None:
    """Those are called by radio; of the other zone nothing is under way."""
    board, said = open_board(qtbot)
    assert board.state.text() == "No evacuation in progress."
    (one,) = evacuations_of("zn_hall", "North")
    board.show_found((one,))
    assert "nobody is let in now" in board.state.text()
    assert "call by radio: North (Scanner 1)" in board.heard.text()
    assert "Scanner 2" not in board.heard.text()
    shown = {act for act in EvacuationAct if button_of(board, act).isVisible()}
    assert shown == {EvacuationAct.RETURN, EvacuationAct.ANNUL}
    hold_through(qtbot, button_of(board, EvacuationAct.ANNUL))
    assert [what[0] for what in said] == [EvacuationAct.ANNUL]
    heard = tuple(msgspec.structs.replace(it, has_heard=True) for it in one.devices)
    board.show_found((msgspec.structs.replace(one, devices=heard),))
    assert board.heard.text() == "Every gate in the zone has confirmed."
    board.place.setCurrentIndex(1)
    assert board.state.text() == "No evacuation in progress."


def test_who_may_not_order_one_sees_how_it_stands(qtbot: QtBot) -> None:
    """Staff look whom to call, and find no button."""
    board, _ = open_board(qtbot, may_order=False)
    board.show_found(evacuations_of("zn_hall", "North"))
    assert "call by radio" in board.heard.text()
    for act in EvacuationAct:
        assert not button_of(board, act).isVisible()


@pytest.mark.usefixtures("held_soon")
def test_a_button_that_is_held_acts_on_nothing_that_came_under_it(qtbot: QtBot) -> None:
    """Somebody else annulled that one meanwhile, and another one began."""
    board, said = open_board(qtbot)
    (one,) = evacuations_of("zn_hall", "North")
    board.show_found((one,))
    button = button_of(board, EvacuationAct.ANNUL)
    button.setFocus()
    QTest.keyPress(button, Qt.Key.Key_Space)
    qtbot.wait(HELD_SOON_MS // 2)
    board.show_found((msgspec.structs.replace(one, evacuation_id="cd" * 16),))
    qtbot.wait(HELD_SOON_MS + 500)
    QTest.keyRelease(button, Qt.Key.Key_Space)
    assert said == []
    hold_through(qtbot, button)
    assert [what[3].evacuation_id for what in said] == ["cd" * 16]


@pytest.mark.usefixtures("held_soon")
def test_each_word_is_proven_anew_and_a_lost_answer_is_said(qtbot: QtBot) -> None:
    """Who passes the open laptop afterwards lets nobody in; nobody waits for gates in vain."""
    board, said = open_board(qtbot)
    thread, faults = HeldThread(), list[BaseException]()
    flow = EvacuatingFlow(board, make_desk_session(thread, on_fault=faults.append))
    flow.enter(EventSite(OrganizationId("og_lantern"), EventId("ev_lantern")))
    thread.answer(())
    stop = button_of(board, EvacuationAct.STOP)
    board.password.setText("seven lamps")
    hold_through(qtbot, stop)
    thread.refuse(ServerFault("cut"))
    assert "No answer came" in board.note
    assert len(faults) == 1
    assert board.password.text() == "seven lamps", "the same word again is at hand"
    hold_through(qtbot, stop)
    thread.refuse(Refused("Try again in 30 s.", (), problem="too-many-requests", status=429))
    assert "No answer came" not in board.note
    assert board.note
    hold_through(qtbot, stop)
    thread.answer(evacuations_of("zn_hall", "North"))
    assert board.note == "Sent. The gates are told at once."
    assert board.password.text() == ""
    hold_through(qtbot, button_of(board, EvacuationAct.RETURN))
    assert "password first" in board.note
    assert len(said) == 3


def test_a_gate_that_still_lets_nobody_in_is_named_when_it_is_over(qtbot: QtBot) -> None:
    """It was cut off, and keeps all out by a false alarm; another evacuation can begin."""
    board, _ = open_board(qtbot)
    (one,) = evacuations_of("zn_hall", "North")
    over = msgspec.structs.replace(one, phase="over", devices=one.devices[:1])
    board.show_found((over,))
    assert board.state.text() == "No evacuation in progress."
    assert "call by radio: North (Scanner 1)" in board.heard.text()
    assert button_of(board, EvacuationAct.STOP).isVisible()
    board.place.setCurrentIndex(1)
    assert board.heard.text() == ""

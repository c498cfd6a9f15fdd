"""A question that comes while a finger is down is not answered by that finger.

What was pressed was meant for the question before: a holder of whom a proof is asked is not let in
because staff was just taking another's admission back. Readers bring tickets at any time.
"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.gate.open_decision import Act
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.widgets.action_button import ActionButton
from tests.factories.keys import Typist, click
from tests.fakes.gate_answers import make_answer
from tests.fakes.gate_session import FakeGateSession
from tests.ui.shown import until_shown

ADMITTED = "12345678901234567890"
ASKING = "98765432109876543210"
LEFT = Qt.MouseButton.LeftButton


def word(kiosk: Kiosk) -> str:
    content = kiosk.window.gate_page.verdict.content
    return "" if content is None else content.word


def yes(kiosk: Kiosk) -> ActionButton:
    return kiosk.window.gate_page.action_bar.button(Act.CONFIRM)


def bring_the_next(kiosk: Kiosk, qtbot: QtBot) -> None:
    """Read a ticket that asks for a proof, by a reader that is no keyboard."""
    kiosk.scans.submit(ASKING)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)


@pytest.fixture
def typist(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> Typist:
    """Give the keyboard of a gate that asks whether an admission is to be taken back."""
    session.answers[ADMITTED] = make_answer("ok")
    session.answers[ASKING] = make_answer("check_id", ticket_type="Reduced")
    typist = Typist(kiosk.window)
    typist.scan(ADMITTED)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    kiosk.window.gate_page.undo_wanted.emit()
    qtbot.waitUntil(lambda: word(kiosk) == "Undo?")
    return typist


def test_a_touch_that_began_on_the_question_before_confirms_nothing(
    kiosk: Kiosk, session: FakeGateSession, typist: Typist, qtbot: QtBot
) -> None:
    """Nor when the finger trembles; the next touch is meant."""
    button = yes(kiosk)
    middle = button.rect().center()
    QTest.mousePress(button, LEFT, pos=middle)
    bring_the_next(kiosk, qtbot)
    assert yes(kiosk) is button
    QTest.mouseMove(button, middle + QPoint(2, 1))
    QTest.mouseRelease(button, LEFT, pos=button.rect().center())
    qtbot.wait(50)
    assert word(kiosk) == "Check ID"
    assert (len(session.requests), session.deeds) == (2, [])
    click(button)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)


def test_a_key_that_was_down_before_the_question_confirms_nothing(
    kiosk: Kiosk, session: FakeGateSession, typist: Typist, qtbot: QtBot
) -> None:
    """Pressed anew it does."""

    def wait() -> None:
        bring_the_next(kiosk, qtbot)
        qtbot.wait(420)

    typist.rest(Qt.Key.Key_F9, wait)
    qtbot.wait(50)
    assert word(kiosk) == "Check ID"
    assert (len(session.requests), session.deeds) == (2, [])
    typist.rest(Qt.Key.Key_F9, lambda: qtbot.wait(420))
    until_shown(qtbot, kiosk, ScreenState.ADMIT)

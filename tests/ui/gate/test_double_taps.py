"""A finger that taps twice says one thing: what comes under it meanwhile is not pressed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.supervisor.shown_to_supervisors import ConflictView
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.widgets.action_button import TAP_LEAST_MS, ActionButton
from shared.kernel.id_types import ConflictId
from tests.factories.keys import Typist, click
from tests.factories.supervisor_menu import JO, press, unlock
from tests.fakes.gate_answers import used_answer
from tests.fakes.gate_session import RIGHT_PIN, FakeGateSession

CODE = "12345678901234567890"


def tap_again(widget: QWidget) -> None:
    """Give a widget the second half of a double click, as Qt does wherever the first one went."""
    middle = QPointF(widget.rect().center())
    place = widget.mapToGlobal(middle)
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, held in (
        (QEvent.Type.MouseButtonDblClick, left),
        (QEvent.Type.MouseButtonRelease, none),
    ):
        event = QMouseEvent(
            kind, middle, middle, place, left, held, Qt.KeyboardModifier.NoModifier
        )
        QCoreApplication.sendEvent(widget, event)


def test_a_double_tap_on_the_menu_gives_no_reason(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Nobody is admitted by the tap that only opened the list of reasons."""
    session.answers[CODE] = used_answer()
    Typist(kiosk.window).scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.latest is not None)
    unlock(kiosk, session, qtbot)
    frame = kiosk.window.supervisor_frame
    press(kiosk, "override")
    assert frame.part is frame.choice
    first = frame.choice.grid.button(frame.choice.grid.keys[0])
    tap_again(first)
    click(first)  # a third of the same fingers is Qt's first of the next two
    qtbot.wait(50)
    assert session.deeds == []
    assert frame.part is frame.choice
    qtbot.wait(QApplication.doubleClickInterval())
    click(first)
    qtbot.waitUntil(lambda: kiosk.window.page is kiosk.window.gate_page)
    assert [deed[0] for deed in session.deeds] == ["override"]


def test_enter_that_bounces_on_the_menu_gives_no_reason(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The first reason has the keyboard as soon as the list of them is there."""
    session.answers[CODE] = used_answer()
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.latest is not None)
    unlock(kiosk, session, qtbot)
    frame = kiosk.window.supervisor_frame
    assert frame.part is not None
    menu = frame.part.findChild(ActionButton, "option_override")
    assert isinstance(menu, ActionButton)
    menu.setFocus()
    typist.press(Qt.Key.Key_Return, "\r")
    qtbot.waitUntil(lambda: frame.part is frame.choice)
    typist.press_again(Qt.Key.Key_Return, "\r", after=150)
    qtbot.wait(100)
    assert session.deeds == []
    typist.press(Qt.Key.Key_Return, "\r")
    qtbot.waitUntil(lambda: [deed[0] for deed in session.deeds] == ["override"])


def test_a_double_tap_settles_one_conflict(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The next one has the same buttons in the same places."""
    session.disputes = [
        ConflictView(ConflictId(f"cf_{place}"), "clock", None, ()) for place in range(2)
    ]
    unlock(kiosk, session, qtbot)
    press(kiosk, "conflicts")
    page = kiosk.window.supervisor_frame.conflicts
    qtbot.waitUntil(lambda: kiosk.window.supervisor_frame.part is page)
    button = page._ways.button("fraud")
    click(button)
    qtbot.waitUntil(lambda: page.current == session.disputes[-1])
    tap_again(button)
    qtbot.wait(50)
    assert session.deeds == [("settle", "cf_0", "fraud", JO.person)]


def test_each_digit_of_a_quick_finger_is_heard(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Of touches the second is a double click to Qt also where it is on another key."""
    kiosk.staff.take_badge(JO)
    unlock_page = kiosk.window.supervisor_frame.unlock
    qtbot.waitUntil(unlock_page.isVisible)
    finger = QTest.createTouchDevice()
    for digit in RIGHT_PIN:
        key = unlock_page._pad.button(digit)
        middle = key.mapTo(kiosk.window, key.rect().center())
        touch = QTest.touchEvent(kiosk.window, finger, False)
        touch.press(0, middle, kiosk.window)
        touch.commit()
        qtbot.wait(TAP_LEAST_MS + 10)  # a shorter one is a drop of rain
        touch.release(0, middle, kiosk.window)
        touch.commit()
    assert unlock_page._pin == RIGHT_PIN


def test_the_same_digit_twice_is_two_digits(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Quick fingers on one key are heard each time."""
    kiosk.staff.take_badge(JO)
    unlock_page = kiosk.window.supervisor_frame.unlock
    key = unlock_page._pad.button("4")
    click(key)
    tap_again(key)
    assert unlock_page._pin == "44"

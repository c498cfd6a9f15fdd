"""What no finger means presses nothing: a palm, a sleeve, drops of rain."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPointingDevice
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.gate.open_decision import Act
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.widgets.action_button import FINGERS_MAX, TAP_LEAST_MS, ActionButton
from tests.factories.keys import Typist
from tests.fakes.gate_answers import make_answer
from tests.fakes.gate_session import FakeGateSession

CODE = "12345678901234567890"


@pytest.fixture
def admit(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> ActionButton:
    """Return the button that admits whoever has shown a student card."""
    session.answers[CODE] = make_answer("check_id", ticket_type="Reduced")
    Typist(kiosk.window).scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    button = kiosk.window.gate_page.action_bar.button(Act.CONFIRM)
    qtbot.waitUntil(button.isVisible)
    return button


def rest(kiosk: Kiosk, qtbot: QtBot, first: QPoint, points: int) -> None:
    """Rest so many points on the glass, for as long as a finger does."""
    window = kiosk.window
    touch = QTest.touchEvent(window, QTest.createTouchDevice(), False)
    touch.press(0, first, window).commit()
    for point in range(1, points):
        touch.stationary(0).press(point, first - QPoint(40 * point, 30 * point), window).commit()
    qtbot.wait(TAP_LEAST_MS + 10)
    for point in range(points):
        touch.release(point, first - QPoint(40 * point, 30 * point), window)
    touch.commit()


def tap(button: ActionButton, lasts_ms: int) -> None:
    """Tap a button, as Qt makes it of a touch."""
    middle = QPointF(button.rect().center())
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    finger = QTest.createTouchDevice()
    assert isinstance(finger, QPointingDevice)
    for kind, held, at in (
        (QEvent.Type.MouseButtonPress, left, 1_000),
        (QEvent.Type.MouseButtonRelease, none, 1_000 + lasts_ms),
    ):
        event = QMouseEvent(
            kind,
            middle,
            middle,
            button.mapToGlobal(middle),
            left,
            held,
            Qt.KeyboardModifier.NoModifier,
            finger,
        )
        event.setTimestamp(at)
        QCoreApplication.sendEvent(button, event)


@pytest.mark.parametrize("points", [1, FINGERS_MAX, FINGERS_MAX + 1, 9])
def test_a_palm_that_begins_on_a_button_does_not_press_it(
    kiosk: Kiosk, admit: ActionButton, points: int, qtbot: QtBot
) -> None:
    """It admitted somebody whose card nobody had looked at."""
    clicks: list[ActionButton] = []
    admit.clicked.connect(lambda: clicks.append(admit))
    middle = admit.mapTo(kiosk.window, admit.rect().center())
    rest(kiosk, qtbot, middle, points)
    assert bool(clicks) is (points <= FINGERS_MAX)
    assert not admit.isDown()
    if not clicks:
        rest(kiosk, qtbot, middle, 1)  # the next finger is one again
        assert clicks


@pytest.mark.parametrize("lasts_ms", [0, TAP_LEAST_MS - 1, TAP_LEAST_MS, 2_000])
def test_a_drop_of_rain_presses_nothing(kiosk: Kiosk, admit: ActionButton, lasts_ms: int) -> None:
    """Sixty of them on the screen let somebody in."""
    clicks: list[ActionButton] = []
    admit.clicked.connect(lambda: clicks.append(admit))
    tap(admit, lasts_ms)
    assert bool(clicks) is (lasts_ms >= TAP_LEAST_MS)
    assert not admit.isDown()

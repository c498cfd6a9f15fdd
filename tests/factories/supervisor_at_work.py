"""A supervisor at the window of a gate: shows a badge, types a PIN, presses buttons."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from gatekeeper.supervisor.unlocking_and_locking_again import Badge
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.pages.choice_page import ChoicePage
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from tests.factories.keys import Typist, click
from tests.fakes.gate_session import RIGHT_PIN

CODE = "12345678901234567890"
BADGE = "GKB1-ABCDE-FGHJK-MNPQR"
JO = Badge("sv_0123456789ab", "Jo Lindqvist")


def state(kiosk: Kiosk) -> str:
    """Return how the screen looks: admit, deny, refer, paused."""
    return str(kiosk.window.property("state"))


def frame(kiosk: Kiosk) -> SupervisorFrame:
    """Return the supervisor's screens."""
    return kiosk.window.supervisor_frame


def is_at_gate(kiosk: Kiosk) -> bool:
    """Whether the gate's own screen is shown."""
    return kiosk.window.page is kiosk.window.gate_page


def message(kiosk: Kiosk) -> str:
    """Return what the page of badge and PIN says."""
    label = frame(kiosk).unlock.findChild(QLabel, "unlockMessage")
    assert isinstance(label, QLabel)
    return label.text()


def type_pin(kiosk: Kiosk, pin: str, qtbot: QtBot) -> None:
    """Type a PIN with the finger."""
    pad = frame(kiosk).unlock._pad
    for digit in pin:
        click(pad.button(digit))
    click(pad.button("enter"))
    QApplication.processEvents()


def unlock(kiosk: Kiosk, qtbot: QtBot) -> None:
    """Come to the gate with badge and PIN."""
    Typist(kiosk.window).scan(BADGE)
    qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
    type_pin(kiosk, RIGHT_PIN, qtbot)
    qtbot.waitUntil(lambda: kiosk.staff.flow.duty is not None)


def press(kiosk: Kiosk, key: str) -> None:
    """Press a button of the menu, or of what it has led to."""
    part = frame(kiosk).part
    assert part in {frame(kiosk).menu, frame(kiosk).choice}
    assert isinstance(part, ChoicePage)
    click(part.grid.button(key))

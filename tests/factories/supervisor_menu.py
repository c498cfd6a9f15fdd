"""The way to a supervisor's pages: a badge, the PIN, a button of the menu."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gatekeeper.supervisor.unlocking_and_locking_again import Badge
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.pages.choice_page import ChoicePage
from tests.factories.keys import click
from tests.fakes.gate_session import RIGHT_PIN, FakeGateSession

BADGE = "GKB1-ABCDE-FGHJK-MNPQR"
JO = Badge("sv_0123456789ab", "Jo Lindqvist")


def unlock(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> None:
    """Come to the menu with badge and PIN."""
    session.badges[BADGE] = JO
    frame = kiosk.window.supervisor_frame
    kiosk.staff.try_badge(BADGE)
    qtbot.waitUntil(lambda: kiosk.window.page is frame)
    for digit in RIGHT_PIN:
        click(frame.unlock._pad.button(digit))
    click(frame.unlock._pad.button("enter"))
    qtbot.waitUntil(lambda: frame.part is frame.menu)


def press(kiosk: Kiosk, key: str) -> None:
    """Press a button of the menu, or of a question."""
    part = kiosk.window.supervisor_frame.part
    assert isinstance(part, ChoicePage)
    click(part.grid.button(key))

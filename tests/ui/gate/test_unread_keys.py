"""Keys of which no ticket was read are told where tickets are shown, and nowhere else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gatekeeper.ui.gate.kiosk import Kiosk
from tests.factories.keys import Typist
from tests.factories.supervisor_at_work import BADGE, CODE, JO, frame
from tests.fakes.gate_session import FakeGateSession


def test_a_pin_that_is_typed_is_no_scanner_that_is_not_read(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """A board that warns of nothing is not believed when it warns of something."""
    session.badges[BADGE] = JO
    told: list[bool] = []
    kiosk.told_unread.connect(lambda: told.append(True))
    digits = [(digit, ord(digit), Qt.KeyboardModifier.NoModifier) for digit in CODE]
    typist = Typist(kiosk.window)
    typist.burst(*digits, pace=60)
    assert told == [True]
    typist.scan(BADGE)
    qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
    unread: list[bool] = []
    kiosk.wedge.unread.connect(lambda: unread.append(True))
    typist.type("123456")
    qtbot.waitUntil(lambda: bool(unread))
    assert (unread, told) == ([True], [True]), "keys came, and were meant for the digits"

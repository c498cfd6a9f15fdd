"""Tickets that are held up while a supervisor's screens are shown: answered, or refused aloud."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.gate.verdict_content import Tone
from gatekeeper.readers.nfc.tag_scan import TagChecks, TagScan
from gatekeeper.supervisor.unlocking_and_locking_again import RIGHTS_FOR
from gatekeeper.ui.gate.kiosk import Kiosk
from shared.kernel.instant import SECOND, Duration
from tests.factories.keys import Typist
from tests.factories.supervisor_menu import BADGE, JO, press, unlock
from tests.fakes.clock import ManualClock
from tests.fakes.gate_answers import make_answer
from tests.fakes.gate_session import FakeGateSession
from tests.ui.conftest import ListeningSounder
from tests.ui.shown import until_shown

CODE = "12345678901234567890"


@pytest.fixture
def clock() -> ManualClock:
    """Give the window a clock that a test moves."""
    return ManualClock()


def is_at_gate(kiosk: Kiosk) -> bool:
    return kiosk.window.page is kiosk.window.gate_page


def test_a_ticket_at_a_menu_that_was_left_open_is_answered(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The supervisor has gone on: the menu locks, and the guest gets a verdict."""
    unlock(kiosk, session, qtbot)
    session.answers[CODE] = make_answer("ok")
    Typist(kiosk.window).scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert is_at_gate(kiosk)
    assert kiosk.staff.flow.duty is None
    unlock(kiosk, session, qtbot)
    tag = TagScan(bytes(range(7)), "NTAG213", None, CODE, TagChecks(), "NFC", Duration(0))
    kiosk.take_tag(tag)
    qtbot.waitUntil(lambda: len(session.scans) == 2 and is_at_gate(kiosk))


@pytest.mark.parametrize("cover", ["supervisor", "keypad", "badge"])
def test_no_page_covers_the_answer_to_a_scan_that_came_before_it(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot, cover: str
) -> None:
    """Staff press a button, or a badge is read together with a ticket: the guest comes first."""
    session.badges[BADGE] = JO
    session.answers[CODE] = make_answer("ok")
    session.hold()
    if cover == "badge":
        kiosk.scans.submit(BADGE)
    kiosk.scans.submit(CODE)
    qtbot.waitUntil(lambda: len(session.scans) == 1)
    if cover == "supervisor":
        kiosk.staff.call(None)
    elif cover == "keypad":
        kiosk.window.gate_page.manual_wanted.emit()
    session.let_go()
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert is_at_gate(kiosk)
    assert session.scans[-1] == (CODE, False)


def test_a_queue_that_goes_on_scanning_keeps_no_page_open_and_is_told(
    kiosk: Kiosk,
    session: FakeGateSession,
    sounder: ListeningSounder,
    clock: ManualClock,
    qtbot: QtBot,
) -> None:
    """Who was busy keeps their page for a minute; each ticket is refused aloud."""
    unlock(kiosk, session, qtbot)
    press(kiosk, "settings")
    typist = Typist(kiosk.window)
    for place in range(RIGHTS_FOR // (8 * SECOND) + 1):
        sounder.played.clear()
        clock.advance(8 * SECOND)
        typist.scan(f"{CODE}{place}")
        qtbot.waitUntil(lambda: Tone.REFER in sounder.played or is_at_gate(kiosk))
    qtbot.waitUntil(lambda: is_at_gate(kiosk))
    assert kiosk.staff.flow.duty is None

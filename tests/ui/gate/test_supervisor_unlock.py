"""How a supervisor gets rights at a gate: badge, PIN and time, and when they end."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gatekeeper.gate.answer import GroupOutlook
from gatekeeper.presenters.gate.open_decision import Question
from gatekeeper.readers.nfc.tag_scan import TagChecks, TagScan
from gatekeeper.supervisor.unlocking_and_locking_again import (
    RIGHTS_FOR,
    UNLOCK_FOR,
    Badge,
    UnlockAnswer,
)
from gatekeeper.ui.gate.kiosk import Kiosk
from shared.kernel.instant import SECOND, Duration
from tests.factories.keys import Typist, click
from tests.factories.supervisor_at_work import (
    BADGE,
    CODE,
    JO,
    frame,
    is_at_gate,
    message,
    press,
    type_pin,
    unlock,
)
from tests.fakes.clock import ManualClock
from tests.fakes.gate_session import RIGHT_PIN, FakeGateSession


@pytest.fixture(autouse=True)
def _staffed(session: FakeGateSession) -> None:
    session.badges[BADGE] = JO


def _ends_with(kiosk: Kiosk, digit: str) -> bool:
    return frame(kiosk).unlock._pin.endswith(digit)


def test_a_badge_at_the_gate_asks_for_the_pin_and_opens_the_menu(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """A badge is no ticket: it is not decided on, and names its holder only to themselves."""
    unlock(kiosk, qtbot)
    qtbot.waitUntil(lambda: frame(kiosk).part is frame(kiosk).menu)
    facts = [fact.text for fact in frame(kiosk)._strip.facts]
    assert facts[0] == "Supervisor: Jo Lindqvist"
    assert facts[1].startswith("Locks in ")
    assert session.past == []


def test_badge_while_a_group_is_counted_opens_the_menu_and_the_question_stays(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Nothing is decided yet that a supervisor could override."""
    session.groups[CODE] = GroupOutlook(5, "in", "00f3a1b2c3d44821", "Group")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    unlock(kiosk, qtbot)
    qtbot.waitUntil(lambda: frame(kiosk).part is frame(kiosk).menu)
    kiosk.staff.flow.leave()
    current = kiosk.scans.decisions.current
    assert current is not None
    assert (is_at_gate(kiosk), current.kind) == (True, Question.COUNT)


def test_badge_that_is_withdrawn_ends_the_rights_of_whoever_is_at_work(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Each touch would let a copy's rights last another minute, the whole evening long."""
    unlock(kiosk, qtbot)
    session.is_badge_held = False
    qtbot.waitUntil(lambda: is_at_gate(kiosk))
    assert kiosk.staff.flow.duty is None


def test_a_badge_that_is_withdrawn_before_its_pin_is_nobodys(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The PIN was called wrong, and each try counted against the gate's next supervisor."""
    session.wrong_pin = UnlockAnswer(is_right=False, is_withdrawn=True)
    Typist(kiosk.window).scan(BADGE)
    qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
    type_pin(kiosk, "999999", qtbot)
    qtbot.waitUntil(lambda: frame(kiosk).unlock.badge is None)
    assert message(kiosk) == "This badge is not valid at this event."


def test_a_right_pin_begins_nothing_once_another_badge_was_shown(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The first one's rights began, and the badge that signs was the other's."""
    session.badges["GKB1-PM"] = Badge("sv_other", "Pim")
    Typist(kiosk.window).scan(BADGE)
    qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
    session.hold()
    type_pin(kiosk, RIGHT_PIN, qtbot)
    kiosk.staff.flow.take_code("GKB1-PM")
    qtbot.waitUntil(lambda: frame(kiosk).unlock.badge == session.badges["GKB1-PM"])
    answered: list[object] = []
    session.let_go()
    kiosk.staff.flow._engine.ask(lambda _: True, answered.append)
    qtbot.waitUntil(lambda: bool(answered))
    assert frame(kiosk).part is frame(kiosk).unlock
    type_pin(kiosk, RIGHT_PIN, qtbot)
    qtbot.waitUntil(lambda: kiosk.staff.flow.duty is not None)
    duty = kiosk.staff.flow.duty
    assert duty is not None
    assert duty.badge.person == "sv_other"


def test_a_window_that_ends_leaves_no_supervisor_at_work(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """No minute goes on running for an engine that is gone, and the names are sealed."""
    unlock(kiosk, qtbot)
    before = session.forgotten
    kiosk.stop()
    assert not kiosk.staff.flow.is_open
    assert session.forgotten == before + 1


def test_a_badge_may_be_on_a_tag(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> None:
    """As a text on any tag, at the gate's screen and where a badge is asked for."""
    tag = TagScan(bytes(range(7)), "NTAG213", None, BADGE, TagChecks(), "NFC", Duration(0))
    kiosk.take_tag(tag)
    qtbot.waitUntil(lambda: frame(kiosk).unlock.badge == JO)
    frame(kiosk).unlock.restart(None)
    kiosk.take_tag(tag)
    qtbot.waitUntil(lambda: frame(kiosk).unlock.badge == JO)
    assert session.past == []


def test_a_wrong_pin_says_how_many_tries_are_left(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Nothing opens; the digits are gone, and after too many the page says how long to wait."""
    Typist(kiosk.window).scan(BADGE)
    qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
    type_pin(kiosk, "111222", qtbot)
    qtbot.waitUntil(lambda: message(kiosk) == "Wrong PIN. 4 tries left.")
    session.wrong_pin = UnlockAnswer(is_right=False, wait=60 * SECOND)
    type_pin(kiosk, "111223", qtbot)
    qtbot.waitUntil(lambda: message(kiosk) == "Too many wrong PINs. Try again in 60 s.")
    assert kiosk.staff.flow.duty is None


def test_a_pin_is_typed_by_a_persons_keys_and_by_no_scanner(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Digits at a scanner's speed are a code; a person's digits and Enter unlock."""
    typist = Typist(kiosk.window)
    typist.scan(BADGE)
    qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
    typist.scan(RIGHT_PIN)
    typist.scan("48392")
    qtbot.wait(200)
    assert frame(kiosk).unlock._pin == ""
    for digit in RIGHT_PIN:
        typist.press(Qt.Key(ord(digit)), digit)
        qtbot.waitUntil(partial(_ends_with, kiosk, digit))
    typist.press(Qt.Key.Key_Return, "\r")
    qtbot.waitUntil(lambda: kiosk.staff.flow.duty is not None)


def test_a_ticket_is_no_badge_and_is_not_decided_on(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """While a supervisor is asked for, a visitor's code does nothing."""
    typist = Typist(kiosk.window)
    typist.rest(Qt.Key.Key_F8, lambda: qtbot.wait(420))
    qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
    typist.scan(CODE)
    qtbot.waitUntil(lambda: message(kiosk) == "This badge is not valid at this event.")
    assert session.scans == []
    typist.press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: is_at_gate(kiosk))


class TestTime:
    """Rights that end by themselves."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """Give the window a clock that a test moves."""
        return ManualClock()

    def test_rights_end_after_a_minute_without_input(
        self, kiosk: Kiosk, clock: ManualClock, qtbot: QtBot
    ) -> None:
        """A supervisor who walks away leaves a locked gate."""
        unlock(kiosk, qtbot)
        clock.advance(RIGHTS_FOR - SECOND)
        press(kiosk, "settings")
        clock.advance(RIGHTS_FOR - SECOND)
        qtbot.wait(600)
        assert kiosk.window.page is frame(kiosk)
        clock.advance(SECOND)
        qtbot.waitUntil(lambda: is_at_gate(kiosk))
        assert kiosk.staff.flow.duty is None

    def test_an_unfinished_pin_is_forgotten(
        self, kiosk: Kiosk, clock: ManualClock, qtbot: QtBot
    ) -> None:
        """Half a PIN does not wait for the next passer-by."""
        Typist(kiosk.window).scan(BADGE)
        qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
        click(frame(kiosk).unlock._pad.button("4"))
        clock.advance(UNLOCK_FOR)
        qtbot.waitUntil(lambda: is_at_gate(kiosk))
        assert frame(kiosk).unlock._pin == ""
        assert frame(kiosk).unlock.badge is None


def test_after_too_many_guesses_the_page_counts_down_calmly(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Guessed ten times: no key acts, the seconds pass, and it says that the gate goes on."""
    Typist(kiosk.window).scan(BADGE)
    qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
    session.wrong_pin = UnlockAnswer(is_right=False, wait=2 * SECOND)
    unlock_page = frame(kiosk).unlock
    unlock_page._pause.setInterval(200)
    for _ in range(10):
        type_pin(kiosk, "111222", qtbot)
    qtbot.waitUntil(lambda: message(kiosk) == "Too many wrong PINs. Try again in 1 s.")
    assert "The gate keeps working" in unlock_page._advice.text()
    assert not unlock_page._pad.button("1").isEnabled()
    assert unlock_page._dots.isHidden()
    qtbot.waitUntil(lambda: message(kiosk) == "Now your PIN")
    assert unlock_page._pad.button("1").isEnabled()
    type_pin(kiosk, RIGHT_PIN, qtbot)
    qtbot.waitUntil(lambda: kiosk.staff.flow.duty is not None)


def test_the_page_has_a_place_for_each_digit_of_a_drawn_pin(kiosk: Kiosk, qtbot: QtBot) -> None:
    """With six places, all of them filled, who has eight digits pressed Unlock and lost a try."""
    Typist(kiosk.window).scan(BADGE)
    qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
    unlock_page = frame(kiosk).unlock
    for digit in "540805":
        click(unlock_page._pad.button(digit))
    assert unlock_page._dots.text() == "●●●●●●○○"
    assert unlock_page._pad.button("enter").isEnabled(), "a PIN of one's own may be shorter"

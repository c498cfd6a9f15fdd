"""What a person has to decide: held until somebody does, by a finger and by nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gatekeeper.gate.answer import GroupOutlook
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.gate.open_decision import Act
from gatekeeper.presenters.gate.verdict_content import Tone
from gatekeeper.ui.gate.decision_flow import DecisionPace
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.widgets.action_button import ActionButton
from shared.kernel.errors import StoreFault
from tests.factories.keys import Typist, click
from tests.fakes.gate_answers import make_answer, used_answer
from tests.fakes.gate_session import FakeGateSession
from tests.ui.conftest import ListeningSounder
from tests.ui.shown import until_shown

CODE = "12345678901234567890"
OTHER = "98765432109876543210"
GROUP = GroupOutlook(5, "in", "00f3a1b2c3d44821", "Group")
HOSTILE = ["\r", "\x1b", "U", "u", "L", "+", "3", "-", "\t", " "]
FUNCTION_KEYS = (Qt.Key.Key_F9, Qt.Key.Key_F10, Qt.Key.Key_F8, Qt.Key.Key_F4, Qt.Key.Key_F3)


def state(kiosk: Kiosk) -> str:
    return str(kiosk.window.property("state"))


def word(kiosk: Kiosk) -> str:
    content = kiosk.window.gate_page.verdict.content
    return "" if content is None else content.word


def button(kiosk: Kiosk, act: Act) -> ActionButton:
    return kiosk.window.gate_page.action_bar.button(act)


def hint(kiosk: Kiosk) -> str:
    return " ".join(fact.text for fact in kiosk.window.gate_page.banner.facts)


@pytest.fixture
def asked(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> Typist:
    """Give a scanner at a gate that waits for a look at a student card."""
    session.answers[CODE] = make_answer("check_id", ticket_type="Reduced")
    session.answers[OTHER] = make_answer("ok", ticket_type="Adult")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    return typist


def test_a_touch_confirms_and_the_same_claim_is_admitted(
    kiosk: Kiosk, session: FakeGateSession, asked: Typist, qtbot: QtBot
) -> None:
    """The steward has seen the card: the scan goes on under its claim id and turns green."""
    assert state(kiosk) == "refer"
    click(button(kiosk, Act.CONFIRM))
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    request = session.requests[-1]
    assert (request.id_checked, request.count) == (True, 1)
    assert request.claim_id == session.answers[CODE].claim_id  # type: ignore[union-attr] # an answer
    assert not kiosk.scans.decisions.holds_lane


def test_a_touch_refuses_and_that_is_on_record(
    kiosk: Kiosk,
    session: FakeGateSession,
    sounder: ListeningSounder,
    asked: Typist,
    qtbot: QtBot,
) -> None:
    """No card was shown: the journal says so, the screen says stop and what to do."""
    click(button(kiosk, Act.REFUSE))
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert word(kiosk) == "Not admitted"
    assert session.deeds == [("decline", "ab" * 16, "proof_not_shown", "")]
    assert sounder.played[-1] is Tone.DENY


@pytest.mark.parametrize(("key", "expected"), [(Qt.Key.Key_F9, "admit"), (Qt.Key.Key_F10, "deny")])
def test_a_key_decides_only_when_a_finger_rests_on_it(
    kiosk: Kiosk, asked: Typist, qtbot: QtBot, key: Qt.Key, expected: str
) -> None:
    """A tap changes nothing; 0.3 s do."""
    asked.press(key)
    qtbot.wait(150)
    assert state(kiosk) == "refer"
    asked.rest(key, lambda: qtbot.wait(420))
    qtbot.waitUntil(lambda: state(kiosk) == expected)


def test_a_barcode_that_types_a_key_changes_nothing(
    kiosk: Kiosk, session: FakeGateSession, asked: Typist, qtbot: QtBot
) -> None:
    """Enter, Esc, U and the rest, as scanners type them, leave the question as it is.

    Some scanners can type function keys and Alt+F4; none can rest on them.
    """

    def is_as_it_was() -> bool:
        qtbot.wait(200)
        is_asking = (state(kiosk), word(kiosk)) == ("refer", "Check ID")
        is_alone = len(session.scans) == 1 and session.deeds == []
        return is_asking and is_alone and kiosk.window.page is kiosk.window.gate_page

    for text in HOSTILE:
        asked.scan(text, end=None)
        asked.scan(text)
        assert is_as_it_was(), repr(text)
    for key in FUNCTION_KEYS:
        asked.press(key, held=1)
        asked.press(key, modifiers=Qt.KeyboardModifier.AltModifier, held=1)
        assert is_as_it_was(), key


def test_the_window_does_not_close_while_a_decision_is_open(
    kiosk: Kiosk, asked: Typist, qtbot: QtBot
) -> None:
    """A window system that turns Alt+F4 into a request to close is refused."""
    kiosk.window.close()
    QApplication.processEvents()
    assert kiosk.window.isVisible()
    click(button(kiosk, Act.REFUSE))
    until_shown(qtbot, kiosk, ScreenState.DENY)


def test_another_ticket_meanwhile_gets_a_tick_and_no_verdict(
    kiosk: Kiosk,
    session: FakeGateSession,
    sounder: ListeningSounder,
    asked: Typist,
    qtbot: QtBot,
) -> None:
    """The next visitor is told to wait; scanned again afterwards the ticket counts at once."""
    asked.scan(OTHER)
    assert hint(kiosk) == "Finish this visitor first"
    assert sounder.played[-1] is Tone.TICK
    assert [text for text, _ in session.scans] == [CODE]
    click(button(kiosk, Act.REFUSE))
    until_shown(qtbot, kiosk, ScreenState.DENY)
    asked.scan(OTHER)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)


def test_two_scans_in_one_breath_wait_for_the_first_ones_decision(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """A scan that came before the question was on the screen is answered after it."""
    session.answers[CODE] = make_answer("check_id")
    session.answers[OTHER] = make_answer("ok")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    typist.scan(OTHER)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    assert [text for text, _ in session.scans] == [CODE]
    click(button(kiosk, Act.REFUSE))
    qtbot.waitUntil(lambda: len(session.scans) == 2)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)


def test_a_refusal_that_cannot_be_recorded_stops_the_gate_calmly(
    kiosk: Kiosk, session: FakeGateSession, asked: Typist, qtbot: QtBot
) -> None:
    """Nothing is lost silently: a full disk is said, and the lane is free again."""
    session.deed_fault = StoreFault("the disk is full")
    click(button(kiosk, Act.REFUSE))
    qtbot.waitUntil(lambda: state(kiosk) == "paused")
    asked.scan(OTHER)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)


def test_a_group_is_asked_for_its_number_before_green(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Nothing is committed before the number is; then exactly that many are admitted."""
    session.groups[CODE] = GROUP
    session.answers[CODE] = make_answer("ok", remaining=2)
    Typist(kiosk.window).scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    assert (state(kiosk), word(kiosk)) == ("refer", "How many now?")
    pad = kiosk.window.gate_page.action_bar.pad
    less = pad.findChild(ActionButton, "countLess")
    assert isinstance(less, ActionButton)
    assert button(kiosk, Act.CONFIRM).text() == "Admit 5"
    click(less)
    click(less)
    assert button(kiosk, Act.CONFIRM).text() == "Admit 3"
    click(button(kiosk, Act.CONFIRM))
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert session.requests[-1].count == 3
    assert word(kiosk) == "Admit 3"


def test_numbers_are_chosen_by_short_presses_and_what_is_shown_is_admitted(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """2 chooses two; 9 of five is none; + and − go one step; a key that rests counts once."""
    session.groups[CODE] = GROUP
    session.answers[CODE] = make_answer("ok", ticket_type="Group")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    confirm = button(kiosk, Act.CONFIRM)

    def shows(text: str) -> None:
        qtbot.waitUntil(lambda: confirm.text() == text)

    typist.press(Qt.Key.Key_2, "2")
    shows("Admit 2")
    typist.press(Qt.Key.Key_9, "9", held=200)
    typist.press(Qt.Key.Key_Plus, "+")
    shows("Admit 3")
    typist.press(Qt.Key.Key_Down)
    shows("Admit 2")
    typist.press(Qt.Key.Key_4, "4")
    shows("Admit 4")
    typist.rest(Qt.Key.Key_3, lambda: qtbot.wait(420), "3")
    shows("Admit 3")
    typist.rest(Qt.Key.Key_F9, lambda: qtbot.wait(420))
    qtbot.waitUntil(lambda: bool(session.requests))
    assert session.requests[-1].count == 3


def test_nobody_of_a_group_passes_and_that_is_on_record(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """A group that turned round leaves a note and no admission."""
    session.groups[CODE] = GROUP
    Typist(kiosk.window).scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    click(button(kiosk, Act.REFUSE))
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert session.deeds == [("note", "not_admitted", f"nobody_passed {GROUP.ticket_id}", "")]


def test_debt_is_acknowledged_where_the_organizer_allows(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The screen stays a denial until staff say that they have told the holder."""
    session.answers[CODE] = make_answer("unpaid", may_acknowledge=True)
    Typist(kiosk.window).scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert not kiosk.scans.decisions.holds_lane
    click(button(kiosk, Act.CONFIRM))
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert session.requests[-1].pending_acknowledged


def test_debt_is_not_acknowledged_where_the_organizer_does_not_allow(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Without the organizer's leave there is no such button."""
    session.answers[CODE] = make_answer("unpaid")
    Typist(kiosk.window).scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert not button(kiosk, Act.CONFIRM).isVisible()


def test_a_denial_never_holds_the_lane(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """What a supervisor could change keeps nobody waiting: the next ticket replaces it."""
    session.answers[CODE] = used_answer()
    session.answers[OTHER] = make_answer("ok")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.DENY)
    typist.scan(OTHER)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert kiosk.scans.decisions.current is None


def test_the_last_admission_is_taken_back_after_one_question(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Who did not enter is taken back by staff within half a minute; the screen is grey."""
    session.answers[CODE] = make_answer("ok")
    Typist(kiosk.window).scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    page = kiosk.window.gate_page
    page.show_idle()
    assert page._undo.isVisible()
    click(page._undo)
    assert word(kiosk) == "Undo?"
    assert session.deeds == []
    click(button(kiosk, Act.CONFIRM))
    qtbot.waitUntil(lambda: word(kiosk) == "Undone")
    assert state(kiosk) == "paused"
    assert session.deeds == [("undo", "ab" * 16, "did_not_enter", "")]
    page.show_idle()
    assert not page._undo.isVisible()


def test_a_finger_that_rests_on_f7_asks_as_the_button_does(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Taking back needs no mouse; what a scanner could type of it does nothing."""
    session.answers[CODE] = make_answer("ok")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    kiosk.window.gate_page.show_idle()
    typist.press(Qt.Key.Key_F7, held=1)
    qtbot.wait(200)
    assert state(kiosk) == "idle"
    typist.rest(Qt.Key.Key_F7, lambda: qtbot.wait(420))
    qtbot.waitUntil(lambda: word(kiosk) == "Undo?")


class TestTime:
    """A lane that nobody frees."""

    @pytest.fixture
    def pace(self) -> DecisionPace:
        """Let a minute be half a second."""
        return DecisionPace(repeat_ms=150, expiry_ms=500)

    def test_a_question_that_nobody_answers_ends_as_not_admitted(
        self,
        start_kiosk: Callable[[], Kiosk],
        session: FakeGateSession,
        sounder: ListeningSounder,
        qtbot: QtBot,
    ) -> None:
        """A calm tone comes again, then the screen says stop, and the journal says why."""
        kiosk = start_kiosk()
        qtbot.waitUntil(lambda: kiosk.flow.is_open)
        session.answers[CODE] = make_answer("supervisor")
        Typist(kiosk.window).scan(CODE)
        qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
        assert "Lane held 0:00" in kiosk.window.gate_page.verdict._previous
        until_shown(qtbot, kiosk, ScreenState.DENY)
        assert sounder.played.count(Tone.REFER) >= 3
        assert session.deeds == [("decline", "ab" * 16, "no_answer", "")]
        assert "Nobody decided" in kiosk.window.gate_page.verdict.accessibleName()

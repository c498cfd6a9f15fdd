"""The questions of a ticket type on the gate's screen: one touch for each, and back again."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.gate.open_decision import Act
from gatekeeper.presenters.gate.verdict_content import Tone
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.widgets.action_button import ActionButton
from shared.manifest.door_questions import DoorAnswer, DoorQuestion
from tests.factories.keys import Typist, click
from tests.factories.supervisor_menu import press
from tests.fakes.gate_answers import make_answer
from tests.fakes.gate_session import FakeGateSession
from tests.ui.conftest import ListeningSounder
from tests.ui.gate.pages.test_holder_search import search, ticket_of
from tests.ui.gate.test_decisions import CODE, HOSTILE, OTHER, button, state, word
from tests.ui.shown import until_shown

BAGS = DoorQuestion("bags", "Any bags larger than A4?", ("No", "Yes"))
DRINK = DoorQuestion("drink", "Welcome drink?", ("Wine", "Juice", "None"))
ASKED = make_answer("question", ticket_type="Day", questions=(BAGS, DRINK))


def replies(kiosk: Kiosk) -> tuple[ActionButton, ...]:
    return kiosk.window.gate_page.action_bar.replies.buttons


def offered(kiosk: Kiosk) -> tuple[str, ...]:
    return tuple(kiosk.window.supervisor_frame.choice.grid.keys)


def facts(kiosk: Kiosk) -> tuple[str, ...]:
    content = kiosk.window.gate_page.verdict.content
    return () if content is None else content.facts


@pytest.fixture
def asked(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> Typist:
    """Give a scanner at a gate that asks two questions."""
    session.answers[CODE] = ASKED
    session.answers[OTHER] = make_answer("ok", ticket_type="Adult")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    return typist


def test_a_touch_answers_and_the_last_one_lets_in(
    kiosk: Kiosk, session: FakeGateSession, asked: Typist, qtbot: QtBot
) -> None:
    """One question after another, each large; the scan goes on under its claim with both."""
    assert (state(kiosk), word(kiosk), facts(kiosk)) == (
        "refer",
        "Question 1 of 2",
        (BAGS.text,),
    )
    assert [one.text() for one in replies(kiosk)] == ["1. No", "2. Yes"]
    click(replies(kiosk)[1])
    assert (word(kiosk), facts(kiosk)) == ("Question 2 of 2", (DRINK.text,))
    assert [one.text() for one in replies(kiosk)] == ["1. Wine", "2. Juice", "3. None"]
    assert len(session.requests) == 1
    click(replies(kiosk)[0])
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    request = session.requests[-1]
    assert request.answers == (DoorAnswer("bags", 1), DoorAnswer("drink", 0))
    assert (request.claim_id, request.count) == (ASKED.claim_id, 1)
    assert replies(kiosk) == ()
    assert not kiosk.scans.decisions.holds_lane


def test_one_question_is_asked_without_a_number(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """There is no step back either, but a way not to answer, and a supervisor."""
    session.answers[CODE] = msgspec.structs.replace(ASKED, questions=(DRINK,))
    Typist(kiosk.window).scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    assert (word(kiosk), facts(kiosk)) == ("Ask first", (DRINK.text,))
    acts = [one.act for one in kiosk.window.gate_page.action_bar.choices]
    assert acts == [Act.REFUSE, Act.SUPERVISOR]
    click(replies(kiosk)[2])
    until_shown(qtbot, kiosk, ScreenState.ADMIT)


def test_the_step_back_asks_the_question_before_again(
    kiosk: Kiosk, session: FakeGateSession, asked: Typist, qtbot: QtBot
) -> None:
    """What was touched by mistake is answered anew."""
    click(replies(kiosk)[1])
    click(button(kiosk, Act.BACK))
    assert word(kiosk) == "Question 1 of 2"
    click(replies(kiosk)[0])
    click(replies(kiosk)[2])
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert session.requests[-1].answers == (DoorAnswer("bags", 0), DoorAnswer("drink", 2))


def test_a_quick_second_tap_answers_no_second_question(
    kiosk: Kiosk, session: FakeGateSession, asked: Typist, qtbot: QtBot
) -> None:
    """It was meant for the button that was there before."""
    middle = replies(kiosk)[0].rect().center()
    for tap in (QTest.mouseClick, QTest.mouseDClick):
        tap(
            replies(kiosk)[0],
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            middle,
        )
    assert word(kiosk) == "Question 2 of 2"
    assert len(session.requests) == 1


def test_a_digit_answers_only_when_a_finger_rests_on_it(
    kiosk: Kiosk, session: FakeGateSession, asked: Typist, qtbot: QtBot
) -> None:
    """A tap and a scanner's digit are no answers; one that no button has does nothing."""
    asked.press(Qt.Key.Key_2, "2")
    asked.rest(Qt.Key.Key_5, lambda: qtbot.wait(420), "5")
    assert word(kiosk) == "Question 1 of 2"
    asked.rest(Qt.Key.Key_2, lambda: qtbot.waitUntil(lambda: "2 of 2" in word(kiosk)), "2")
    asked.rest(Qt.Key.Key_F7, lambda: qtbot.waitUntil(lambda: "1 of 2" in word(kiosk)))
    asked.rest(Qt.Key.Key_1, lambda: qtbot.waitUntil(lambda: "2 of 2" in word(kiosk)), "1")
    asked.rest(Qt.Key.Key_3, lambda: until_shown(qtbot, kiosk, ScreenState.ADMIT), "3")
    assert session.requests[-1].answers == (DoorAnswer("bags", 0), DoorAnswer("drink", 2))


def test_a_barcode_answers_nothing(
    kiosk: Kiosk, session: FakeGateSession, asked: Typist, qtbot: QtBot
) -> None:
    """Neither a single character as scanners type it nor another ticket."""
    for text in (*HOSTILE, "1", "2"):
        asked.scan(text, end=None)
        asked.scan(text)
        asked.scan(OTHER)
        assert (state(kiosk), word(kiosk)) == ("refer", "Question 1 of 2"), repr(text)
        assert len(session.scans) == 1


def test_who_does_not_answer_is_refused_and_that_is_on_record(
    kiosk: Kiosk,
    session: FakeGateSession,
    sounder: ListeningSounder,
    asked: Typist,
    qtbot: QtBot,
) -> None:
    """Also at the second question: nothing of the first answer is recorded."""
    click(replies(kiosk)[0])
    click(button(kiosk, Act.REFUSE))
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert session.deeds == [("decline", "ab" * 16, "not_answered", "")]
    assert sounder.played[-1] is Tone.DENY
    assert len(session.requests) == 1


def test_a_question_of_the_ledgers_after_the_answers_is_asked_as_well(
    kiosk: Kiosk, session: FakeGateSession, asked: Typist, qtbot: QtBot
) -> None:
    """Its plan is newer: what was answered stays so; what is asked again is answered anew."""
    decision = kiosk.scans.decisions.current
    assert decision is not None
    more = msgspec.structs.replace(
        ASKED, questions=(DoorQuestion("drink", "Drink?", ("Tea", "No")),)
    )
    first = decision.reply(0)
    assert first is not None
    second = first.reply(2)
    assert second is not None
    again = msgspec.structs.replace(decision, request=second.confirmed(), answer=more).reply(1)
    assert again is not None
    assert again.confirmed().answers == (DoorAnswer("bags", 0), DoorAnswer("drink", 1))


def test_a_holder_found_by_name_is_asked_too(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The supervisor touches the answers on their own screen; then the ticket is claimed."""
    session.answers[ticket_of("Kim Mulligan")] = ASKED
    search(kiosk, session, qtbot, "Kim Mulligan")
    press(kiosk, "confirm")
    choice = kiosk.window.supervisor_frame.choice
    qtbot.waitUntil(lambda: BAGS.text in choice._hint.text())
    assert "Question 1 of 2" in choice._hint.text()
    assert offered(kiosk) == ("0", "1", "refuse")
    press(kiosk, "1")
    assert offered(kiosk) == ("0", "1", "2", "back", "refuse")
    press(kiosk, "back")
    press(kiosk, "0")
    press(kiosk, "2")
    qtbot.waitUntil(lambda: kiosk.window.page is kiosk.window.gate_page)
    request = session.requests[-1]
    assert request.answers == (DoorAnswer("bags", 0), DoorAnswer("drink", 2))
    assert request.claim_id == ASKED.claim_id


def test_a_found_holder_who_does_not_answer_can_be_let_in_all_the_same(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """By a supervisor's word with a reason, or not."""
    session.answers[ticket_of("Kim Mulligan")] = ASKED
    search(kiosk, session, qtbot, "Kim Mulligan")
    press(kiosk, "confirm")
    choice = kiosk.window.supervisor_frame.choice
    qtbot.waitUntil(lambda: BAGS.text in choice._hint.text())
    press(kiosk, "refuse")
    qtbot.waitUntil(lambda: "Ask first" in choice._hint.text())
    assert "identity_confirmed" in offered(kiosk)
    press(kiosk, "refuse")
    qtbot.waitUntil(lambda: any(deed[0] == "decline" for deed in session.deeds))

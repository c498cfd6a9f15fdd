"""Entry that is paused, as the gate's window shows it: calmly, and without a way round."""

from __future__ import annotations

import msgspec
from pytestqt.qtbot import QtBot

from gatekeeper.gate.requests import Scan
from gatekeeper.presenters.gate.found_holder_admission_content import in_spite_options
from gatekeeper.presenters.gate.open_decision import decision_on
from gatekeeper.ui.gate.kiosk import Kiosk
from shared.kernel.instant import MINUTE
from tests.factories.keys import Typist
from tests.fakes.gate_answers import FAKE_NOW, make_answer
from tests.fakes.gate_session import FakeGateSession

CODE = "12345678901234567890"
WAITS = make_answer("rules_denied", stop="paused", paused_at=FAKE_NOW - 4 * MINUTE)


def test_a_holder_is_asked_to_wait_and_nobody_to_decide(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Grey, since when, by whom; no red, no button, and no supervisor's word."""
    session.answers[CODE] = WAITS
    Typist(kiosk.window).scan(CODE)
    page = kiosk.window.gate_page
    qtbot.waitUntil(lambda: page.state.value == "paused")
    content = page.verdict.content
    assert content is not None
    assert content.word == "Please wait"
    (since,) = content.facts
    assert since.startswith("Entry paused since ")
    assert since.endswith("17:00")
    assert "organizer has paused entry" in content.spoken
    assert kiosk.scans.decisions.current is None
    assert decision_on(Scan(CODE), WAITS) is None
    assert in_spite_options(WAITS) == []


def test_the_waiting_gate_says_that_it_is_paused_until_it_is_resumed(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """In the middle and in the bar; a gate that only lets out says nothing of it."""
    page = kiosk.window.gate_page

    def shows(text: str) -> bool:
        return text in page.idle.accessibleName()

    def bar_says() -> bool:
        return any(fact.text.startswith("Entry paused since ") for fact in page.top.facts)

    paused = msgspec.structs.replace(session.state, paused_at=FAKE_NOW - 4 * MINUTE)
    for status, is_paused in (
        (paused, True),
        (msgspec.structs.replace(paused, direction="out"), False),
        (paused, True),
        (msgspec.structs.replace(paused, paused_at=None), False),
    ):
        session.state = status
        qtbot.waitUntil(lambda: shows("Entry is paused") is is_paused)  # noqa: B023 - at once
        assert bar_says() is is_paused

"""What a gate says while its date's doors are closed, and of badges that open nothing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.gate.answer import StrangeBadge
from gatekeeper.gate.doors_notice import DoorsNotice
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.gate.bar_facts import doors_fact
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.wording.texts import TEXTS
from shared.kernel.instant import parse_instant
from tests.factories.keys import Typist
from tests.fakes.gate_answers import OPEN_STATUS, make_answer
from tests.fakes.gate_session import FakeGateSession
from tests.ui.shown import until_shown

CODE = "12345678901234567890"
DOORS = parse_instant("2026-11-27T17:00:00Z")


def test_closed_doors_stand_over_the_waiting_page_and_over_verdicts(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Whoever scans days before sees that it counts; the decision is the same."""
    doors = kiosk.window.gate_page.doors
    assert doors.isHidden()
    session.state = msgspec.structs.replace(session.state, doors=DoorsNotice(DOORS))
    qtbot.waitUntil(lambda: not doors.isHidden())
    session.answers[CODE] = make_answer("ok")
    Typist(kiosk.window).scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert not doors.isHidden()
    session.state = msgspec.structs.replace(session.state, doors=None)
    qtbot.waitUntil(doors.isHidden)


def test_doors_are_told_in_the_venues_time_with_their_day() -> None:
    """A day says more than a time, and a drawing says it without words."""
    status = msgspec.structs.replace(OPEN_STATUS, doors=DoorsNotice(DOORS))
    fact = doors_fact(status, ZoneInfo("Europe/Berlin"))
    assert fact is not None
    assert fact.icon == "doors"
    for word in ("Fri", "27", "18:00", "count"):
        assert word in fact.text
    over = msgspec.structs.replace(OPEN_STATUS, doors=DoorsNotice(DOORS, is_over=True))
    fact = doors_fact(over, ZoneInfo("Europe/Berlin"))
    assert fact is not None
    assert fact.text.startswith("Ended ")
    assert doors_fact(OPEN_STATUS, None) is None


@pytest.mark.parametrize("is_cashiers", [False, True])
def test_a_badge_that_opens_nothing_here_is_told_and_no_verdict(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot, *, is_cashiers: bool
) -> None:
    """It is calmly said what it is; nothing stands among the last scans."""
    badge = "GKC1-ABC" if is_cashiers else "GKB1-ABC"
    session.strange[badge] = StrangeBadge(is_cashiers)
    Typist(kiosk.window).scan(badge)
    page = kiosk.window.gate_page
    qtbot.waitUntil(lambda: page.state == "checking" and page.verdict.content is not None)
    content = page.verdict.content
    assert content is not None
    key = "badge.cashiers" if is_cashiers else "badge.unknown"
    assert (content.word, content.steps) == (TEXTS.say("badge.title"), (TEXTS.say(key),))
    assert kiosk.scans.latest is None
    assert page.recent.scans == ()

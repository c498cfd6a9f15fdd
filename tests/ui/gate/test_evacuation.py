"""A supervisor empties the zone at this gate: entry stops, exits open, holders return."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import ScreenState
from gatekeeper.supervisor.device_settings import DeviceSettings
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions
from shared.kernel.errors import EnvironmentFault
from shared.kernel.instant import Duration
from tests.factories.keys import Typist
from tests.factories.supervisor_menu import JO, press, unlock
from tests.fakes.gate_answers import make_answer
from tests.fakes.gate_session import FakeBackend, FakeGateSession
from tests.ui.conftest import ListeningSounder, ShowKiosk
from tests.ui.shown import until_open, until_shown

CODE = "12345678901234567890"


def is_at_gate(kiosk: Kiosk) -> bool:
    return kiosk.window.page is kiosk.window.gate_page


def idle_title(kiosk: Kiosk) -> str:
    return kiosk.window.gate_page.idle.accessibleName()


def test_a_supervisor_stops_entry_and_starts_the_return(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Three presses after the PIN; the waiting screen says so until it is over."""
    for phase in ("stop", "return", "over"):
        unlock(kiosk, session, qtbot)
        press(kiosk, "evacuation")
        press(kiosk, phase)
        assert not is_at_gate(kiosk)
        press(kiosk, phase)
        qtbot.waitUntil(lambda: is_at_gate(kiosk))
        shown = {"stop": "Evacuation", "return": "Return after", "over": ""}[phase]
        qtbot.waitUntil(partial(_bar_says, kiosk, shown))
        assert ("Evacuation" in idle_title(kiosk)) == (phase == "stop")
    assert [deed[1:] for deed in session.deeds] == [
        ("stop", JO.person),
        ("return", JO.person),
        ("over", JO.person),
    ]


@pytest.mark.parametrize("phase", ["", "stop", "return"])
def test_one_key_too_often_empties_no_hall_and_lets_nobody_back(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot, phase: str
) -> None:
    """Enter twice on what has the focus asks, and leads back; nothing was done."""
    session.state = msgspec.structs.replace(session.state, evacuation=phase)
    unlock(kiosk, session, qtbot)
    qtbot.waitUntil(lambda: _phase_shown(kiosk) == phase)
    press(kiosk, "evacuation")
    choice = kiosk.window.supervisor_frame.choice
    first = choice.grid.keys[0]
    typist = Typist(kiosk.window)
    typist.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: choice.grid.keys[-1] == first)
    typist.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: choice.grid.keys[0] == first)
    assert [deed for deed in session.deeds if deed[0] == "evacuate"] == []


def test_what_is_meant_is_the_evacuation_that_was_shown(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Another may begin between the question and the answer: it is not ended with this one."""
    first = msgspec.structs.replace(session.state, evacuation="return", evacuation_id="first")
    session.state = first
    unlock(kiosk, session, qtbot)
    qtbot.waitUntil(lambda: _phase_shown(kiosk) == "return")
    press(kiosk, "evacuation")
    press(kiosk, "over")
    session.state = msgspec.structs.replace(first, evacuation="stop", evacuation_id="second")
    qtbot.waitUntil(lambda: _phase_shown(kiosk) == "stop")
    press(kiosk, "over")
    qtbot.waitUntil(lambda: is_at_gate(kiosk))
    assert session.deeds[-1] == ("evacuate", "over", JO.person, "first")


def _phase_shown(kiosk: Kiosk) -> str | None:
    status = kiosk.staff.flow._status
    return None if status is None else status.evacuation


def _bar_says(kiosk: Kiosk, text: str) -> bool:
    said = [fact.text for fact in kiosk.window.gate_page.top.facts]
    if not text:
        return not any("vacuation" in one for one in said)
    return any(text in one for one in said)


def test_a_ticket_is_turned_away_calmly_and_nobody_is_asked(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """No entry, why, and what to do; no button offers a way in."""
    session.answers[CODE] = make_answer("rules_denied", stop="evacuation")
    Typist(kiosk.window).scan(CODE)
    page = kiosk.window.gate_page
    until_shown(qtbot, kiosk, ScreenState.DENY)
    content = page.verdict.content
    assert content is not None
    assert content.word == "No entry"
    assert "Evacuation" in content.spoken
    assert kiosk.scans.latest is None


def test_the_list_says_no_exit_recorded_and_what_is_missing(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Its title is what it knows, and the silent gates stand above the tickets."""
    unlock(kiosk, session, qtbot)
    press(kiosk, "evacuation")
    press(kiosk, "inside")
    listing = kiosk.window.supervisor_frame.listing
    qtbot.waitUntil(lambda: kiosk.window.supervisor_frame.part is listing)
    said = [(name.text(), value.text()) for name, value in listing._lines]
    assert listing._title.text() == "Entered, no exit recorded"
    assert said[1] == ("Data", "14 min old")
    assert said[2][1].startswith("Gate E · West (never) / Gate D · South (last ")
    assert said[4][1] == "Ticket …7733 · people: 2"
    assert session.deeds == [("inside", JO.person)]


class Exit:
    """An arm without a sensor that counts its pulses."""

    has_sensor = False

    def __init__(self) -> None:
        self.opened = 0
        self.fault: EnvironmentFault | None = None

    def lock(self) -> None:
        """It is locked."""

    def open_once(self) -> None:
        self.opened += 1
        if self.fault is not None:
            raise self.fault

    def wait_for_passage(self, timeout: Duration) -> bool:
        return False

    def close(self) -> None:
        pass


@pytest.fixture
def arm() -> Exit:
    return Exit()


@pytest.fixture
def exit_gate(
    show_kiosk: ShowKiosk,
    backend: FakeBackend,
    session: FakeGateSession,
    sounder: ListeningSounder,
    arm: Exit,
    qtbot: QtBot,
) -> Kiosk:
    """Give a gate on the way out, with an arm."""
    backend.settings = DeviceSettings(is_self_service=True)
    session.state = msgspec.structs.replace(session.state, direction="out")
    kiosk = show_kiosk(backend, KioskOptions(relay=arm), sounder=sounder)
    until_open(qtbot, kiosk)
    return kiosk


def topics(session: FakeGateSession) -> Callable[[], list[str]]:
    return lambda: [deed[1] for deed in session.deeds]


def test_an_exit_is_pulsed_open_while_it_lasts_and_says_if_it_is_stuck(
    exit_gate: Kiosk, session: FakeGateSession, arm: Exit, qtbot: QtBot
) -> None:
    """Again and again, with no ticket; a failure is on the screen, and once on record."""
    session.state = msgspec.structs.replace(session.state, evacuation="stop")
    qtbot.waitUntil(lambda: arm.opened >= 1)
    assert exit_gate._passages is not None
    exit_gate._passages._evacuation.setInterval(20)
    arm.fault = EnvironmentFault("the relay does not answer")
    qtbot.waitUntil(lambda: "exit_stuck" in topics(session)())
    banner = exit_gate.window.gate_page.banner
    qtbot.waitUntil(lambda: "open it by hand" in banner.facts[0].text)
    session.state = msgspec.structs.replace(session.state, evacuation="return")
    qtbot.waitUntil(lambda: "exit_closed" in topics(session)())
    assert topics(session)() == ["exit_opened", "exit_stuck", "exit_closed"]

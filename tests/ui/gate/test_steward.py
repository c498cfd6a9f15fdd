"""The verdict says who, as long as a steward is on duty."""

from __future__ import annotations

from functools import partial

import msgspec
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gatekeeper.gate.answer import DutyChange, GroupOutlook
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.ui.gate.kiosk import Kiosk
from tests.factories.keys import Typist, click
from tests.factories.supervisor_menu import press, unlock
from tests.fakes.gate_answers import make_answer, used_answer
from tests.fakes.gate_session import FakeGateSession
from tests.ui.shown import until_shown

BADGE = "GKB1-PQRST-VWXYZ-01234"
SAM = DutyChange("sv_sam", "Sam Okafor", is_on=True, shows_names=True)
GOOD, USED, CHECK, FAMILY = "11111111", "22222222", "33333333", "44444444"
WHO_SAID = "Anna Müller · order 1042"
WHO = {"holder": "Anna Müller", "order": "1042"}


def said(kiosk: Kiosk) -> str:
    return kiosk.window.gate_page.verdict.accessibleName()


def bar(kiosk: Kiosk) -> str:
    return " | ".join(fact.text for fact in kiosk.window.gate_page.bottom.facts)


def test_green_and_yellow_say_who_until_the_gate_is_locked(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Name and order, category and zone; red says none, and behind the lock none is left."""
    session.stewards[BADGE] = SAM
    session.answers[GOOD] = make_answer(
        "ok", ticket_type="Adult", variant="Stalls", zone="Main hall", **WHO
    )
    session.answers[USED] = used_answer()
    session.answers[CHECK] = make_answer("check_id", ticket_type="Student", **WHO)
    session.groups[FAMILY] = GroupOutlook(
        4, "in", "00f3a1b2c3d44821", "Family", holder=WHO["holder"], order=WHO["order"]
    )
    typist = Typist(kiosk.window)
    typist.scan(BADGE)
    qtbot.waitUntil(lambda: "On duty: Sam Okafor" in bar(kiosk))
    for code, words in (
        (GOOD, ("Welcome", WHO_SAID, "Stalls", "Main hall")),
        (CHECK, ("Student", WHO_SAID)),
    ):
        typist.scan(code)
        qtbot.waitUntil(partial(_says, kiosk, *words))
    kiosk.scans.decisions.drop()
    typist.scan(USED)
    qtbot.waitUntil(lambda: "Already admitted" in said(kiosk))
    assert "Anna" not in said(kiosk)
    typist.scan(FAMILY)
    qtbot.waitUntil(lambda: _says(kiosk, WHO_SAID))
    kiosk.scans.decisions.drop()

    typist.scan("5" + GOOD)
    session.answers["6" + GOOD] = session.answers[GOOD]
    typist.scan("6" + GOOD)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert "Anna" in said(kiosk)
    unlock(kiosk, session, qtbot)
    press(kiosk, "lock")
    qtbot.waitUntil(lambda: ("end_duty",) in session.deeds)
    qtbot.waitUntil(lambda: "On duty" not in bar(kiosk))
    typist.press(Qt.Key.Key_L)
    qtbot.wait(50)
    assert kiosk.window.gate_page.state == "idle"
    assert "Anna" not in kiosk.window.gate_page.banner.accessibleName()


def _says(kiosk: Kiosk, *words: str) -> bool:
    return all(word in _plain(said(kiosk)) for word in words)


def _plain(text: str) -> str:
    text = text.replace("\u00a0", " ")  # holds a name together
    return "".join(character for character in text if character not in "\u2066\u2067\u2068\u2069")


def test_a_steward_finds_a_guest_where_the_organizer_allows_it_and_lets_nobody_in(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """What is known of the ticket is shown; from there only a supervisor leads on."""
    session.state = msgspec.structs.replace(session.state, steward="Sam Okafor", searcher="sv_sam")
    qtbot.waitUntil(lambda: "On duty" in bar(kiosk))
    frame = kiosk.window.supervisor_frame
    kiosk.window.gate_page.supervisor_wanted.emit()
    qtbot.waitUntil(lambda: frame.part is frame.choice)
    press(kiosk, "names")
    assert frame.search.isVisible()
    frame.search._field.setText("mul")
    qtbot.waitUntil(lambda: len(frame.search.found.keys) > 1)
    assert ("names", "mul", "sv_sam") in session.deeds
    click(frame.search.found.button(frame.search.found.keys[0]))
    qtbot.waitUntil(lambda: frame.part is frame.choice)
    assert frame.choice.grid.keys == ("call",)
    assert kiosk.staff.flow.duty is None
    session.answers[GOOD] = make_answer("ok")
    Typist(kiosk.window).scan(GOOD)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert kiosk.window.page is kiosk.window.gate_page

    kiosk.window.gate_page.supervisor_wanted.emit()
    qtbot.waitUntil(lambda: frame.part is frame.choice)
    press(kiosk, "call")
    assert frame.unlock.isVisible()

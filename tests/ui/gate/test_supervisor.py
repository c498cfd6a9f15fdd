"""A supervisor at the gate: badge and PIN, one deed, and the gate is as it was."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.gate.open_decision import Act
from gatekeeper.supervisor.shown_to_supervisors import ConflictUse, ConflictView
from gatekeeper.this_machine import machine_battery
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.pages.conflict_page import ConflictPage
from gatekeeper.ui.gate.pages.device_page import DevicePage
from gatekeeper.ui.gate.pages.unlock_page import SECOND_PRESS_MS
from gatekeeper.ui.gate.start_flow import StartStage
from gatekeeper.wording.times import spell_clock
from shared.kernel.errors import BadInput, ServerFault
from shared.kernel.id_types import ConflictId, GateId, ZoneId
from shared.manifest.event_config import GateConfig
from tests.factories.keys import Typist, click
from tests.factories.supervisor_at_work import (
    BADGE,
    CODE,
    JO,
    frame,
    is_at_gate,
    press,
    state,
    type_pin,
    unlock,
)
from tests.fakes.gate_answers import FAKE_NOW, make_answer, used_answer
from tests.fakes.gate_session import RIGHT_PIN, FakeBackend, FakeGateSession
from tests.ui.conftest import ListeningSounder
from tests.ui.shown import until_shown


@pytest.fixture(autouse=True)
def _staffed(session: FakeGateSession) -> None:
    session.badges[BADGE] = JO


def refuse(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> None:
    """Refuse somebody whom a supervisor could let in."""
    session.answers[CODE] = used_answer()
    Typist(kiosk.window).scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert kiosk.scans.latest is not None


def _shows_another(page: ConflictPage, shown: ConflictView) -> bool:
    return page.current != shown


def test_an_override_names_its_reason_and_turns_green(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """From the denial: supervisor, badge, PIN, reason; green says by whose word; then locked."""
    session.answers[CODE] = used_answer()
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.DENY)
    click(kiosk.window.gate_page._aside)
    typist.scan(BADGE)
    qtbot.waitUntil(lambda: frame(kiosk).unlock.badge == JO)
    type_pin(kiosk, RIGHT_PIN, qtbot)
    qtbot.waitUntil(lambda: frame(kiosk).part is frame(kiosk).choice)
    hint = frame(kiosk).choice.findChild(QLabel, "choiceHint")
    assert isinstance(hint, QLabel)
    at = spell_clock(used_answer().at, kiosk.scans.zone)
    about = f"Adult · Ticket …4821 · {at}"
    assert hint.text().splitlines()[0] == about, "and no scan of long ago"
    press(kiosk, "scanned_by_mistake")
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert is_at_gate(kiosk)
    assert session.deeds == [("override", CODE, "scanned_by_mistake", JO.person)]
    assert "By supervisor" in kiosk.window.gate_page.verdict.accessibleName()
    assert kiosk.staff.flow.duty is None


def test_what_nobody_may_admit_is_told_on_the_menu(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """A refused override says why in words and lets the supervisor do something else."""
    refuse(kiosk, session, qtbot)
    unlock(kiosk, qtbot)
    qtbot.waitUntil(lambda: frame(kiosk).part is frame(kiosk).menu)
    press(kiosk, "override")
    session.deed_fault = BadInput("nobody may admit on this code")
    press(kiosk, "organizer")
    hint = frame(kiosk).menu.findChild(QLabel, "choiceHint")
    assert isinstance(hint, QLabel)
    qtbot.waitUntil(lambda: hint.text() == "Nobody may admit on this code.")
    assert session.deeds == []


def test_a_badge_while_a_supervisor_is_called_leads_to_the_reasons(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The supervisor holds the badge under the scanner and refuses: that is on record."""
    session.answers[CODE] = make_answer("supervisor")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    typist.scan(BADGE)
    qtbot.waitUntil(lambda: kiosk.window.page is frame(kiosk))
    type_pin(kiosk, RIGHT_PIN, qtbot)
    qtbot.waitUntil(lambda: frame(kiosk).part is frame(kiosk).choice)
    press(kiosk, "refuse")
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert session.deeds == [("decline", "ab" * 16, "supervisor_refused", JO.person)]
    assert not kiosk.scans.decisions.holds_lane


def test_a_supervisor_who_goes_away_leaves_the_question_open(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Cancelled at the PIN, the lane is still held by the same visitor."""
    session.answers[CODE] = make_answer("supervisor")
    Typist(kiosk.window).scan(CODE)
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    click(kiosk.window.gate_page.action_bar.button(Act.SUPERVISOR))
    assert kiosk.window.page is frame(kiosk)
    cancel = frame(kiosk).unlock._cancel.button("cancel")
    click(cancel)
    assert kiosk.window.page is frame(kiosk), "a hand that presses twice goes nowhere"
    qtbot.wait(SECOND_PRESS_MS)
    click(cancel)
    assert is_at_gate(kiosk)
    assert state(kiosk) == "refer"
    assert kiosk.scans.decisions.holds_lane


def test_an_admission_is_undone_with_a_reason_and_a_name(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Any of the last admissions, not only the last one; the screen is grey."""
    session.past = [make_answer("ok", claim_id="cd" * 16), make_answer("ok"), used_answer()]
    unlock(kiosk, qtbot)
    press(kiosk, "undo")
    qtbot.waitUntil(lambda: frame(kiosk).part is frame(kiosk).choice)
    assert frame(kiosk).choice.grid.keys == ("cd" * 16, "ab" * 16)
    press(kiosk, "ab" * 16)
    press(kiosk, "wrong_person")
    qtbot.waitUntil(lambda: state(kiosk) == "paused")
    assert session.deeds == [("undo", "ab" * 16, "wrong_person", JO.person)]


@pytest.mark.parametrize(
    ("key", "next_step"), [("undo", "Go back and scan"), ("gate", "Ask the organizer to add one")]
)
def test_an_empty_list_says_what_to_do_next(
    kiosk: Kiosk, qtbot: QtBot, key: str, next_step: str
) -> None:
    """Nobody admitted, no gate: a page without a choice is no dead end."""
    unlock(kiosk, qtbot)
    press(kiosk, key)
    qtbot.waitUntil(lambda: frame(kiosk).part is frame(kiosk).choice)
    assert frame(kiosk).choice.grid.keys == ()
    assert next_step in frame(kiosk).choice._hint.text()


def test_the_lane_turns_round_and_stays_so(
    kiosk: Kiosk, session: FakeGateSession, backend: FakeBackend, qtbot: QtBot
) -> None:
    """Exit mode is a supervisor's choice; the idle screen says EXIT, also after a restart."""
    refuse(kiosk, session, qtbot)
    unlock(kiosk, qtbot)
    press(kiosk, "direction")
    press(kiosk, "out")
    qtbot.waitUntil(lambda: is_at_gate(kiosk))
    assert session.deeds == [("turn", "out", JO.person)]
    page = kiosk.window.gate_page
    qtbot.waitUntil(lambda: page.top.facts[0].text.startswith("EXIT"))
    assert backend.settings.direction == "out"
    assert kiosk.scans.latest is None, "who was refused on the way in is not sent out"


def test_the_device_moves_to_another_gate(
    kiosk: Kiosk, session: FakeGateSession, backend: FakeBackend, qtbot: QtBot
) -> None:
    """The move is on record before it is made, and the gate opens there."""
    session.offered = [
        GateConfig(GateId("gt_a"), "Gate A", ZoneId("zn_1"), "in"),
        GateConfig(GateId("gt_c"), "Gate C", ZoneId("zn_1"), "both"),
    ]
    refuse(kiosk, session, qtbot)
    unlock(kiosk, qtbot)
    press(kiosk, "gate")
    qtbot.waitUntil(lambda: frame(kiosk).part is frame(kiosk).choice)
    hint = frame(kiosk).choice.findChild(QLabel, "choiceHint")
    assert isinstance(hint, QLabel)
    assert "ask the organizer" in hint.text(), "a gate of another zone is not among them"
    press(kiosk, "gt_c")
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN and backend.opened[-1] == "gt_c")
    assert session.deeds == [("note", "gate", "gt_c", JO.person)]
    qtbot.waitUntil(lambda: kiosk.window.gate_page.top.facts[0].text == "Gate C")
    assert kiosk.scans.latest is None, "who was refused at Gate A is not let in at Gate C"


def test_conflicts_are_settled_one_after_the_other(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Each has its evidence; what was settled is off the list; an empty list says so."""
    sides = (ConflictUse("Gate B", FAKE_NOW, is_here=True), ConflictUse("Gate D"))
    session.disputes = [
        ConflictView(ConflictId(f"cf_{number}"), "double_use", "00f3a1b2c3d44821", sides)
        for number in range(2)
    ]
    unlock(kiosk, qtbot)
    press(kiosk, "conflicts")
    page = frame(kiosk).conflicts
    qtbot.waitUntil(lambda: frame(kiosk).part is page)
    assert page._what.text() == "Used twice · Ticket …4821"
    assert page._sides.text() == "Gate B · 4 Jul 17:04 · here\nGate D · time not known here"
    for way in ("let_stay", "our_error"):
        shown = page.current
        assert shown is not None
        click(page._ways.button(way))
        qtbot.waitUntil(partial(_shows_another, page, shown))
    assert page._title.text() == "No conflicts"
    assert "Go back and keep scanning" in page._what.text()
    assert session.deeds == [
        ("settle", "cf_0", "let_stay", JO.person),
        ("settle", "cf_1", "our_error", JO.person),
    ]


def test_a_sync_from_the_device_page_says_how_it_goes(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """At once that it runs, then that it is done or why not, on the page itself."""
    unlock(kiosk, qtbot)
    press(kiosk, "device")
    page = frame(kiosk).device
    qtbot.waitUntil(lambda: frame(kiosk).part is page)
    for fault, end in (
        (None, "Up to date"),
        (ServerFault("the server cannot be reached"), "The server cannot be reached."),
    ):
        session.sync_fault = fault
        click(page._foot.button("sync"))
        assert page.told.text() == "Contacting the server …"
        qtbot.waitUntil(partial(_tells, page, end))
    click(page._foot.button("back"))
    press(kiosk, "device")
    qtbot.waitUntil(lambda: frame(kiosk).part is page)
    assert page.told.text() == ""


def test_a_device_that_is_not_known_any_more_is_paired_again(
    kiosk: Kiosk, backend: FakeBackend, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Only a supervisor gets to it, and only then; going back leaves the gate as it was."""
    session.state = msgspec.structs.replace(session.state, trouble="token", problem="unknown")
    kiosk.engine.ask(lambda _: session.state, kiosk.staff.take_status)
    pairing, page = kiosk.window.pairing_page, frame(kiosk).device
    back = pairing.findChild(QAbstractButton, "pairBack")
    assert isinstance(back, QAbstractButton)
    unlock(kiosk, qtbot)
    press(kiosk, "device")
    qtbot.waitUntil(lambda: frame(kiosk).part is page)
    click(page._foot.button("pair"))
    assert kiosk.window.page is pairing
    click(back)
    assert is_at_gate(kiosk)
    assert kiosk.flow.stage is StartStage.OPEN
    kiosk.staff.pairing_wanted.emit()
    assert kiosk.window.page is pairing
    Typist(kiosk.window).scan(f"GKE1 http://127.0.0.1:8000 ABCD-EFGH {'0' * 32} -")
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)
    assert len(backend.requests) == 1
    assert backend.opened == [None, None]


def _tells(page: DevicePage, text: str) -> bool:
    return page.told.text() == text


def test_the_device_page_names_what_is_wrong(kiosk: Kiosk, qtbot: QtBot) -> None:
    """Readers, sync, storage, clock, and that the window is not locked."""
    unlock(kiosk, qtbot)
    press(kiosk, "device")
    page = frame(kiosk).device
    qtbot.waitUntil(lambda: frame(kiosk).part is page)
    said = {name.text(): value.text() for name, value in page._lines}
    assert said["Storage"] == "48.2 GB free"
    assert said["Clock"] == "-0.1 s from the server’s, ±9 ms"
    assert said["Locked"].startswith("not locked")
    roles = {name.text(): value.property("role") for name, value in page._lines}
    assert roles["Locked"] == "bad"


def test_settings_hold_at_once_and_are_kept(
    kiosk: Kiosk, backend: FakeBackend, sounder: ListeningSounder, qtbot: QtBot
) -> None:
    """Theme, text size and volume change while one looks, and are the same after a restart."""
    unlock(kiosk, qtbot)
    press(kiosk, "settings")
    page = frame(kiosk).settings
    assert frame(kiosk).part is page
    before = kiosk.window.gate_page._sizes.staff
    click(page.part("theme").button("light"))
    click(page.part("text").button("more"))
    click(page.part("volume").button("less"))
    assert kiosk.window._theme.name == "light"
    assert kiosk.window.gate_page._sizes.staff > before
    assert kiosk.window.supervisor_frame.menu.grid._sizes.staff > before
    assert sounder.volume == 0.6
    kept = backend.settings
    assert (kept.theme, kept.volume_percent) == ("light", 60)


def test_a_battery_is_read_where_there_is_one(tmp_path: Path) -> None:
    """The lowest one counts; a machine without says nothing, and nonsense is passed over."""
    assert machine_battery(tmp_path) is None
    for name, text in (("BAT0", "81\n"), ("BAT1", "15\n"), ("BAT2", "?")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "capacity").write_text(text)
    assert machine_battery(tmp_path) == 15

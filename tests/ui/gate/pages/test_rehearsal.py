"""One button plays a practice queue through this device, and a page says ready or why not."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.page_items import Row
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.pages.rehearsal_page import RehearsalPage
from gatekeeper.ui.gate.rehearsal_paper import draw_paper
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import BadInput
from tests.factories.keys import Typist, click
from tests.factories.supervisor_menu import JO, press, unlock
from tests.fakes.gate_answers import RECORDING, make_answer
from tests.fakes.gate_session import FakeGateSession


def open_page(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> RehearsalPage:
    """Come to the rehearsal's page with badge and PIN."""
    unlock(kiosk, session, qtbot)
    press(kiosk, "rehearsal")
    frame = kiosk.window.supervisor_frame
    assert frame.part is frame.rehearsal
    qtbot.waitUntil(lambda: "start" in frame.rehearsal._ways.keys)
    return frame.rehearsal


def title(page: RehearsalPage) -> str:
    return page._title.text()


def values(page: RehearsalPage) -> dict[str, str]:
    return {name.text(): value.text() for name, value in page._lines if not name.isHidden()}


def test_a_device_in_order_is_ready_and_the_page_can_be_printed(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The figures are on the page, the journal has one line, and the paper is a PDF."""
    page = open_page(kiosk, session, qtbot)
    click(page._ways.button("start"))
    qtbot.waitUntil(lambda: title(page) == "Ready for doors")
    assert values(page)["Answers"] == "✓ 400 scans · wrong: 0"
    assert values(page)["Network cut"] == "✓ decided alone after 263 ms"
    qtbot.waitUntil(lambda: ("note", "rehearsal", "ready", JO.person) in session.deeds)
    click(page._foot.button("save"))
    qtbot.waitUntil(lambda: title(page).startswith("Saved: /profile/rehearsal-2026"))
    assert session.pages[0].startswith(b"%PDF")
    assert len(session.pages[0]) > 2_000


def test_the_volume_is_set_from_the_page_that_speaks_of_it(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """One touch to the device's settings, and one back to the menu."""
    page = open_page(kiosk, session, qtbot)
    click(page._ways.button("start"))
    qtbot.waitUntil(lambda: title(page) == "Ready for doors")
    click(page._foot.button("volume"))
    frame = kiosk.window.supervisor_frame
    assert frame.part is frame.settings
    click(frame.settings.part("volume").button("less"))
    qtbot.waitUntil(lambda: frame.settings._settings.volume_percent < 80)


def test_a_recorded_queue_is_offered_played_and_named_on_the_page(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """What was recorded stands beside the buttons; how far it is, while it is played."""
    session.recording = RECORDING
    page = open_page(kiosk, session, qtbot)
    qtbot.waitUntil(lambda: "replay_60" in page._ways.keys)
    said = values(page)["Recorded queue"]
    assert said.endswith("· 214 scans in 14 min · shown twice: 23 · refused: 0")
    session.hold()
    click(page._ways.button("replay_60"))
    qtbot.waitUntil(lambda: title(page) == "Playing: 137 of 400")
    assert session.deeds[-1] == ("rehearse", "60")
    session.let_go()
    qtbot.waitUntil(lambda: title(page) == "Ready for doors")
    assert values(page)["Queue"].startswith("✓ recorded 2026-07-03")
    assert values(page)["Queue"].endswith("played 60×")
    assert values(page)["Pace"] == "✓ nobody waited longer than 0 ms for those ahead of them"
    click(page._foot.button("again"))
    qtbot.waitUntil(lambda: "replay_10" in page._ways.keys)


def test_a_device_without_a_record_says_so(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Only the generated queue is offered then."""
    page = open_page(kiosk, session, qtbot)
    none = TEXTS.say("rehearsal.recording_none")
    qtbot.waitUntil(lambda: values(page) == {"Recorded queue": none})
    assert page._ways.keys == ("start",)


def test_a_queue_that_is_left_is_played_no_further(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Scans wait while it plays, so it must not go on behind the menu."""
    session.recording = RECORDING
    page = open_page(kiosk, session, qtbot)
    qtbot.waitUntil(lambda: "replay_10" in page._ways.keys)
    session.hold()
    click(page._ways.button("replay_10"))
    qtbot.waitUntil(lambda: title(page) == "Playing: 137 of 400")
    Typist(kiosk.window).press(Qt.Key.Key_Escape)
    frame = kiosk.window.supervisor_frame
    qtbot.waitUntil(lambda: frame.part is frame.menu)
    session.let_go()
    qtbot.waitUntil(lambda: not session.goes_on)
    assert frame.part is frame.menu


def test_what_speaks_against_it_is_named(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """A gate without its server is not ready, and the line says what to do."""
    session.state = msgspec.structs.replace(session.state, mode="offline")
    page = open_page(kiosk, session, qtbot)
    click(page._ways.button("start"))
    qtbot.waitUntil(lambda: title(page) == "Not ready: Server")
    assert values(page)["Server"] == "✕ not responding: check the network"
    qtbot.waitUntil(lambda: ("note", "rehearsal", "server", JO.person) in session.deeds)


def test_no_rehearsal_while_doors_are_open(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """It says so before anything is pressed; a visitor's code here is refused aloud."""
    session.obstacle = BadInput("doors of First night open now; no rehearsal")
    unlock(kiosk, session, qtbot)
    press(kiosk, "rehearsal")
    page = kiosk.window.supervisor_frame.rehearsal
    qtbot.waitUntil(lambda: title(page) == "Doors of First night open now; no rehearsal.")
    session.answers["12345678901234567890"] = make_answer("ok")
    Typist(kiosk.window).scan("12345678901234567890")
    qtbot.waitUntil(lambda: "not checked" in kiosk.window.supervisor_frame._strip.facts[1].text)
    assert "start" not in page._ways.keys
    assert session.scans == []


def test_the_paper_takes_its_letters_from_the_fonts_that_are_shipped() -> None:
    """Headings in Arabic and Thai too, whatever fonts the machine has."""
    for said, font in (("جاهز", b"/NotoSansArabic-Bold"), ("พร้อม", b"/NotoSansThai-Bold")):
        paper = draw_paper("Gate B", datetime(2026, 7, 1, 18, tzinfo=UTC), said, [Row("a", "b")])
        assert font in paper

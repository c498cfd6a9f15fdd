"""From an unpaired machine to an open gate, with what may go wrong between."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QLineEdit,
    QProgressBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gatekeeper.device.profile_folder import PairingRequest
from gatekeeper.gate.answer import SyncProgress
from gatekeeper.presenters.gate.verdict_content import Tone
from gatekeeper.readers.nfc.tag_scan import TagChecks, TagScan
from gatekeeper.sync.engine import NOT_PUBLISHED
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.start_flow import StartStage
from shared.kernel.errors import Rejected, ServerFault, StorageFull, StoreFault
from shared.kernel.id_types import GateId, ZoneId
from shared.kernel.instant import Duration
from shared.kernel.trouble import TroubleKind
from shared.manifest.event_config import GateConfig
from tests.factories.keys import Typist, click
from tests.fakes.gate_answers import OPEN_STATUS
from tests.fakes.gate_session import FakeBackend, FakeGateSession
from tests.ui.conftest import ListeningSounder

LINE = f"GKE1 http://127.0.0.1:8000 ABCD-EFGH {'0' * 32} -"
EMPTY = msgspec.structs.replace(
    OPEN_STATUS, knowledge_at=None, knowledge_age=None, tickets=0, gate_id=None, gate="", event=""
)
KNOWING = msgspec.structs.replace(OPEN_STATUS, gate_id=None, gate="")
GATES = [
    GateConfig(GateId("gt_1"), "Gate A", ZoneId("zn_1"), "in"),
    GateConfig(GateId("gt_2"), "Gate B", ZoneId("zn_1"), "both"),
]


def label(page: QWidget, name: str) -> str:
    found = page.findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found.text()


def button(page: QWidget, name: str) -> QAbstractButton:
    found = page.findChild(QAbstractButton, name)
    assert isinstance(found, QAbstractButton)
    return found


def field(page: QWidget, name: str) -> QLineEdit:
    found = page.findChild(QLineEdit, name)
    assert isinstance(found, QLineEdit)
    return found


def test_a_scanned_enrolment_line_pairs_syncs_and_asks_for_the_gate(
    start_kiosk: Callable[[], Kiosk],
    backend: FakeBackend,
    session: FakeGateSession,
    qtbot: QtBot,
) -> None:
    """One scan, one tap: an empty machine is a gate."""
    backend.paired = False
    session.state, session.after_sync, session.offered = EMPTY, KNOWING, GATES
    kiosk = start_kiosk()
    assert kiosk.flow.stage is StartStage.PAIRING
    Typist(kiosk.window).scan(LINE)
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.CHOOSING)
    assert backend.requests == [PairingRequest(line=LINE)]
    grid = kiosk.window.gate_choice_page.grid
    gates = [grid.button(key) for key in grid.keys]
    assert [gate.accessibleName() for gate in gates] == ["Gate A. in", "Gate B. in and out"]
    click(gates[1])
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)
    assert backend.opened == [None, "gt_2"]
    assert kiosk.window.page is kiosk.window.gate_page


def test_a_machine_that_was_paired_as_a_till_gives_way_to_the_tills_window(
    start_kiosk: Callable[[], Kiosk], backend: FakeBackend, qtbot: QtBot
) -> None:
    """Whoever pairs need not know which program a till's is."""
    backend.paired, backend.sells = False, True
    kiosk = start_kiosk()
    with qtbot.waitSignal(kiosk.flow.became_till):
        Typist(kiosk.window).scan(LINE)
    assert backend.opened == [], "no gate is opened over a till's folder"
    kiosk.give_way()
    assert not kiosk.window.isVisible()


def test_a_typed_address_and_code_pair(
    start_kiosk: Callable[[], Kiosk], backend: FakeBackend, qtbot: QtBot
) -> None:
    """Whoever has no scanner at hand types the address and the code, and presses Enter."""
    backend.paired = False
    kiosk = start_kiosk()
    page = kiosk.window.pairing_page
    typist = Typist(kiosk.window)
    field(page, "pairUrl").setFocus()
    typist.type("http://localhost:8000")
    qtbot.waitUntil(lambda: field(page, "pairUrl").text() == "http://localhost:8000")
    field(page, "pairCode").setFocus()
    typist.type("abcd-efgh")
    qtbot.waitUntil(lambda: field(page, "pairCode").text() == "abcd-efgh")
    typist.press(Qt.Key.Key_Return, "\r")
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)
    assert backend.requests == [PairingRequest(url="http://localhost:8000", code="abcd-efgh")]


def test_a_refused_code_says_why_and_can_be_tried_again(
    start_kiosk: Callable[[], Kiosk], backend: FakeBackend, qtbot: QtBot
) -> None:
    """The server's reason stands on the screen in plain words, and the button works again."""
    backend.paired = False
    backend.pair_fault = Rejected("this code has been used before", problem="code-used")
    kiosk = start_kiosk()
    page = kiosk.window.pairing_page
    QGuiApplication.clipboard().setText(LINE)
    click(button(page, "pairPaste"))
    click(button(page, "pairStart"))
    qtbot.waitUntil(lambda: "Not paired. This code has been used" in label(page, "pairMessage"))
    click(button(page, "pairStart"))
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)


def test_a_pairing_without_an_answer_may_be_tried_again_with_the_same_code(
    start_kiosk: Callable[[], Kiosk], backend: FakeBackend, qtbot: QtBot
) -> None:
    """Nobody waits for what the screen does not do by itself, nor asks for another code."""
    backend.paired = False
    backend.pair_fault = ServerFault("the answer was lost", kind=TroubleKind.BROKE_OFF)
    kiosk = start_kiosk()
    Typist(kiosk.window).scan(LINE)
    qtbot.waitUntil(lambda: "same code" in label(kiosk.window.pairing_page, "pairMessage"))
    click(button(kiosk.window.pairing_page, "pairStart"))
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)
    assert backend.requests == [PairingRequest(line=LINE)] * 2


def test_an_incomplete_request_never_leaves_the_machine(
    start_kiosk: Callable[[], Kiosk], backend: FakeBackend, qtbot: QtBot
) -> None:
    """An empty form says what is missing."""
    backend.paired = False
    kiosk = start_kiosk()
    page = kiosk.window.pairing_page
    click(button(page, "pairStart"))
    assert label(page, "pairMessage").startswith("Enter the whole code")
    assert backend.requests == []


def test_the_first_sync_shows_how_far_it_is(
    start_kiosk: Callable[[], Kiosk], session: FakeGateSession, qtbot: QtBot
) -> None:
    """A bar and words tell the progress; then the gate opens by itself."""
    session.state = msgspec.structs.replace(OPEN_STATUS, knowledge_at=None, knowledge_age=None)
    session.after_sync = OPEN_STATUS
    session.steps = [SyncProgress("Connecting", 0, 0), SyncProgress("Tickets", 12_000, 48_000)]
    session.hold()
    kiosk = start_kiosk()
    page = kiosk.window.sync_page
    bar = page.findChild(QProgressBar, "syncBar")
    assert isinstance(bar, QProgressBar)
    qtbot.waitUntil(lambda: label(page, "syncStep") == "Tickets: 12\u202f000 of 48\u202f000")
    assert bar.value() == bar.maximum() // 4
    session.let_go()
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)


def test_a_failed_first_sync_can_be_tried_again(
    start_kiosk: Callable[[], Kiosk], session: FakeGateSession, qtbot: QtBot
) -> None:
    """Without any data there is no going on, but a way to try again."""
    session.state = msgspec.structs.replace(OPEN_STATUS, knowledge_at=None, knowledge_age=None)
    session.after_sync = OPEN_STATUS
    session.sync_fault = ServerFault("the server cannot be reached; check the network cable")
    kiosk = start_kiosk()
    page = kiosk.window.sync_page
    qtbot.waitUntil(lambda: "check the network cable" in label(page, "syncFault"))
    assert not button(page, "syncLater").isVisible()
    click(button(page, "syncRetry"))
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)


@pytest.mark.usefixtures("starts_again_soon")
def test_a_gate_that_was_paired_too_early_gets_ready_by_itself(
    start_kiosk: Callable[[], Kiosk], session: FakeGateSession, qtbot: QtBot
) -> None:
    """Once its event is handed over: each gate stood there until somebody had come to press."""
    session.state = msgspec.structs.replace(OPEN_STATUS, knowledge_at=None, knowledge_age=None)
    session.after_sync = OPEN_STATUS
    session.steps = [SyncProgress("Up to date", 1, 1)]
    session.sync_fault = Rejected(
        NOT_PUBLISHED, problem="conflict", status=409, kind=TroubleKind.NOT_PUBLISHED
    )
    kiosk = start_kiosk()
    page = kiosk.window.sync_page
    qtbot.waitUntil(lambda: "under “Doors ready”" in label(page, "syncFault"))
    assert "Retrying automatically" in label(page, "syncFault")
    assert label(page, "syncStep") == "", "nothing is up to date"
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN, timeout=20_000)


def test_a_first_sync_that_is_not_known_any_more_leads_to_pairing(
    start_kiosk: Callable[[], Kiosk],
    backend: FakeBackend,
    session: FakeGateSession,
    qtbot: QtBot,
) -> None:
    """The page says that nothing is lost; one can go back, and a new code pairs and goes on."""
    session.state = msgspec.structs.replace(OPEN_STATUS, knowledge_at=None, knowledge_age=None)
    session.after_sync = OPEN_STATUS
    unknown = Rejected("the token", problem="unauthenticated", status=401)
    session.sync_fault = unknown
    kiosk = start_kiosk()
    page = kiosk.window.pairing_page
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.PAIRING)
    assert "nothing recorded is lost" in label(page, "pairMessage")
    session.sync_fault = unknown
    click(button(page, "pairBack"))
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.PAIRING)
    Typist(kiosk.window).scan(LINE)
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)
    assert backend.requests == [PairingRequest(line=LINE)]


def test_a_gate_that_cannot_start_says_what_to_do(
    start_kiosk: Callable[[], Kiosk], backend: FakeBackend, qtbot: QtBot
) -> None:
    """A damaged or locked profile shows a calm screen, and starts once it is mended."""
    backend.open_fault = StoreFault("this profile is open in another program; close that one")
    kiosk = start_kiosk()
    page = kiosk.window.fault_page
    qtbot.waitUntil(lambda: kiosk.window.page is page)
    assert label(page, "faultWhy") == "This profile is open in another program; close that one."
    Typist(kiosk.window).press(Qt.Key.Key_Return, "\r")
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)


@pytest.mark.usefixtures("starts_again_soon")
@pytest.mark.parametrize(
    "fault",
    [
        StorageFull("the disk is full; free some space"),
        StoreFault("it is in use by another process", kind=TroubleKind.LOCKED),
    ],
)
def test_a_gate_that_found_its_disk_full_or_its_folder_in_use_starts_by_itself_once_it_can(
    fault: StoreFault, start_kiosk: Callable[[], Kiosk], backend: FakeBackend, qtbot: QtBot
) -> None:
    """Nobody may stand at a turnstile who could press the button."""
    backend.open_fault = fault
    kiosk = start_kiosk()
    qtbot.waitUntil(lambda: kiosk.window.page is kiosk.window.fault_page)
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)


def test_a_code_scanned_on_another_screen_is_refused_aloud(
    start_kiosk: Callable[[], Kiosk],
    backend: FakeBackend,
    session: FakeGateSession,
    sounder: ListeningSounder,
    qtbot: QtBot,
) -> None:
    """While the gate cannot work nothing is admitted, and a scanner presses no button."""
    backend.open_fault = StoreFault("the disk is full")
    kiosk = start_kiosk()
    qtbot.waitUntil(lambda: kiosk.window.page is kiosk.window.fault_page)
    Typist(kiosk.window).scan("12345678901234567890")
    qtbot.wait(300)
    assert kiosk.flow.stage is StartStage.FAULT
    assert session.scans == []
    assert sounder.played == [Tone.REFER]
    assert kiosk.window.fault_page.note.startswith("Ticket not checked: this gate is not open yet")


def test_codes_before_the_gate_is_chosen_are_refused_aloud(
    start_kiosk: Callable[[], Kiosk],
    backend: FakeBackend,
    session: FakeGateSession,
    sounder: ListeningSounder,
    qtbot: QtBot,
) -> None:
    """A ticket and a tag on the first pages are told to be unchecked; none is swallowed."""
    backend.paired = False
    session.state, session.offered = KNOWING, GATES
    kiosk = start_kiosk()
    kiosk.take_code("12345678901234567890")
    assert label(kiosk.window.pairing_page, "pairMessage").startswith("That is not a pairing code")
    Typist(kiosk.window).scan(LINE)
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.CHOOSING)
    kiosk.take_code("12345678901234567890")
    uid, at = bytes.fromhex("04a1b2c3d4e5f6"), Duration(1)
    kiosk.take_tag(TagScan(uid, "NTAG213", None, "HELLO", TagChecks(), "reader", at))
    assert kiosk.window.gate_choice_page.note.startswith("Ticket not checked")
    assert sounder.played == [Tone.REFER] * 3
    assert session.scans == []


def test_esc_leads_back_from_each_page_before_the_gate(
    start_kiosk: Callable[[], Kiosk],
    backend: FakeBackend,
    session: FakeGateSession,
    qtbot: QtBot,
) -> None:
    """From a fault to a new try, from a sync to what is known, from the choice to a sync."""
    backend.open_fault = StoreFault("the disk is full")
    session.state, session.offered = EMPTY, GATES
    session.sync_fault = ServerFault("the server cannot be reached")
    kiosk = start_kiosk()
    typist, window = Typist(kiosk.window), kiosk.window
    qtbot.waitUntil(lambda: window.page is window.fault_page)
    typist.press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.page is window.sync_page)
    qtbot.waitUntil(lambda: label(window.sync_page, "syncFault") != "")
    typist.press(Qt.Key.Key_Escape)
    qtbot.waitUntil(
        lambda: window.sync_page.note.startswith("This gate cannot work without its data")
    )
    session.after_sync = KNOWING
    click(button(window.sync_page, "syncRetry"))
    qtbot.waitUntil(lambda: window.page is window.gate_choice_page)
    session.hold()
    typist.press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.page is window.sync_page)
    typist.press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.page is window.gate_choice_page)
    session.let_go()

"""NFC readers and serial imagers at the window: through real drivers to the painted verdict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from command_line.clock_and_randomness import SystemClock
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.gate.decision_buttons_and_keys import acts_of
from gatekeeper.readers.debounce import IMAGER_HOLD
from gatekeeper.readers.lane_readers import WatchedReader
from gatekeeper.readers.nfc.nfcpy_reader import NfcpyReader
from gatekeeper.readers.nfc.tag_reader_thread import NfcSource, SourceTiming
from gatekeeper.readers.ports import ReaderHealth
from gatekeeper.readers.reader_from_text import open_reader
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions
from gatekeeper.wording.texts import TEXTS
from shared.credential.credential_fields import Claims
from shared.credential.ndef_record import to_ndef
from shared.credential.signing import sign_credential
from shared.kernel.id_types import TicketId
from shared.kernel.instant import MILLISECOND
from tests.factories.gate_event import GROUP, STANDARD, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.nfc_devices import FakeDevice, frontend_of
from tests.fakes.nfc_tags import FakeNtag21x, FakeType4Tag
from tests.fakes.serial_line import SerialLine
from tests.fakes.sync_server import FakeSyncServer
from tests.ui.conftest import ShowKiosk
from tests.ui.shown import until_open, until_shown

pytestmark = pytest.mark.integration

TIMING = SourceTiming(pace=5 * MILLISECOND, absence=30 * MILLISECOND, retry=10 * MILLISECOND)
UID = bytes.fromhex("04a1b2c3d4e5f6")
OTHER = bytes.fromhex("04a1b2c3d4e5f7")


@pytest.fixture
def office() -> TicketOffice:
    return TicketOffice()


@pytest.fixture
def gate_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def open_window(
    tmp_path: Path,
    office: TicketOffice,
    gate_clock: ManualClock,
    show_kiosk: ShowKiosk,
    qtbot: QtBot,
) -> Callable[..., Kiosk]:
    """Open the window of a gate with readers; it is closed after the test."""

    def start(*readers: WatchedReader) -> Kiosk:
        server = FakeSyncServer(office, ManualClock())
        server.publish()
        gate = PairedGate(tmp_path, server, clock=gate_clock)
        options = KioskOptions(zone=UTC, readers=readers)
        backend = ProfileFolder(gate.folder, gate.system())
        kiosk = show_kiosk(backend, options)
        until_open(qtbot, kiosk)
        return kiosk

    return start


def start_reader(device: FakeDevice) -> NfcSource:
    """Start a reader over nfcpy."""
    reader = NfcpyReader("memory", opener=lambda _path: frontend_of(device))
    return NfcSource(reader, SystemClock(), timing=TIMING)


def sell_tag(office: TicketOffice, code: int = STANDARD, uid: bytes = UID) -> FakeNtag21x:
    """Sell a ticket on a tag."""
    office.sell(code)
    return put_on_tag(office, code, uid)


def put_on_tag(office: TicketOffice, code: int = STANDARD, uid: bytes = UID) -> FakeNtag21x:
    """Put the ticket that was sold last on a tag, too."""
    claims = Claims(
        key_id=7, ticket_id=TicketId(list(office.rows)[-1]), ticket_type_code=code, tag_uid=uid
    )
    tag = FakeNtag21x("213", uid, signed=False)
    tag.store(to_ndef(sign_credential(claims, office.ticket_key)))
    return tag


def facts(kiosk: Kiosk) -> str:
    """Return what the bar at the bottom says."""
    return kiosk.window.gate_page.bottom.accessibleDescription()


def test_a_tag_is_admitted_and_its_copy_is_denied(
    office: TicketOffice, open_window: Callable[..., Kiosk], qtbot: QtBot
) -> None:
    """From the field of the reader to green, and to red."""
    device, tag = FakeDevice(), sell_tag(office)
    copy = FakeNtag21x("213", OTHER, signed=False)
    copy.memory[16:] = tag.memory[16:]
    kiosk = open_window(start_reader(device))
    device.tag = tag
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    device.tag = copy
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert [row.reason for row in _recent(kiosk, qtbot)] == ["bad_signature", "ok"]


def _recent(kiosk: Kiosk, qtbot: QtBot) -> list:  # type: ignore[type-arg] # answers, for reading
    found: list[object] = []
    kiosk.engine.ask(lambda session: list(session.recent(5)), found.extend)
    qtbot.waitUntil(lambda: bool(found))
    return found


def test_a_group_on_a_tag_goes_on_after_the_question(
    office: TicketOffice, open_window: Callable[..., Kiosk], qtbot: QtBot
) -> None:
    """How many is asked first; the answer goes on with the tag that was read."""
    device, tag = FakeDevice(), sell_tag(office, GROUP)
    kiosk = open_window(start_reader(device))
    device.tag = tag
    qtbot.waitUntil(lambda: kiosk.scans.decisions.holds_lane)
    device.tag = None
    decision = kiosk.scans.decisions.current
    assert decision is not None
    assert decision.most == 5
    kiosk.scans.decisions.act(acts_of(decision)[-1])
    until_shown(qtbot, kiosk, ScreenState.ADMIT)


def test_a_torn_tag_says_what_to_do(
    office: TicketOffice, open_window: Callable[..., Kiosk], qtbot: QtBot
) -> None:
    """No verdict, only the words to hold it still, as large as one."""
    device, tag = FakeDevice(), sell_tag(office)
    kiosk = open_window(start_reader(device))
    page = kiosk.window.gate_page
    tag.torn_after = 3
    device.tag = tag
    qtbot.waitUntil(lambda: page.state is ScreenState.CHECKING)
    assert page.verdict.content is not None
    assert page.verdict.content.word == "Hold it still"
    assert page.verdict.content.lines == (TEXTS.say("reader.hold_still"),)
    assert page.recent.scans == ()
    tag.torn_after, tag.present = None, True
    until_shown(qtbot, kiosk, ScreenState.ADMIT)


def test_a_wristband_that_is_read_as_code_and_as_tag_is_one_scan(
    office: TicketOffice,
    gate_clock: ManualClock,
    open_window: Callable[..., Kiosk],
    qtbot: QtBot,
) -> None:
    """Two readers see both within a second: green stands. Later it is a ticket that is used."""
    device, line, code = FakeDevice(), SerialLine(), office.sell()
    tag = put_on_tag(office)
    kiosk = open_window(start_reader(device), open_reader(f"serial:{line.path}", SystemClock()))
    page = kiosk.window.gate_page
    line.send(f"{code}\r")
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    device.tag = tag
    qtbot.wait(300)
    assert page.state is ScreenState.ADMIT
    assert [row.reason for row in _recent(kiosk, qtbot)] == ["ok"]
    device.tag = None
    qtbot.wait(IMAGER_HOLD // MILLISECOND + 100)  # the readers' clock is the machine's
    gate_clock.advance(IMAGER_HOLD + MILLISECOND)
    device.tag = tag
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert [row.reason for row in _recent(kiosk, qtbot)] == ["already_used", "ok"]


def test_a_phone_that_shows_its_code_is_refused_by_no_reader_of_tags(
    office: TicketOffice, open_window: Callable[..., Kiosk], qtbot: QtBot
) -> None:
    """Its holder is told what to show; the code's green stands, and nothing else is on record."""
    device, line, code = FakeDevice(), SerialLine(), office.sell()
    kiosk = open_window(start_reader(device), open_reader(f"serial:{line.path}", SystemClock()))
    page = kiosk.window.gate_page
    device.tag = FakeType4Tag(bytes.fromhex("08a1b2c3"))
    qtbot.waitUntil(lambda: page.state is ScreenState.CHECKING)
    assert page.verdict.content is not None
    assert page.verdict.content.lines == (TEXTS.say("reader.silent_phone"),)
    line.send(f"{code}\r")
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    device.tag = None
    qtbot.wait(200)
    device.tag = FakeType4Tag(bytes.fromhex("08a1b2c4"))
    qtbot.wait(200)
    assert page.state is ScreenState.ADMIT
    assert [row.reason for row in _recent(kiosk, qtbot)] == ["ok"]


def test_an_unplugged_reader_is_said_and_taken_up_again(
    office: TicketOffice, open_window: Callable[..., Kiosk], qtbot: QtBot
) -> None:
    """In the bar for as long as it is away; other readers go on meanwhile."""
    device = FakeDevice()
    source, line = start_reader(device), SerialLine()
    code = office.sell()
    kiosk = open_window(source, open_reader(f"serial:{line.path}", SystemClock()))
    qtbot.waitUntil(lambda: source.health is ReaderHealth.READY)
    device.is_plugged = False
    qtbot.waitUntil(lambda: "NFC" in facts(kiosk))
    assert "NFC" in kiosk.staff.window_facts().readers, "the device page and rehearsals say it too"
    line.send(f"{code}\r")
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    device.is_plugged = True
    qtbot.waitUntil(lambda: "NFC" not in facts(kiosk))
    line.unplug()
    qtbot.waitUntil(lambda: f"Imager {line.path}" in facts(kiosk))

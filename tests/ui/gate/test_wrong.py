"""What goes wrong at a real gate: a calm screen says what to do, and nobody is let in."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.readers.camera_from_text import NONE
from gatekeeper.supervisor.pin_tries import PIN_PAUSE
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions
from shared.credential.badges_and_pins import hash_badge, hash_pin
from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.signing import sign_credential
from shared.kernel.id_types import TicketId
from shared.kernel.instant import HOUR, SECOND, Duration
from shared.manifest.event_config import SupervisorConfig
from tests.factories.gate_event import ORGANIZATION, STANDARD, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.factories.keys import Typist, click
from tests.factories.pictures import pixels_of
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.sync_server import FakeSyncServer
from tests.ui.conftest import ShowKiosk
from tests.ui.shown import until_open, until_shown

pytestmark = pytest.mark.integration

PIN = "483920"
BADGE = "GKB1-ABCDE-FGHJK-MNPQR"
JO = SupervisorConfig(
    id="sv_0123456789ab",
    name="Jo",
    pin_hash=hash_pin(PIN, SeededEntropy("jo")),
    badge_hash=hash_badge(BADGE, ORGANIZATION),
)


class Gate:
    """A real gate with its window.

    Attributes:
        kiosk: The window's program.
        device: The machine and its end of the wire.
        clock: That the window looks at.
    """

    def __init__(self, kiosk: Kiosk, device: PairedGate, clock: ManualClock) -> None:
        self.kiosk, self.device, self.clock = kiosk, device, clock

    @property
    def state(self) -> ScreenState:
        return self.kiosk.window.gate_page.state

    @property
    def said(self) -> str:
        content = self.kiosk.window.gate_page.verdict.content
        return "" if content is None else content.spoken.replace("\u00a0", " ")

    @property
    def bar(self) -> str:
        return self.kiosk.window.gate_page.bottom.accessibleDescription()

    @property
    def scanned(self) -> list[str]:
        return [scan.word for scan in self.kiosk.window.gate_page.recent.scans]


@pytest.fixture
def office() -> TicketOffice:
    return TicketOffice(config=make_config(supervisors=(JO,)))


@pytest.fixture
def open_gate(
    tmp_path: Path, office: TicketOffice, show_kiosk: ShowKiosk, qtbot: QtBot
) -> Callable[..., Gate]:
    """Open a gate, perhaps with a clock that is wrong; it is closed after the test."""
    starts = itertools.count()

    def start(
        camera: str = NONE, slow_by: Duration = Duration(0), *, is_cut: bool = False
    ) -> Gate:
        server = FakeSyncServer(office, ManualClock())
        server.publish()
        clock = ManualClock()
        clock.step_wall(-slow_by)
        entropy = SeededEntropy(f"start {next(starts)}")  # each start of a device is its own
        device = PairedGate(tmp_path / "gate", server, clock=clock, entropy=entropy)
        server.is_cut = is_cut
        options = KioskOptions(zone=UTC, camera=camera)
        backend = ProfileFolder(device.folder, device.system())
        kiosk = show_kiosk(backend, options, clock=clock)
        until_open(qtbot, kiosk)
        return Gate(kiosk, device, clock)

    return start


def test_a_pin_guessed_ten_times_is_answered_by_a_wait_and_opens_nothing(
    open_gate: Callable[..., Gate], qtbot: QtBot
) -> None:
    """Also the right one: until the pause is over, which is said in seconds; then it opens."""
    gate = open_gate()
    frame = gate.kiosk.window.supervisor_frame
    message = frame.unlock.findChild(QLabel, "unlockMessage")
    assert isinstance(message, QLabel)

    def enter(pin: str) -> None:
        for key in (*pin, "enter"):
            click(frame.unlock._pad.button(key))
        qtbot.waitUntil(lambda: not frame.unlock._is_waiting)

    typist = Typist(gate.kiosk.window)
    typist.scan(BADGE)
    qtbot.waitUntil(lambda: gate.kiosk.window.page is frame)
    for number in range(10):
        enter(f"11122{number}")
    assert message.text().startswith("Too many wrong PINs. Try again in ")
    enter(PIN)
    frame.unlock.restart(frame.unlock.badge)
    enter(PIN)  # the gate itself remembers, whatever the page does
    assert message.text().startswith("Too many wrong PINs. Try again in ")
    assert gate.kiosk.staff.flow.duty is None
    gate.clock.advance(PIN_PAUSE)
    frame.unlock.restart(frame.unlock.badge)
    for key in (*PIN, "enter"):
        click(frame.unlock._pad.button(key))
    qtbot.waitUntil(lambda: gate.kiosk.staff.flow.duty is not None)


def test_a_code_of_four_kilobytes_is_no_ticket_from_a_picture_and_from_a_scanner(
    open_gate: Callable[..., Gate], make_qr: Callable[[str], QImage], qtbot: QtBot
) -> None:
    """The largest QR code there is: denied softly, with what to show instead."""
    gate = open_gate()
    gate.kiosk.images.read_image(make_qr("A1" * 2048))
    qtbot.waitUntil(lambda: gate.scanned == ["Not a ticket"])
    assert gate.state is ScreenState.DENY
    assert "Ask to see the ticket’s own code and scan that" in gate.said
    Typist(gate.kiosk.window).scan("B2" * 2048)
    qtbot.waitUntil(lambda: gate.scanned == ["Not a ticket"] * 2)


@pytest.fixture
def sheet(tmp_path: Path, office: TicketOffice, make_qr: Callable[[str], QImage]) -> Path:
    """Make a film of a sheet with ten tickets."""
    frame = np.full((720, 1280, 3), 255, np.uint8)
    for number in range(10):
        drawn = pixels_of(make_qr(office.sell()))
        ticket = cv2.resize(drawn, (230, 230), interpolation=cv2.INTER_AREA)
        row, column = divmod(number, 5)
        top, left = 80 + row * 320, 15 + column * 255
        frame[top : top + 230, left : left + 230] = ticket
    path = tmp_path / "sheet.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (1280, 720))
    for _ in range(5):
        writer.write(frame)
    writer.release()
    return path


def test_ten_codes_in_one_view_admit_nobody_and_ask_for_one(
    sheet: Path, open_gate: Callable[..., Gate], qtbot: QtBot
) -> None:
    """Ten verdicts in a breath would hide the one that is a refusal."""
    gate = open_gate(camera=str(sheet))
    gate.clock.advance(10 * SECOND)
    qtbot.waitUntil(lambda: gate.state is ScreenState.CHECKING)
    assert gate.said == (
        "One at a time. Codes in view: 10. None was scanned. Show one ticket and cover the others"
    )
    assert gate.scanned == []


def test_a_crowd_of_codes_never_covers_who_is_being_admitted(
    office: TicketOffice, open_gate: Callable[..., Gate], qtbot: QtBot
) -> None:
    """Over a green screen the same is only a line at the top."""
    code = office.sell()
    gate = open_gate()
    Typist(gate.kiosk.window).scan(code)
    until_shown(qtbot, gate.kiosk, ScreenState.ADMIT)
    gate.kiosk._show_crowd(10)
    assert gate.state is ScreenState.ADMIT
    hint = [fact.text for fact in gate.kiosk.window.gate_page.banner.facts]
    assert hint == ["Show one ticket and cover the others."]


@pytest.mark.parametrize("has_own_number", [True, False])
def test_a_ticket_of_another_organizer_is_denied_by_that_name(
    open_gate: Callable[..., Gate], qtbot: QtBot, *, has_own_number: bool
) -> None:
    """Genuine, and not ours: organizers number their keys alike, so it may look forged."""
    stranger = TicketOffice(seed="stranger")
    code = stranger.sell()
    gate = open_gate()
    if has_own_number:
        assert stranger.keyring[0].key_id == 7
    else:
        claims = Claims(
            key_id=9, ticket_id=TicketId(stranger.draw_id()), ticket_type_code=STANDARD
        )
        code = to_digits(sign_credential(claims, stranger.ticket_key))
    Typist(gate.kiosk.window).scan(code)
    until_shown(qtbot, gate.kiosk, ScreenState.DENY)
    words = "another organizer’s" if has_own_number else "this gate does not know who signed it"
    assert words in gate.said
    assert "help desk" in gate.said


def test_a_clock_two_hours_slow_is_said_and_tickets_go_by_the_servers_time(
    office: TicketOffice, open_gate: Callable[..., Gate], qtbot: QtBot
) -> None:
    """Connected, the server's time counts: the right verdict, the right time, and a word on it."""
    code = office.sell(valid_from=ManualClock().wall() - HOUR)
    gate = open_gate(slow_by=2 * HOUR)
    qtbot.waitUntil(lambda: "This device’s clock is 2 h slow" in gate.bar)
    Typist(gate.kiosk.window).scan(code)
    until_shown(qtbot, gate.kiosk, ScreenState.ADMIT)


def test_a_clock_two_hours_slow_sends_to_a_supervisor_when_nobody_can_be_asked(
    office: TicketOffice, open_gate: Callable[..., Gate], qtbot: QtBot
) -> None:
    """Started anew without the network, earlier than what the server has signed."""
    code = office.sell()
    gate = open_gate()
    gate.kiosk.stop()
    gate = open_gate(slow_by=2 * HOUR, is_cut=True)
    Typist(gate.kiosk.window).scan(code)
    qtbot.waitUntil(lambda: gate.state is ScreenState.REFER)
    assert "Call a supervisor" in gate.said
    asked = "is slow: set it. Until then, or until the next sync, a supervisor decides on scans"
    assert asked in gate.bar
    assert "not checked" not in gate.bar


def test_a_clock_two_hours_fast_is_said_and_tickets_go_by_the_servers_time(
    office: TicketOffice, open_gate: Callable[..., Gate], qtbot: QtBot
) -> None:
    """The first time that this device meets the server it learns what time it is."""
    code = office.sell(valid_until=ManualClock().wall() + HOUR)
    gate = open_gate(slow_by=-2 * HOUR)
    qtbot.waitUntil(lambda: "This device’s clock is 2 h fast; the server’s time" in gate.bar)
    Typist(gate.kiosk.window).scan(code)
    until_shown(qtbot, gate.kiosk, ScreenState.ADMIT)
    clock = gate.kiosk.window.gate_page.top.facts[-1].text
    assert clock.replace("\u00a0", " ").startswith("17:00")


def test_a_fast_clock_that_nobody_could_compare_asks_a_person_to_read_it(
    office: TicketOffice, open_gate: Callable[..., Gate], qtbot: QtBot
) -> None:
    """Cut off from the start, it denies and admits by no hour that only such a clock shows."""
    code = office.sell(valid_until=ManualClock().wall() + HOUR)
    gate = open_gate()
    assert "not checked" not in gate.bar
    gate.kiosk.stop()
    gate = open_gate(slow_by=-2 * HOUR, is_cut=True)
    Typist(gate.kiosk.window).scan(code)
    until_shown(qtbot, gate.kiosk, ScreenState.REFER)
    said = "Clock not checked against the server since starting: check the time above"
    qtbot.waitUntil(lambda: said in gate.bar)
    assert "Call a supervisor, who may admit with a reason" in gate.said


def test_a_clock_that_is_set_while_the_gate_works_moves_nothing(
    office: TicketOffice, open_gate: Callable[..., Gate], qtbot: QtBot
) -> None:
    """Cut off or not, time goes on as it did; the bar says that the machine's clock is off."""
    code = office.sell(valid_until=ManualClock().wall() + HOUR)
    gate = open_gate()
    gate.device.link.server.is_cut = True
    gate.clock.step_wall(2 * HOUR)
    Typist(gate.kiosk.window).scan(code)
    until_shown(qtbot, gate.kiosk, ScreenState.ADMIT)
    qtbot.waitUntil(lambda: "This device’s clock is 2 h fast" in gate.bar)

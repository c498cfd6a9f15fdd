"""The window over the real gate engine, its real store on disk, and an honest server beside it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.gate.requests import Turn
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.gate.open_decision import Act
from gatekeeper.store.disk import Disk, FolderDisk
from gatekeeper.store.profile import COPY, DEVICE_KEY_NAME, PROFILE_NAME, Profile, load_profile
from gatekeeper.turnstile.ports import ArmRelay
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions
from gatekeeper.ui.gate.start_flow import StartStage
from shared.kernel.instant import DAY, SECOND
from tests.factories.gate_event import SOUTH, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.factories.keys import Typist, click
from tests.fakes.clock import ManualClock
from tests.fakes.power_cut_disk import PowerCutDisk
from tests.fakes.sync_server import FakeSyncServer
from tests.ui.conftest import ShowKiosk
from tests.ui.gate.test_self_service import Arm
from tests.ui.shown import until_open, until_shown

pytestmark = pytest.mark.integration


class Door:
    """A gate's folder, the server that it reaches, and its window.

    Attributes:
        office: Sells its tickets.
        server: Answers the gate.
        gate: The device.
    """

    def __init__(self, folder: Path, show: ShowKiosk, qtbot: QtBot) -> None:
        self.office = TicketOffice()
        self.server = FakeSyncServer(self.office, ManualClock())
        self.gate = PairedGate(folder, self.server)
        self._show, self._qtbot = show, qtbot

    @property
    def profile(self) -> Profile:
        return load_profile(self.gate.system().open_disk(self.gate.folder))

    def start(self, disk: Disk | None = None, relay: ArmRelay | None = None) -> Kiosk:
        """Show the window; it is closed after the test."""
        system = self.gate.system()
        if disk is not None:
            system = msgspec.structs.replace(system, open_disk=lambda _: disk)
        backend = ProfileFolder(self.gate.folder, system)
        options = KioskOptions(zone=UTC, relay=relay)
        return self._show(backend, options, clock=self.gate.clock)

    def open(self, disk: Disk | None = None, relay: ArmRelay | None = None) -> Kiosk:
        """Hand out a manifest of what was sold, and show the window until its gate is open."""
        self.server.publish()
        kiosk = self.start(disk, relay)
        until_open(self._qtbot, kiosk)
        return kiosk


@pytest.fixture
def door(tmp_path: Path, show_kiosk: ShowKiosk, qtbot: QtBot) -> Door:
    return Door(tmp_path / "gate", show_kiosk, qtbot)


def shown(kiosk: Kiosk) -> ScreenState:
    return kiosk.window.gate_page.state


def said(kiosk: Kiosk) -> str:
    content = kiosk.window.gate_page.verdict.content
    assert content is not None
    return content.spoken.replace("\u00a0", " ")


def disk_with(folder: Path) -> PowerCutDisk:
    disk = PowerCutDisk()
    for name in (PROFILE_NAME, DEVICE_KEY_NAME):
        disk.write(name, FolderDisk(folder).read(name) or b"")
    return disk


def ways(kiosk: Kiosk, qtbot: QtBot) -> list[str]:
    def ask(gate: AttendedGate) -> list[str]:
        return [one.direction for one in gate.recent(9) if one.verdict == "admit"]

    found: list[list[str]] = []
    kiosk.engine.ask(ask, found.append)
    qtbot.waitUntil(lambda: bool(found))
    return found[0]


def test_a_fresh_device_syncs_asks_for_its_gate_and_admits(door: Door, qtbot: QtBot) -> None:
    """From an enrolled folder to green: sync, choice, scan; a second use is denied with facts."""
    digits = door.office.sell()
    door.server.publish()
    door.gate = PairedGate(door.gate.folder, door.server, gate_id=None)
    kiosk = door.start()
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.CHOOSING)
    grid = kiosk.window.gate_choice_page.grid
    gates = [grid.button(key) for key in grid.keys]
    assert [gate.accessibleName() for gate in gates] == ["North. in and out", "South. in and out"]
    click(gates[1])
    until_open(qtbot, kiosk)
    assert door.profile.gate_id == SOUTH
    typist = Typist(kiosk.window)
    typist.scan(digits)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert "Welcome. Standard" in said(kiosk)
    door.gate.clock.advance(180 * SECOND)
    typist.scan(digits)
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert "Already admitted. 17:00 · South · 3 min ago" in said(kiosk)


def test_a_gate_that_is_cut_off_goes_on_and_says_so(door: Door, qtbot: QtBot) -> None:
    """With the cable pulled the gate admits on its own; the banner and the bar tell it."""
    digits = door.office.sell()
    kiosk = door.open()
    door.server.is_cut = True
    Typist(kiosk.window).scan(digits)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    page = kiosk.window.gate_page
    qtbot.waitUntil(lambda: page.bottom.facts[0].text.startswith("Alone"))
    page.show_idle()
    qtbot.waitUntil(page.banner.isVisible)
    assert page.banner.facts[0].text.startswith("Alone since")


def test_who_stays_inside_at_the_turnstile_lets_no_copy_in(door: Door, qtbot: QtBot) -> None:
    """Scanned out, and not gone through the arm: the holder is inside still."""
    digits, arm = door.office.sell(), Arm()
    kiosk = door.open(relay=arm)
    typist = Typist(kiosk.window)

    def scan(way: str, *, passes: bool) -> None:
        done: list[int] = []
        kiosk.engine.do(Turn(way, "sv_1"), done.append, lambda _fault: done.append(-1))
        qtbot.waitUntil(lambda: bool(done) and done[0] > 0)
        qtbot.waitUntil(lambda: not kiosk.scans._is_held)  # the one before has passed the arm
        arm.passages.put(passes)
        door.gate.clock.advance(60 * SECOND)
        typist.scan(digits)

    scan("in", passes=True)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    scan("out", passes=False)
    qtbot.waitUntil(lambda: "Not passed" in said(kiosk))
    assert "counts as inside" in said(kiosk)
    assert kiosk.window.gate_page.recent.scans[0].word == "Undone"
    scan("in", passes=True)
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert "Already admitted" in said(kiosk)


def test_who_stands_in_the_exit_counts_as_inside_until_the_arm_tells_of_a_passage(
    door: Door, qtbot: QtBot
) -> None:
    """Scanned out and waiting in the arm, the holder could hand a friend an entry next door."""
    digits, arm = door.office.sell(), Arm()
    kiosk = door.open(relay=arm)
    typist = Typist(kiosk.window)

    def turn(way: str) -> None:
        done: list[int] = []
        kiosk.engine.do(Turn(way, "sv_1"), done.append, lambda _fault: done.append(-1))
        qtbot.waitUntil(lambda: bool(done) and done[0] > 0)
        door.gate.clock.advance(60 * SECOND)

    turn("in")
    arm.passages.put(True)
    typist.scan(digits)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    qtbot.waitUntil(lambda: ways(kiosk, qtbot) == ["in"] and arm.passages.empty())
    turn("out")
    typist.scan(digits)
    qtbot.waitUntil(lambda: arm.opened == 2)
    assert kiosk.window.property("state") == "exit", "the arm is open for them"
    assert ways(kiosk, qtbot) == ["in"]
    arm.passages.put(True)
    qtbot.waitUntil(lambda: ways(kiosk, qtbot) == ["out", "in"])


def test_a_server_that_is_away_at_first_can_be_tried_again(door: Door, qtbot: QtBot) -> None:
    """A first sync without a network says so in words, and works when the cable is in."""
    door.office.sell()
    door.server.publish()
    door.server.is_cut = True
    kiosk = door.start()
    fault = kiosk.window.sync_page._fault
    qtbot.waitUntil(lambda: fault.text().startswith("Not ready yet."))
    door.server.is_cut = False
    click(kiosk.window.sync_page._retry)
    until_open(qtbot, kiosk)


def test_a_second_window_on_the_same_profile_says_who_holds_it(door: Door, qtbot: QtBot) -> None:
    """Two programs never write one journal; the second says what to do."""
    door.open()
    second = door.start()
    qtbot.waitUntil(lambda: second.flow.stage is StartStage.FAULT)
    assert "Another program is using this device’s data" in second.window.fault_page._why.text()


def test_a_damaged_profile_is_told_calmly(tmp_path: Path, door: Door, qtbot: QtBot) -> None:
    """With its twin broken too it shows what to do, and after it is mended the gate opens."""
    door.server.publish()
    path = door.gate.folder / PROFILE_NAME
    shutil.copy(path, tmp_path / "kept.json")
    for one in (path, path.with_name(PROFILE_NAME + COPY)):
        one.write_text("{")
    kiosk = door.start()
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.FAULT)
    assert "is damaged" in kiosk.window.fault_page._why.text()
    shutil.copy(tmp_path / "kept.json", path)
    click(kiosk.window.fault_page._retry)
    until_open(qtbot, kiosk)


@pytest.mark.usefixtures("starts_again_soon")
def test_a_gate_whose_tickets_are_torn_on_its_disk_fetches_them_by_itself(
    door: Door, qtbot: QtBot
) -> None:
    """Nobody stands there after a power cut, and no organizer is sent to make a gate."""
    digits = door.office.sell()
    first = door.open()
    first.stop()
    first.window.hide()
    door.server.pushed = asyncio.Event()  # the second window has a loop of its own
    (manifest,) = door.gate.folder.glob("manifest-*.db")
    manifest.write_bytes(manifest.read_bytes()[: manifest.stat().st_size // 2])
    door.server.is_cut = True
    again = door.start()
    fault = again.window.sync_page._fault
    qtbot.waitUntil(lambda: fault.text().startswith("Not ready yet."))
    assert not again.window.sync_page._later.isVisible(), "it knows of no ticket"
    door.server.is_cut = False
    until_open(qtbot, again)
    Typist(again.window).scan(digits)
    until_shown(qtbot, again, ScreenState.ADMIT)


@pytest.fixture
def first(door: Door, qtbot: QtBot) -> Kiosk:
    """Return a window that shows that somebody was let in."""
    digits = door.office.sell()
    kiosk = door.open()
    Typist(kiosk.window).scan(digits)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    return kiosk


@pytest.fixture
def restart(door: Door, first: Kiosk, qtbot: QtBot) -> Callable[[], Kiosk]:
    """Return what closes that window, and opens another one that has read its last scan."""

    def start_again() -> Kiosk:
        first.stop()
        first.window.hide()
        door.server.pushed = asyncio.Event()  # the second window has a loop of its own
        second = door.start()
        qtbot.waitUntil(lambda: len(second.window.gate_page.recent.scans) == 1)
        return second

    return start_again


def test_what_was_scanned_before_a_restart_is_shown_again(restart: Callable[[], Kiosk]) -> None:
    """A restarted gate comes back to its place, with its last scans."""
    second = restart()
    assert second.window.gate_page.recent.scans[0].word == "Welcome"


def test_scan_of_another_day_is_listed_with_its_day_after_a_restart(
    door: Door, restart: Callable[[], Kiosk]
) -> None:
    """Last night's half past ten is not taken for one that is just over."""
    for clock in (door.gate.clock, door.server.clock):
        clock.advance(DAY)
    (listed,) = restart().window.gate_page.recent.scans
    assert listed.time.startswith("Sat 4 Jul "), listed


def test_who_was_let_in_just_before_a_restart_is_taken_back_by_staff(
    door: Door, restart: Callable[[], Kiosk], qtbot: QtBot
) -> None:
    """A program that died before its green leaves a holder whom no gate lets in."""
    for clock in (door.gate.clock, door.server.clock):
        clock.advance(20 * SECOND)
    second = restart()
    qtbot.waitUntil(second.window.gate_page._undo.isVisible)
    second.window.gate_page.undo_wanted.emit()
    second.scans.decisions.act(Act.CONFIRM)
    qtbot.waitUntil(lambda: "Undone" in said(second))
    assert second.window.gate_page.recent.scans[0].word == "Undone"


def test_who_was_let_in_long_before_a_restart_is_a_supervisors(
    door: Door, restart: Callable[[], Kiosk]
) -> None:
    """As where the program had gone on."""
    for clock in (door.gate.clock, door.server.clock):
        clock.advance(40 * SECOND)
    second = restart()
    assert not second.window.gate_page._undo.isVisible()


def test_nothing_on_the_screen_welcomes_anybody_whose_admission_was_taken_back(
    first: Kiosk, restart: Callable[[], Kiosk], qtbot: QtBot
) -> None:
    """Not the list of last scans, not the last result brought back, not after a restart."""
    first.window.gate_page.undo_wanted.emit()
    first.scans.decisions.act(Act.CONFIRM)
    qtbot.waitUntil(lambda: "Undone" in said(first))

    def words(kiosk: Kiosk) -> list[str]:
        return [scan.word for scan in kiosk.window.gate_page.recent.scans]

    assert words(first) == ["Undone"]
    first.scans.show_last()
    assert "Last result" in said(first)
    assert "Welcome" not in said(first)
    second = restart()
    assert words(second) == ["Undone"]


def test_garbage_is_denied_in_words_and_keeps_nobody_waiting(door: Door, qtbot: QtBot) -> None:
    """A loyalty card, a link and emoji are no tickets; the next visitor is not kept waiting."""
    kiosk = door.open()
    for text in ("https://example.org/loyalty", "\U0001f3ab" * 9, "1" * 48, "x" * 1_000_000):
        kiosk.take_code(text)
    qtbot.waitUntil(lambda: len(kiosk.window.gate_page.recent.scans) == 4)
    assert shown(kiosk) is ScreenState.DENY
    words = {scan.word for scan in kiosk.window.gate_page.recent.scans}
    assert words <= {"Not a ticket", "Not on record"}


def test_a_ticket_that_was_read_in_part_or_twice_in_one_is_called_no_false_one(
    door: Door, qtbot: QtBot
) -> None:
    """The reader stopped amid it, or sends no end: its holder has a good ticket, and comes in."""
    kiosk, code = door.open(), door.office.sell()
    for text in (code[:90], code[90:], code * 2):
        kiosk.take_code(text)
        qtbot.waitUntil(lambda: "Not scanned" in said(kiosk))
        assert "Scan again." in said(kiosk)
        assert "valid" not in said(kiosk)
        kiosk.scans.forget_last()
    kiosk.take_code(code)
    qtbot.waitUntil(lambda: shown(kiosk) is ScreenState.ADMIT)
    kiosk.take_code("4" * 48)
    qtbot.waitUntil(lambda: "Not on record" in said(kiosk))


def test_a_full_disk_stops_the_gate_calmly_until_there_is_room(door: Door, qtbot: QtBot) -> None:
    """Without room for the record nobody is admitted; with room the next scan goes through."""
    first, second = door.office.sell(), door.office.sell()
    disk, clock = disk_with(door.gate.folder), door.gate.clock
    kiosk = door.open(disk)
    disk.faults.space = 0
    typist = Typist(kiosk.window)
    while shown(kiosk) is not ScreenState.PAUSED:  # the log's file may have room for some
        typist.scan(door.office.sell())
        qtbot.wait(50)
        clock.advance(2 * SECOND)
    assert "Not admitted" in said(kiosk)
    assert "This device’s disk is full. Free some space" in said(kiosk)
    disk.faults.space = None
    typist.scan(first)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    clock.advance(2 * SECOND)
    typist.scan(second)
    qtbot.waitUntil(lambda: len(kiosk.window.gate_page.recent.scans) >= 2)
    assert shown(kiosk) is ScreenState.ADMIT


def test_what_an_arm_told_while_the_disk_took_nothing_is_kept_once_it_does(
    door: Door, qtbot: QtBot
) -> None:
    """Who turned back comes in without anybody's help, and who has gone out is outside."""
    digits, arm, disk = door.office.sell(), Arm(), disk_with(door.gate.folder)
    kiosk = door.open(disk, arm)
    typist, recent, door.server.is_cut = Typist(kiosk.window), kiosk.window.gate_page.recent, True

    def scan(way: str) -> None:
        kiosk.engine.do(Turn(way, "sv_1"), lambda _: None, lambda _: None)
        door.gate.clock.advance(60 * SECOND)
        typist.scan(digits)

    scan("in")
    qtbot.waitUntil(lambda: arm.opened == 1)
    disk.is_read_only = True
    arm.passages.put(False)
    until_shown(qtbot, kiosk, ScreenState.PAUSED)
    assert "cannot record" in said(kiosk), "green would say that the holder is inside"
    disk.is_read_only = False
    qtbot.waitUntil(lambda: recent.scans[0].word == "Undone")
    scan("in")
    qtbot.waitUntil(lambda: arm.opened == 2)
    arm.passages.put(True)
    qtbot.waitUntil(lambda: not kiosk.scans._is_held)
    scan("out")
    qtbot.waitUntil(lambda: arm.opened == 3)
    disk.is_read_only = True
    arm.passages.put(True)
    qtbot.waitUntil(lambda: not kiosk.scans._is_held)
    disk.is_read_only = False
    qtbot.waitUntil(lambda: "out" in ways(kiosk, qtbot))


def test_a_revoked_gate_says_so_at_once_after_a_restart_and_to_whoever_scans(
    door: Door, qtbot: QtBot
) -> None:
    """Nobody is sent for a cable: the device is blocked, and the organizer is to have it."""
    digits = door.office.sell()
    kiosk = door.open()
    door.server.revoked.add(door.profile.device_id)
    page = kiosk.window.gate_page
    qtbot.waitUntil(lambda: page.idle.accessibleName().startswith("This gate is blocked"))
    Typist(kiosk.window).scan(digits)
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert said(kiosk).startswith("Blocked device. This device was revoked and lets nobody in.")
    kiosk.stop()
    kiosk.window.close()
    door.server.is_cut = True
    again = door.start()
    page = again.window.gate_page
    qtbot.waitUntil(lambda: page.idle.accessibleName().startswith("This gate is blocked"))

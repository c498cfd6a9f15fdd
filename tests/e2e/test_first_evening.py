"""A newcomer's walk: an empty laptop, and every line of the doors-ready board green, counted.

Each step is one of `docs/operations.md`, *The first evening*. The desk is the window, the server
a program that it starts; three gates and a till are windows of their own, programs each, worked
by their screens. With `--whole` the walk is done in every language: desk, gates and till speak
it, and are read in it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QFrame, QLabel
from pytestqt.qtbot import QtBot

from gatekeeper.device.composition_root import machine_system
from gatekeeper.organizer import own_server
from gatekeeper.readers.image_files import decode_file
from gatekeeper.this_machine import EffortClock
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer import app as desk_app
from gatekeeper.ui.organizer.app import OrganizerDesk
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.wording.texts import TEXTS, read_catalogue
from shared.kernel.languages import ENGLISH, LANGUAGE_NAMES
from tests.factories import programs
from tests.factories.free_ports import free_port
from tests.factories.strength import sized
from tests.ui.conftest import qtbot
from tests.ui.organizer.test_organizer_desk import EMAIL, PASSWORD, PICTURES, Hand

__all__ = ["qtbot"]
pytestmark = pytest.mark.ui

ACTIONS_MAX: Final = 150
GUESTS: Final = sized(500, 5_000)
TYPES: Final = (("Standing", "25.00"), ("Gallery", "40.00"), ("Reduced", "18.00"))
REHEARSALS_MAX: Final = 5
"""A machine that others keep busy is too slow for doors now and then, and says so."""
_SECONDS: Final = 120
_LOOK_MS: Final = 200
_AGAIN_MS: Final = 5_000
BADGES_MAX: Final = 10


class Machine:
    """Another machine, or a window of this one: a program of its own."""

    def __init__(self, hand: Hand, name: str, folder: Path, environment: dict[str, str]) -> None:
        self.hand, self.name, self._buffer = hand, name, b""
        self._program = programs.start(
            [sys.executable, "-m", "tests.factories.walked_program", "kiosk"]
            + ["--profile", str(folder), "--camera", "none"],
            environment=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def look(self) -> dict[str, Any]:
        """Read the screen."""
        return self._do("look")

    def click(self, button: str) -> None:
        """Press a button once it can be pressed."""
        self.until(lambda seen: button in seen["buttons"])
        self.hand.actions += 1
        assert self._do("click", button)["done"]

    def scan(self, text: str) -> None:
        """Hold a code to the scanner."""
        self.hand.actions += 1
        assert self._do("scan", text)["done"]

    def type(self, text: str) -> None:
        """Type something, and Enter."""
        self.hand.actions += 2
        assert self._do("type", text)["done"]

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the screen shows something."""
        ends = time.monotonic() + _SECONDS
        while not holds(seen := self.look()):
            assert time.monotonic() < ends, f"{self.name}: {seen}"
            self.hand.qtbot.wait(_LOOK_MS)
        return seen

    def says(self, key: str) -> None:
        """Wait until the screen says something."""
        self.until(lambda seen: _says(seen, key))

    def close(self) -> None:
        """End the program."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.close()
        try:
            self._program.wait(_SECONDS)
        finally:
            self._program.kill()
            self._program.wait()
            self._program.stdout.close()

    def _do(self, *words: str) -> dict[str, Any]:
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(json.dumps(words).encode() + b"\n")
        self._program.stdin.flush()
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._program.stdout], [], [], _SECONDS)
            assert ready, f"{self.name} says nothing more"
            piece = os.read(self._program.stdout.fileno(), 65536)
            assert piece, f"{self.name} has ended"
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer


def words_of(key: str) -> str:
    """Return what a text always says, whatever is filled in: its longest such piece."""
    message = read_catalogue(TEXTS.language)[key]
    assert isinstance(message, str), key
    return max(re.split(r"{.*?}", message), key=len).strip()


def plain(said: str) -> str:
    """Return what is read, without the marks that keep values in their direction."""
    return re.sub("[\u2066-\u2069]", "", said)


def _says(seen: dict[str, Any], key: str) -> bool:
    words = words_of(key)
    # A page that breaks Thai lines itself parts its words by signs that are not seen.
    return any(words.replace("\u200b", "") in said.replace("\u200b", "") for said in seen["said"])


class Walk:
    """The newcomer's hands at the desk, and what they hold in them meanwhile.

    Attributes:
        badges: What each badge's picture says, by name.
        pin: Of the first supervisor.
    """

    def __init__(self, hand: Hand, folder: Path) -> None:
        self.hand, self.folder = hand, folder
        self.machines: dict[str, Machine] = {}
        self.badges: dict[str, str] = {}
        self.pin = ""
        # On a disk of its own, as a stick is; where the machine has only one, the board says so.
        self.has_stick = bool(disks := _other_disks(folder))
        disk = disks[0] if disks else folder
        self.stick = Path(tempfile.mkdtemp(prefix="gatekeeper-stick-", dir=disk))
        self.steps: list[tuple[str, int]] = []
        self._environment = _machine_environment(folder, TEXTS.language)

    def step(self, what: str) -> None:
        """Write down how many actions a step took."""
        self.steps.append((what, self.hand.actions - sum(count for _, count in self.steps)))

    def write_steps(self) -> None:
        """Keep how many actions each step took, where somebody wants to look."""
        if PICTURES:
            lines = [f"{count:4} {what}" for what, count in self.steps]
            text = "\n".join([*lines, f"{self.hand.actions:4} in all"])
            Path(PICTURES, "steps.txt").write_text(text + "\n", "utf-8")

    def choose(self, box: str, text: str) -> None:
        """Choose from a list."""
        found = self.hand.find(box)
        assert isinstance(found, QComboBox)
        place = found.findText(text)
        assert place >= 0, f"{text} is not in {box}"
        found.setCurrentIndex(place)
        self.hand.actions += 1

    def tick(self, box: str) -> None:
        """Tick a box."""
        QTest.mouseClick(self.hand.find(box), Qt.MouseButton.LeftButton)
        self.hand.actions += 1

    def start(self, name: str, folder: Path) -> Machine:
        """Open the program on a machine."""
        self.hand.actions += 1
        machine = self.machines[name] = Machine(self.hand, name, folder, self._environment)
        return machine

    def read_code(self, picture: QrPicture) -> str:
        """Read a code from the desk's screen, as a scanner does."""
        file = self.folder / "seen.png"
        picture.grab().save(str(file))
        (code,) = decode_file(file, EffortClock())
        return code.text

    def keep_badges(self) -> None:
        """Read the badges that are shown once."""
        for card in self.hand.work.people.findChildren(QFrame, "badgeCard"):
            name = card.findChildren(QLabel)[0].text()
            picture = card.findChild(QrPicture)
            assert isinstance(picture, QrPicture)
            self.badges[name] = self.read_code(picture)
            pin = card.findChild(QLabel, "pin")
            if isinstance(pin, QLabel) and not self.pin:
                self.pin = "".join(re.findall(r"[0-9]", pin.text()))

    def until_board(self, key: str) -> None:
        """Wait until a line of the board says something."""
        board, words = self.hand.work.doors_ready, words_of(key)
        self.hand.until(lambda: any(words in said for said in board.said))


def _other_disks(folder: Path) -> list[Path]:
    found = (Path("/var/tmp"), Path("/dev/shm"), Path("/tmp"))
    there = [one for one in found if one.is_dir() and os.access(one, os.W_OK)]
    return [one for one in there if one.stat().st_dev != folder.stat().st_dev]


def _machine_environment(folder: Path, language: str) -> dict[str, str]:
    """Give windows a screen of their own each, and loudspeakers that play to nobody."""
    players = folder / "players"
    players.mkdir()
    (players / "pw-play").symlink_to("/bin/true")
    path = f"{players}{os.pathsep}{os.environ['PATH']}"
    locale = "C.UTF-8" if language == ENGLISH else f"{language}_{language.upper()}.UTF-8"
    return os.environ | {"PATH": path, "QT_QPA_PLATFORM": "offscreen", "LC_ALL": locale}


@pytest.fixture(params=sized((ENGLISH,), tuple(LANGUAGE_NAMES)))
def walk(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Walk]:
    port = free_port()
    monkeypatch.setattr(own_server, "_PORTS", range(port, port + 1))
    monkeypatch.setattr(desk_app, "system_language", lambda: request.param)
    desk = OrganizerDesk(tmp_path / "desk", machine_system())
    qtbot.addWidget(desk.window)
    desk.window.resize(desk.window.sizeHint())
    desk.window.show()
    desk.begin()
    walk = Walk(Hand(qtbot, desk), tmp_path)
    desk.own._start = lambda folder: _remember(walk, folder)
    yield walk
    for machine in walk.machines.values():
        machine.close()
    server = desk.first.server
    desk.stop()
    if server is not None:
        asyncio.run(server.stop())
    shutil.rmtree(walk.stick)
    speak_language(make_application(), ENGLISH)


def _remember(walk: Walk, folder: Path) -> None:
    """Open the window that the desk opens on this laptop so that a test's hand reaches it."""
    name = "till"
    walk.machines[name] = Machine(walk.hand, name, folder, walk._environment)


def test_a_newcomer_comes_from_an_empty_laptop_to_a_green_board(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two dates, three types, two zones, three gates, guests, supervisors, a till: all green."""
    walk.hand.wait("deskChoice")
    make_server(walk)
    draft_event(walk)
    hand_over(walk)
    import_guests(walk, monkeypatch)
    keep_copies(walk, monkeypatch)
    for gate in ("North", "South", "Stairs"):
        pair_kiosk(walk, gate)
    open_till(walk)
    for gate in ("North", "South", "Stairs"):
        rehearse(walk, walk.machines[gate])
    look_at_board(walk)
    assert walk.hand.actions <= ACTIONS_MAX, walk.steps
    walk.write_steps()


def make_server(walk: Walk) -> None:
    """Run a server on this laptop, and keep its recovery sheet."""
    hand = walk.hand
    hand.click("chooseOwn")
    values = {
        "organization": "Lantern Society",
        "name": "Ada",
        "email": EMAIL,
        "password": PASSWORD,
    }
    for field, text in values.items():
        hand.fill(f"deskOwn_{field}", text)
    hand.click("formGo")
    hand.wait("deskSheet")
    hand.picture("sheet")
    hand.click("sheetGo")
    hand.wait("deskDraft")
    walk.step("a server on this laptop")


def draft_event(walk: Walk) -> None:
    """Draft the event on its one page, and keep what the badges' cards show once."""
    hand = walk.hand
    hand.fill("draftName", "Night of the Lanterns")
    walk.tick("draftNames")
    hand.click("dates_add")
    hand.fill("zones_0_0", "Hall")
    hand.fill("zones_0_1", "North, South")
    hand.click("zones_add")
    hand.fill("zones_1_0", "Gallery")
    hand.fill("zones_1_1", "Stairs")
    for row, (name, price) in enumerate(TYPES):
        if row:
            hand.click("types_add")
        hand.fill(f"types_{row}_0", name)
        hand.fill(f"types_{row}_1", price)
    hand.fill("supervisors_0_0", "Sam Okafor")
    hand.click("supervisors_add")
    hand.fill("supervisors_1_0", "Mara Lind")
    hand.picture("draft")
    hand.click("draftGo")
    hand.wait("deskWorkspace")
    hand.until(lambda: len(hand.work.people.findChildren(QFrame, "badgeCard")) == 2)
    QApplication.processEvents()
    hand.picture("badges")
    walk.keep_badges()
    walk.step("the event")


def hand_over(walk: Walk) -> None:
    """Let the board lead: published, and handed to gates."""
    hand = walk.hand
    hand.enter("doors_ready")
    walk.until_board("desk.doors_ready.on_sale.shut")
    hand.picture("board-first")
    hand.click("board_put_on_sale_2")
    walk.until_board("desk.doors_ready.on_sale.open")
    hand.click("board_hand_over_3")
    walk.until_board("desk.doors_ready.handed_over.nameless")
    walk.step("published and handed to gates")


def import_guests(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose the list, look at what it would do, take it."""
    hand, file = walk.hand, walk.folder / "guests.csv"
    rows = (f"LN-{row:05d},{TYPES[row % 3][0]},Guest {row}" for row in range(GUESTS))
    file.write_text("code,type,name\n" + "\n".join(rows) + "\n", "utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    hand.enter("guests")
    hand.click("guestsChoose")
    hand.actions += 1  # the file, in the system's dialog
    hand.until(lambda: hand.find("guestsGo").isEnabled())
    assert str(GUESTS) in re.sub(r"[^0-9]", "", hand.work.guests.note.text())
    hand.picture("guests")
    hand.click("guestsGo")
    taken = words_of("desk.guests.taken")
    hand.until(lambda: taken in hand.work.guests.note.text())
    walk.step(f"{GUESTS:,} guests")


def keep_copies(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose the stick to which the server copies itself."""
    hand = walk.hand
    hand.enter("server")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(walk.stick))
    hand.click("copyFolder")
    hand.actions += 1  # the folder, in the system's dialog
    hand.picture("server")
    walk.step("copies on a stick")


def pair_kiosk(walk: Walk, gate: str) -> None:
    """Show a code to another machine's scanner: it is the gate."""
    hand = walk.hand
    hand.enter("devices")
    page = hand.work.devices
    here = f"{gate} · {TEXTS.say('desk.draft.night', count=1)}"
    hand.until(lambda: plain(page.gate.currentText()) == plain(here))
    hand.click("deviceGo")
    hand.until(lambda: page.line.text().startswith("GKE1 "))
    QApplication.processEvents()
    code = walk.read_code(page._qr)
    hand.picture(f"pairing-{gate}")
    kiosk = walk.start(gate, walk.folder / f"{gate.lower()}-1")
    kiosk.says("pair.title")
    kiosk.scan(code)
    kiosk.until(lambda seen: "supervisorButton" in seen["buttons"])
    hand.until(lambda: plain(page.gate.currentText()) != plain(here))
    walk.step(f"a gate at {gate}")


def open_till(walk: Walk) -> None:
    """Make a cashier's badge, open a till on this laptop, and its drawer."""
    hand = walk.hand
    hand.enter("people")
    hand.fill("personName", "Kim")
    walk.choose("personRole", TEXTS.say("desk.role.cashier"))
    hand.click("personGo")
    hand.until(lambda: "Kim" in {one.name for one in hand.work.people.badges.people})
    QApplication.processEvents()
    hand.picture("cashier")
    walk.keep_badges()
    hand.enter("devices")
    walk.choose("deviceRole", TEXTS.say("desk.role.till"))
    hand.click("deviceHere")
    hand.until(lambda: "till" in walk.machines)
    hand.picture("till-here")
    till = walk.machines["till"]
    till.until(lambda seen: seen["step"] == "who")
    for _ in range(BADGES_MAX):  # a till that has not heard of the cashier yet says so
        till.scan(walk.badges["Kim"])
        seen = till.until(lambda seen: seen["step"] != "who" or _says(seen, "till.badge_unknown"))
        if seen["step"] != "who":
            break
        hand.qtbot.wait(_AGAIN_MS)
    till.until(lambda seen: "option_digit:2" in seen["buttons"])
    for digit in ("2", "00", "00"):
        till.click(f"option_digit:{digit}")
    till.click("option_enter")
    till.until(lambda seen: seen["step"] == "sell")
    walk.step("a till on this laptop, its drawer open")


def rehearse(walk: Walk, kiosk: Machine) -> None:
    """Unlock by badge and PIN, and play the practice queue until the page says ready."""
    kiosk.scan(walk.badges["Sam Okafor"])
    kiosk.until(lambda seen: "option_enter" in seen["buttons"] or "option_1" in seen["buttons"])
    kiosk.type(walk.pin)
    kiosk.click("option_rehearsal")
    for tried in range(REHEARSALS_MAX):
        if tried:
            kiosk.click("option_again")
        kiosk.click("option_start")
        seen = kiosk.until(lambda seen: "option_again" in seen["buttons"])
        if _says(seen, "rehearsal.ready"):
            break
        assert tried < REHEARSALS_MAX - 1, seen
    walk.step(f"a rehearsal at {kiosk.name}")


def look_at_board(walk: Walk) -> None:
    """Wait until nothing is left to do."""
    hand, board = walk.hand, walk.hand.work.doors_ready
    hand.enter("doors_ready")

    def is_green() -> None:
        title = hand.find("boardTitle")
        assert isinstance(title, QLabel)
        # The machine's only disk is no stick, and the board says so.
        ready = TEXTS.say(f"desk.doors_ready.{'green' if walk.has_stick else 'amber'}")
        assert ready in title.text(), board.said

    try:
        hand.until(is_green)
    finally:
        hand.picture("board-green")
    walk.step("a look at the board")

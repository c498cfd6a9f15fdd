"""Real keys through a real X server into the whole window program."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pytest

from tests.factories import programs
from tests.factories.display import Display
from tests.factories.kiosk_program import ASKING, LISTED
from tests.factories.strength import sized
from tests.factories.x_typist import ALT, CONTROL, F1, SUPER, US_PLACES, XTypist

pytestmark = pytest.mark.integration

CODES: Final = [f"{number:020d}"[::-1] + "7" * 60 for number in range(31, 41)]
_SECONDS: Final = 60
LAYOUTS: Final = ("us", "de", "fr")
LAYOUTS_WITH_DEAD_KEYS: Final = ("de", "fr", "tr", "gr", "ch", "ara")
CODES_A_LAYOUT: Final = sized(34, 334)
_AT_ONCE: Final = 10
F4, F8, F9, F10, F11 = F1 + 3, F1 + 7, F1 + 8, F1 + 9, 95


class Program:
    """The window program, and what it says."""

    def __init__(self, display: Display, *options: str) -> None:
        self.display = display
        self._process = programs.start(
            [sys.executable, "-m", "tests.factories.kiosk_program", *options],
            environment=display.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._unread = b""
        self.facts: list[dict[str, str]] = []

    def wait_for(self, **fact: str) -> None:
        """Read until the program says this."""
        while fact not in self.facts:
            self.facts.append(self._read(_SECONDS))

    def ask(self, question: str) -> dict[str, str]:
        """Ask, and return the next answer that is no scan and no state."""
        assert self._process.stdin is not None
        self._process.stdin.write(question.encode() + b"\n")
        self._process.stdin.flush()
        while True:
            fact = self._read(_SECONDS)
            if not {"scan", "state"} & set(fact):
                return fact
            self.facts.append(fact)

    def scans(self) -> list[str]:
        """Return every code that was decided on so far."""
        return [fact["scan"] for fact in self.facts if "scan" in fact]

    def read_all(self, codes: Sequence[str], strike: Callable[[str], object]) -> None:
        """Have codes typed, and see that each is read whole, once and in its turn.

        One is typed again only where the machine let its own keys wait, so that they came further
        apart than any scanner's: nobody could tell them from a person's.
        """
        awaited = list(codes)
        while awaited:
            late, first = int(self.ask("late")["late"]), len(self.facts)
            for code in awaited:
                strike(code + "\r")
            was_late = self._wait_for_last(awaited[-1], late)
            read = [one["scan"] for one in self.facts[first:] if "scan" in one]
            whole = [code for code in read if code in awaited]
            assert whole == [code for code in awaited if code in whole], "in their order"
            if not was_late:
                assert read == awaited
            awaited = [code for code in awaited if code not in whole]

    def _wait_for_last(self, code: str, late: int) -> bool:
        """Wait until a code was read, or its keys came too late; tells whether any did."""
        ends = time.monotonic() + _SECONDS
        while time.monotonic() < ends:
            now = int(self.ask("late")["late"])
            if {"scan": code} in self.facts:
                return now > late
            if now > late:
                self.display.xdotool("sleep", "1")  # what was cut off is settled by then
                self.ask("late")
                return True
            self.display.xdotool("sleep", "0.02")
        message = f"{code} was not read, and its keys came in time"
        raise AssertionError(message)

    def type(self, text: str, delay_ms: int) -> None:
        """Type through the X server; \\r is the Return key."""
        self.display.xdotool("type", "--delay", str(delay_ms), text)

    def wait_end(self) -> int:
        """Wait until the program ends by itself; returns its status."""
        return self._process.wait(_SECONDS)

    def close(self) -> None:
        """End the program."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(60)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()

    def _read(self, seconds: float) -> dict[str, str]:
        assert self._process.stdout is not None
        # Lines of our own making: a stream's buffer would hide one that came with another.
        while b"\n" not in self._unread:
            ready, _, _ = select.select([self._process.stdout], [], [], seconds)
            assert ready, f"the program says nothing more after {self.facts[-3:]}"
            piece = os.read(self._process.stdout.fileno(), 65536)
            assert piece, "the program ended"
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        said: dict[str, str] = json.loads(line)
        return said


@pytest.fixture
def program(display: Display) -> Iterator[Program]:
    program = Program(display)
    program.wait_for(page="open")
    yield program
    program.close()


@pytest.fixture
def locked_program(display: Display) -> Iterator[Program]:
    program = Program(display, "--locked")
    program.wait_for(page="open")
    yield program
    program.close()


@pytest.fixture
def unpaired_program(display: Display) -> Iterator[Program]:
    program = Program(display, "--unpaired")
    program.wait_for(page="started")
    yield program
    program.close()


def test_scans_at_full_speed_arrive_whole_and_in_order(program: Program) -> None:
    """Ten codes of eighty digits, one after the other: none lost, none merged."""
    program.read_all(CODES, lambda text: program.type(text, 1))
    program.wait_for(state="admit")


def test_what_a_short_barcode_types_changes_nothing(program: Program) -> None:
    """L and Enter, two letters, and function keys at a scanner's speed neither scan nor act."""
    for text in ("L\r", "U\r", "ab\r"):
        program.type(text, 1)
    program.display.xdotool("key", "--delay", "1", "F11")
    program.display.xdotool("key", "--delay", "1", "F3")
    assert program.ask("screen") == {"screen": "window"}
    program.read_all(CODES[:1], lambda text: program.type(text, 1))
    assert not {"L", "U", "ab"} & set(program.scans())


def test_a_lists_code_of_three_characters_is_read(program: Program) -> None:
    """Guest lists have codes as short as that, and at a gate's window nothing takes text."""
    program.read_all(["abc"], lambda text: program.type(text, 1))


def test_a_finger_on_f11_takes_the_whole_screen(program: Program) -> None:
    """A key that is held like a finger holds it acts."""
    program.display.xdotool("keydown", "F11", "sleep", "0.15", "keyup", "F11", "sleep", "0.3")
    assert program.ask("screen") == {"screen": "full"}


def test_a_scan_into_a_field_never_stands_there_but_typing_does(
    unpaired_program: Program,
) -> None:
    """On the pairing screen a person types an address while somebody else scans a ticket."""
    program = unpaired_program
    assert program.ask("focus field") == {"focus": "field"}
    program.type("http:", 130)
    program.type("1234567890123456789012\r", 1)
    program.type("host", 130)
    program.display.xdotool("sleep", "0.4")
    assert program.ask("field") == {"field": "http:host"}


@pytest.fixture
def typist(display: Display) -> Iterator[XTypist]:
    typist = XTypist(display.name)
    yield typist
    typist.close()
    display.run("setxkbmap", "us")


def test_a_scanner_is_read_in_any_layout_of_the_computer(
    program: Program, typist: XTypist
) -> None:
    """A hundred codes (in the whole a thousand), as fast as keys go: none lost, none merged."""
    sent = 0
    for layout in LAYOUTS:
        program.display.run("setxkbmap", layout)
        codes = [
            f"{sent + number:07d}"[::-1] + f"{number:013d}"
            for number in range(1, CODES_A_LAYOUT + 1)
        ]
        sent += len(codes)
        for start in range(0, len(codes), _AT_ONCE):
            program.read_all(codes[start : start + _AT_ONCE], typist.type)
    assert len(set(program.scans())) >= sent


def test_codes_with_letters_are_read_in_any_layout_of_the_computer(
    program: Program, typist: XTypist
) -> None:
    """Badges, what pairs a machine, and lists of guests: also where a key is half a letter."""
    prints = f"{'0123456789abcdef' * 2} {'fedcba9876543210' * 2}"
    for layout in LAYOUTS_WITH_DEAD_KEYS:
        program.display.run("setxkbmap", layout)
        badge = f"GKB1-ABCYZ-FGHJK-MN{layout[:2].upper():Z<3}"
        pairing = f"GKE1 https://{layout}.example:8000 7K2M-9Q4T-1X0C-8F3Z {prints}"
        program.read_all((LISTED, badge, pairing), typist.type)
        program.facts.clear()


def test_nothing_that_a_scanner_types_acts_while_a_decision_is_open(
    program: Program, typist: XTypist
) -> None:
    """Enter, Esc, U, Alt+F4 and what else barcodes can say; then a finger decides."""
    program.type(ASKING + "\r", 1)
    program.wait_for(state="refer")
    typist.type("\r")
    typist.type("\x1b")
    for text in ("U\r", "u\r", "L\r", "\x1b\r", "\t\t\r", " \r"):
        typist.type(text)
    for chord in (
        (ALT, F4), (F9,), (F10,), (F8,), (F11,), (ALT, US_PLACES[" "]), (ALT, US_PLACES["\t"]),
        (CONTROL, US_PLACES["q"]), (CONTROL, US_PLACES["w"]), (CONTROL, ALT, US_PLACES["t"]),
        (SUPER,), (SUPER, US_PLACES["d"]), (CONTROL, US_PLACES["v"]),
    ):  # fmt: skip
        typist.chord(*chord)
    program.display.xdotool("sleep", "0.4")
    assert program.ask("decision") == {"decision": "open"}
    assert program.ask("page") == {"page": "GatePage"}
    assert program.ask("screen") == {"screen": "window"}
    assert program.scans() == [ASKING]
    program.display.xdotool("keydown", "F9", "sleep", "0.5", "keyup", "F9")
    program.wait_for(state="admit")


def test_a_window_on_a_desk_closes_when_a_person_asks(program: Program, typist: XTypist) -> None:
    """What the locked kiosk refuses is what closes an ordinary window."""
    shown = program.display.xdotool("search", "--onlyvisible", "--class", "").split()[-1]
    typist.ask_to_close(int(shown))
    assert program.wait_end() == 0


def test_a_locked_kiosk_gives_no_way_out(locked_program: Program, typist: XTypist) -> None:
    """Fingers hold every way to close or leave a window; the window manager asks as well."""
    program = locked_program
    shown = program.display.xdotool("search", "--onlyvisible", "--class", "").split()[-1]
    for keys in ("Escape", "alt+F4", "F11", "ctrl+q", "ctrl+w", "ctrl+alt+BackSpace", "Super_L"):
        program.display.xdotool("keydown", keys, "sleep", "0.1", "keyup", keys, "sleep", "0.1")
    typist.ask_to_close(int(shown))
    program.read_all(["12345678901234567890"], typist.type)
    assert program.ask("screen") == {"screen": "full"}
    assert program.ask("page") == {"page": "GatePage"}

"""Real keys through a real X server into the whole window program."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.factories.display import Display

pytestmark = [pytest.mark.ui, pytest.mark.integration, pytest.mark.xdist_group("display")]

ROOT: Final = Path(__file__).resolve().parents[2]
CODES: Final = [f"{number:020d}"[::-1] + "7" * 60 for number in range(31, 56)]
_SECONDS: Final = 30


class Program:
    """The window program, and what it says."""

    def __init__(self, display: Display, *options: str) -> None:
        self.display = display
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.factories.kiosk_program", *options],
            cwd=ROOT,
            env=display.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.facts: list[dict[str, str]] = []

    def wait_for(self, **fact: str) -> None:
        """Read until the program says this."""
        while fact not in self.facts:
            self.facts.append(self._read(_SECONDS))

    def ask(self, question: str) -> dict[str, str]:
        """Ask, and return the next answer that is no scan and no state."""
        assert self._process.stdin is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        while True:
            fact = self._read(_SECONDS)
            if not {"scan", "state"} & set(fact):
                return fact
            self.facts.append(fact)

    def scans(self) -> list[str]:
        """Return every code that was decided on so far."""
        return [fact["scan"] for fact in self.facts if "scan" in fact]

    def type(self, text: str, delay_ms: int) -> None:
        """Type through the X server; \\r is the Return key."""
        self.display.xdotool("type", "--delay", str(delay_ms), text)

    def close(self) -> None:
        """End the program."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(15)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()

    def _read(self, seconds: float) -> dict[str, str]:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        assert ready, f"the program says nothing more after {self.facts[-3:]}"
        line = self._process.stdout.readline()
        assert line, "the program ended"
        said: dict[str, str] = json.loads(line)
        return said


@pytest.fixture
def program(display: Display) -> Iterator[Program]:
    program = Program(display)
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
    """Twenty-five codes of eighty digits, one after the other: none lost, none merged."""
    for code in CODES:
        program.type(code + "\r", 1)
    program.wait_for(scan=CODES[-1])
    assert program.scans() == CODES
    program.wait_for(state="admit")


def test_what_a_short_barcode_types_changes_nothing(program: Program) -> None:
    """L and Enter, U, and function keys at a scanner's speed neither scan nor act."""
    for text in ("L\r", "U\r", "abc\r"):
        program.type(text, 1)
    program.display.xdotool("key", "--delay", "1", "F11")
    program.display.xdotool("key", "--delay", "1", "F3")
    assert program.ask("screen") == {"screen": "window"}
    program.type(CODES[0] + "\r", 1)
    program.wait_for(scan=CODES[0])
    assert program.scans() == [CODES[0]]


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

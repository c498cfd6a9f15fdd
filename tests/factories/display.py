"""A screen that nobody sees: Xvfb, started for the tests that run the whole window program."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

INSTALL: Final = "sudo apt-get install -y xvfb xdotool x11-xkb-utils"
_READY_SECONDS: Final = 120
_STOP_SECONDS: Final = 60


class DisplayFault(Exception):
    """Xvfb is missing or does not start; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Display:
    """A running X server.

    Attributes:
        name: As in the variable DISPLAY, such as `:7`.
    """

    name: str

    def environment(self) -> dict[str, str]:
        """Return this process's environment, aimed at this screen."""
        kept = {key: value for key, value in os.environ.items() if key != "WAYLAND_DISPLAY"}
        return kept | {"DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb"}

    def xdotool(self, *words: str) -> str:
        """Type, click or ask through the X server, as a person's hands would.

        Raises:
            DisplayFault: with xdotool's own words.
        """
        return self.run("xdotool", *words)

    def run(self, *words: str) -> str:
        """Run a program of the X server's, such as `setxkbmap`.

        Raises:
            DisplayFault: with the program's own words.
        """
        if shutil.which(words[0]) is None:
            raise DisplayFault(f"{words[0]} is not installed. Run: {INSTALL}")
        done = subprocess.run(
            words,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise DisplayFault(f"{' '.join(words)}: {done.stderr or done.stdout}")
        return done.stdout


@contextlib.contextmanager
def run_display(width: int = 1280, height: int = 800) -> Iterator[Display]:
    """Run Xvfb on a free display number; stop it at the end.

    Args:
        width: In pixels.
        height: In pixels.

    Raises:
        DisplayFault: if Xvfb is missing or does not start.
    """
    if shutil.which("Xvfb") is None:
        raise DisplayFault(f"Xvfb is not installed. Run: {INSTALL}")
    reading, writing = os.pipe()
    screen = ["-screen", "0", f"{width}x{height}x24"]
    process = subprocess.Popen(
        # setpriv: it ends with this process, so that an aborted run leaves nothing.
        ["setpriv", "--pdeathsig", "TERM", "Xvfb", "-displayfd", str(writing)]
        + [*screen, "-nolisten", "tcp", "-noreset", "-dpi", "96"],
        pass_fds=[writing],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        yield Display(f":{_read_number(reading)}")
    finally:
        os.close(reading)
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _read_number(reading: int) -> int:
    """Wait until the server says which number it took."""
    said = b""
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([reading], [], [], _READY_SECONDS)
        piece = os.read(reading, 16) if ready else b""
        if not piece:
            raise DisplayFault("Xvfb does not start")
        said += piece
    return int(said)


@pytest.fixture(scope="session")
def display() -> Iterator[Display]:
    """Give this test process's screen; without Xvfb installed the test fails and says how."""
    with run_display() as shown:
        yield shown

"""A watched kiosk as a process: started, typed at, asked, measured, killed."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from tests.factories.display import Display

ROOT: Final = Path(__file__).resolve().parents[2]
_SECONDS: Final = 120.0


class KioskProcess:
    """The program of `tests.factories.watched_kiosk`.

    Args:
        display: Where its window is.
        profile: Its device's folder.
        options: Further words of its command line.

    Attributes:
        started_at: By the machine's monotonic clock.
        answers: Every painted verdict, in order.
    """

    def __init__(self, display: Display, profile: Path, *options: str) -> None:
        self.started_at = time.monotonic()
        self.answers: list[dict[str, Any]] = []
        self._buffer = b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.factories.watched_kiosk"]
            + [f"--profile={profile}", *options],
            cwd=ROOT,
            env=display.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def wait_open(self) -> dict[str, Any]:
        """Wait until it takes scans."""
        return self._wait_for("open")

    def submit(self, code: str) -> None:
        """Hand a code over as a reader that is no keyboard does."""
        self._tell(f"submit {code}")

    def wait_answers(self, count: int) -> dict[str, Any]:
        """Wait until so many verdicts were painted since the start; returns the latest."""
        while len(self.answers) < count:
            self._read()
        return self.answers[-1]

    def ask(self, question: str) -> dict[str, Any]:
        """Ask for `stalls` or `state`."""
        self._tell(question)
        return self._wait_for(question)

    def memory_mb(self) -> float:
        """Return what it alone holds of the machine's memory."""
        rollup = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text("ascii")
        held = [line.split() for line in rollup.splitlines()[1:]]
        return sum(int(words[1]) for words in held if words[0].startswith("Private_")) / 1024

    def open_files(self) -> int:
        """Return how many files, sockets and pipes it has open."""
        return sum(1 for _ in Path(f"/proc/{self._process.pid}/fd").iterdir())

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text("ascii")
        fields = stat.rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._finish()

    def close(self) -> None:
        """End it in order."""
        if self._process.poll() is None:
            self._tell("quit")
        self._finish()

    def _finish(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            self._process.stdin.close()
            self._process.stdout.close()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def _wait_for(self, name: str) -> dict[str, Any]:
        while name not in (fact := self._read()):
            pass
        return fact

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._process.stdout], [], [], _SECONDS)
            assert ready, "the kiosk says nothing more"
            piece = os.read(self._process.stdout.fileno(), 65536)
            assert piece, "the kiosk has ended"
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        fact: dict[str, Any] = json.loads(line)
        if "answer" in fact:
            self.answers.append(fact)
        return fact

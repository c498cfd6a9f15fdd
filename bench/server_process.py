"""Our server, and the bare one beside it, as processes of their own on free ports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.factories.free_ports import free_port

BIN: Final = Path(sys.executable).parent
ADMIN: Final = {"email": "bench@example.org", "password": "seven lamps over the gate"}
"""Who is made by `make_admin`, as they sign in."""
_START_TIMEOUT_S: Final = 60


def make_admin(folder: Path, database: str) -> None:
    """Make a server's first account."""
    words = ["--email", ADMIN["email"], "--name", "Bench", "--database", database]
    subprocess.run(
        [BIN / "gatekeeper-server", "create-admin", *words],
        input=ADMIN["password"] + "\n",
        env={"GATEKEEPER_DATA": str(folder), "PATH": ""},
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


class Served:
    """A running server.

    Attributes:
        port: On 127.0.0.1.
        process: Its first process; workers are its children.
    """

    def __init__(self, port: int, process: subprocess.Popen[str]) -> None:
        self.port = port
        self.process = process

    def tree(self) -> list[int]:
        """Return the ids of the process and of all its descendants."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in children.read_text().split()]
        return found

    def kill(self) -> None:
        """Kill all its processes at once, as a power cut does."""
        for pid in self.tree():
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def memory_mb(self) -> float:
        """Return the summed proportional set size in megabytes."""
        return sum(_pss_kb(pid) for pid in self.tree()) / 1024

    def cpu_seconds(self) -> float:
        """Return the processor time that all its processes have used."""
        ticks = 0
        for pid in self.tree():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def seed(folder: Path, database: str, **options: int | str) -> dict[str, Any]:
    """Make a load event through the real services; returns the exported file's content."""
    export = folder / "seed.json"
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    subprocess.run(
        [BIN / "gatekeeper-server", "seed", "--database", database, "--export", export, *words],
        env=_environment(folder),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    content: dict[str, Any] = json.loads(export.read_text("utf-8"))
    return content


@contextmanager
def serve(folder: Path, database: str, workers: int, port: int = 0) -> Iterator[Served]:
    """Run `gatekeeper-server serve` until the block ends, on a free port or a certain one."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [
                BIN / "gatekeeper-server",
                "serve",
                f"--database={database}",
                f"--port={port}",
                f"--workers={workers}",
            ],
            env=_environment(folder),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        port = int(json.loads(process.stdout.readline())["listening"].rsplit(":", 1)[1])
        yield Served(port, process)
    finally:
        _stop(process)


@contextmanager
def serve_bare(database: str, workers: int) -> Iterator[Served]:
    """Run the bare handler under the same HTTP server."""
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "bench.bare_server",
            str(port),
            str(workers),
        ],
        env=os.environ | {"BARE_DATABASE": database},
        text=True,
    )
    try:
        _wait_until_up(port)
        yield Served(port, process)
    finally:
        _stop(process)


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {"GATEKEEPER_DATA": str(folder)}


def _wait_until_up(port: int) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    message = "the bare handler did not start"
    raise RuntimeError(message)


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _pss_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0

"""Whoever ends the demo ends all of it: no server, no folder is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

GATEKEEPER = Path(sys.executable).with_name("gatekeeper")
pytestmark = pytest.mark.integration


@contextmanager
def playing(folder: Path, *words: str, until: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run the demo with its temporary folder in `folder`, until it has said something."""
    environment = os.environ | {"TMPDIR": str(folder)}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_SESSION_TYPE"):
        environment.pop(name, None)
    if not until:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    with subprocess.Popen(
        [GATEKEEPER, "demo", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as demo:
        assert demo.stderr is not None
        try:
            assert not until or any(until in line for line in demo.stderr)
            yield demo
        finally:
            demo.kill()


def started_in(folder: Path) -> list[int]:
    """Return the processes that were started with this temporary folder and still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            told = entry.read_bytes()
        except OSError:
            continue
        if f"TMPDIR={folder}".encode() in told.split(b"\0"):
            found.append(int(entry.parent.name))
    return found


def wait_until(is_so: Callable[[], bool], seconds: float = 40) -> bool:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        threading.Event().wait(0.1)
    return False


def test_a_demo_that_is_told_to_end_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM while gates are cut off: the server ends, the folder goes, and the shell is told."""
    with playing(tmp_path, "--headless", until="cable is pulled") as demo:
        assert len(started_in(tmp_path)) >= 2, "a server ran"
        demo.send_signal(signal.SIGTERM)
        out, said = demo.communicate(timeout=60)
    assert demo.returncode == 128 + signal.SIGTERM, said
    assert out == ""
    assert "Traceback" not in said
    assert started_in(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_is_killed_takes_its_server_with_it(tmp_path: Path) -> None:
    """Nobody can tidy up after SIGKILL but the server's leash, and it does."""
    with playing(tmp_path, "--headless", until="let people in") as demo:
        assert len(started_in(tmp_path)) >= 2, "a server ran"
        demo.kill()
        demo.wait()
    assert wait_until(lambda: started_in(tmp_path) == [])
    assert list(tmp_path.iterdir()) == []


def test_the_demos_window_that_is_told_to_end_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM while it still builds, by which a desktop ends its programs."""
    with playing(tmp_path) as demo:
        assert wait_until(lambda: any(tmp_path.glob("gatekeeper-demo-*/server/server.log")))
        demo.send_signal(signal.SIGTERM)
        _, said = demo.communicate(timeout=60)
    assert demo.returncode == 128 + signal.SIGTERM, said
    assert "Traceback" not in said
    # What it was just about to start notices by its leash.
    assert wait_until(lambda: started_in(tmp_path) == [])
    assert list(tmp_path.iterdir()) == []

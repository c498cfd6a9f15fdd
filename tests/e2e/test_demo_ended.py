"""Whoever ends the demo ends all of it: no server, no folder is left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.factories import programs
from tests.factories.warm_programs import FORKING

_SET_CHILD_SUBREAPER: Final = 36
"""Of `prctl`: whatever below this process loses its parent becomes its child."""


class Played:
    """A demo that runs, and whatever it has started.

    Args:
        demo: Its process.
        before: The children of this one when nothing had lost its parent yet.
    """

    def __init__(self, demo: subprocess.Popen[str], before: set[int]) -> None:
        self.demo = demo
        self._before = before

    def started(self) -> set[int]:
        """Return the processes below it."""
        found, new = set[int](), {self.demo.pid}
        while new:
            new = {child for one in new for child in children_of(one)} - found
            found |= new
        return found

    def left(self) -> set[int]:
        """Return those that have lost it and still run."""
        orphans = children_of(os.getpid()) - self._before
        return {one for one in orphans if runs(one)}

    def named(self) -> list[str]:
        """Say what those are that are left."""
        return [Path(f"/proc/{one}/cmdline").read_text().replace("\0", " ") for one in self.left()]


@contextmanager
def playing(folder: Path, *words: str, until: str = "") -> Iterator[Played]:
    """Run the demo with its temporary folder in `folder`, until it has said something."""
    environment = os.environ | {"TMPDIR": str(folder)}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_SESSION_TYPE"):
        environment.pop(name, None)
    if not until:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    with programs.start(
        [programs.GATEKEEPER, "demo", *words],
        environment=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        is_text=True,
    ) as demo:
        assert demo.stderr is not None
        played = Played(demo, before=children_of(os.getpid()))
        with adopting():
            try:
                assert not until or any(until in line for line in demo.stderr)
                yield played
            finally:
                demo.kill()


@contextmanager
def adopting() -> Iterator[None]:
    """Be the parent of whatever below loses its own, so that nothing is out of sight."""
    system = ctypes.CDLL(None)
    assert system.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        system.prctl(_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def children_of(process: int) -> set[int]:
    """Return the processes that one has started, or was given; those that have ended as well."""
    found: set[int] = set()
    with contextlib.suppress(OSError):  # it has ended meanwhile
        for task in Path(f"/proc/{process}/task").iterdir():
            found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def runs(child: int) -> bool:
    """Tell whether a child of this process runs; one that has ended is let go.

    What forks a demo's parts ends a moment after it, and is none of them.
    """
    is_forking = Path(f"/proc/{child}/comm").read_text().strip() == FORKING
    return os.waitpid(child, os.WNOHANG) == (0, 0) and not is_forking


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
    with playing(tmp_path, "--headless", until="cable is pulled") as played:
        assert len(played.started()) >= 2, "a server ran"
        played.demo.send_signal(signal.SIGTERM)
        out, said = played.demo.communicate(timeout=60)
        assert played.left() == set()
    assert played.demo.returncode == 128 + signal.SIGTERM, said
    assert out == ""
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_is_killed_takes_its_server_with_it(tmp_path: Path) -> None:
    """Nobody can tidy up after SIGKILL but the server's leash, and it does."""
    with playing(tmp_path, "--headless", until="let people in") as played:
        assert len(played.started()) >= 2, "a server ran"
        played.demo.kill()
        played.demo.wait()
        assert wait_until(lambda: played.left() == set()), played.named()
        assert wait_until(lambda: list(tmp_path.iterdir()) == [])


def test_the_demos_window_that_is_told_to_end_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM while it still builds, by which a desktop ends its programs."""
    with playing(tmp_path) as played:
        assert wait_until(lambda: any(tmp_path.glob("gatekeeper-demo-*/server/server.log")))
        played.demo.send_signal(signal.SIGTERM)
        _, said = played.demo.communicate(timeout=60)
        # What it was just about to start notices by its leash.
        assert wait_until(lambda: played.left() == set()), played.named()
    assert played.demo.returncode == 128 + signal.SIGTERM, said
    assert "Traceback" not in said

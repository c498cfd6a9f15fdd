"""A worker that hangs is ended and replaced: it keeps its socket, and whoever the system sends
there gets no answer.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.factories import programs
from tests.factories.free_ports import free_port
from tests.factories.waiting import until
from tests.factories.warm_programs import parts_of
from tests.integration.server.commands.test_commands import done, environment

pytestmark = pytest.mark.slow

SILENT_MAX_S = 3
EACH_ANEW = httpx.Limits(max_keepalive_connections=0)
"""One connection for each request."""
IMPATIENT = "tests.factories.impatient_server"


class Serving:
    """The main process of two workers, and its log."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, url: str) -> None:
        self.process, self._log, self._url = process, log, url

    @property
    def log(self) -> str:
        """Return what it has said."""
        return self._log.read_text()

    def workers(self) -> list[int]:
        """Return the workers' ids."""
        return parts_of(self.process.pid)

    def answers(self, times: int) -> bool:
        """Tell whether so many new connections are all answered: the system spreads them."""
        live = f"{self._url}/health/live"
        try:
            with httpx.Client(timeout=1, verify=False, limits=EACH_ANEW) as client:
                return all(client.get(live).status_code == 200 for _ in range(times))
        except httpx.TransportError:
            return False


@contextmanager
def serving(folder: Path, log: Path | None = None) -> Iterator[Serving]:
    """Serve from SQLite by two workers that are given little time to be silent."""
    done(folder, "init")
    port = free_port()
    more = {"GATEKEEPER_WORKERS": "2", "GATEKEEPER_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    words = [sys.executable, "-m", IMPATIENT, "--port", str(port)]
    words += ["--silent-max", str(SILENT_MAX_S)]
    log = folder / "log" if log is None else log
    with log.open("wb") as said:
        process = programs.start(words, environment=environment(folder) | more, stderr=said)
    made = Serving(process, log, f"http://127.0.0.1:{port}")
    try:
        until(lambda: made.answers(20))
        yield made
    finally:
        process.terminate()
        process.wait(60)
    assert process.returncode == 0


def test_a_worker_that_hangs_is_replaced_and_a_halted_server_that_goes_on_loses_none(
    tmp_path: Path,
) -> None:
    """Halted as when a machine sleeps: each had no time to say anything.

    Where one hangs, the other one goes on; the log names who was ended, and why.
    """
    with serving(tmp_path) as served:
        lose_none_by_a_halt(served)
        hung, sound = served.workers()
        os.kill(hung, signal.SIGSTOP)
        assert not served.answers(40)
        until(lambda: f"a worker ({hung}) has given no sign of life for 3 s" in served.log)
        until(lambda: served.answers(40))
        assert sound in served.workers()
        assert hung not in served.workers()


def lose_none_by_a_halt(served: Serving) -> None:
    """Halt the whole server for longer than a worker may be silent, and let it go on."""
    before = served.workers()
    for process in (served.process.pid, *before):
        os.kill(process, signal.SIGSTOP)
    assert not served.answers(1)
    with pytest.raises(subprocess.TimeoutExpired):
        served.process.wait(1.5 * SILENT_MAX_S)
    for process in (served.process.pid, *before):
        os.kill(process, signal.SIGCONT)
    until(lambda: served.answers(20))
    assert served.workers() == before
    assert "sign of life" not in served.log


def test_a_dead_worker_is_replaced_though_the_log_is_on_a_full_disk(tmp_path: Path) -> None:
    """What cannot be said is not said; the server does not end for it."""
    with serving(tmp_path, Path("/dev/full")) as served:
        dead = served.workers()[0]
        os.kill(dead, signal.SIGKILL)
        until(lambda: dead not in served.workers() and len(served.workers()) == 2)
        until(lambda: served.answers(20))

"""The server's main process is killed: nothing of it serves on, and it starts again at once."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.factories.server_process import environment_of
from tests.factories.waiting import until
from tests.factories.warm_programs import parts_of

pytestmark = pytest.mark.slow

WAIT_SECONDS = 60
WORKERS = 2


@contextmanager
def serving(environment: dict[str, str], port: int) -> Iterator[tuple[int, str, list[int]]]:
    """Serve with two workers; gives the main process, the address and the workers.

    The address is printed as soon as the first of them answers; the other may not be there yet.
    """
    words = ["serve", "--port", str(port), "--workers", str(WORKERS)]
    workers: list[int] = []
    with subprocess.Popen(
        [sys.executable, "-m", "server.cli", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["listening"]
            until(lambda: len(parts_of(process.pid)) == WORKERS, seconds=WAIT_SECONDS)
            workers += parts_of(process.pid)
            yield process.pid, url, workers
        finally:
            process.kill()
            for worker in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)


def is_listening(port: int) -> bool:
    """Whether anybody answers at a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_killed_server_leaves_no_worker_and_starts_again_at_once(tmp_path: Path) -> None:
    """SIGKILL to the main process ends its workers; the same port and file are served again."""
    environment = environment_of(tmp_path / "data")
    with serving(environment, 0) as (main, url, workers):
        port = int(url.rpartition(":")[2])
        os.kill(main, signal.SIGKILL)
        until(lambda: not is_listening(port), seconds=WAIT_SECONDS)
        with (
            serving(environment, port) as (_, again, fresh),
            urllib.request.urlopen(f"{again}/health/live", timeout=WAIT_SECONDS) as answer,
        ):
            assert answer.status == 200
            assert not set(fresh) & set(workers)


def test_disk_that_fills_up_ends_no_worker_that_counts_its_answers(tmp_path: Path) -> None:
    """What a worker writes into its memory is on the disk: a hole there is filled or kills."""
    environment = environment_of(tmp_path / "data")
    with serving(environment, 0) as (_, url, workers):
        with urllib.request.urlopen(f"{url}/health/live", timeout=WAIT_SECONDS) as answer:
            assert answer.status == 200
        mapped = [
            Path(words[-1])
            for worker in workers
            for words in map(str.split, Path(f"/proc/{worker}/maps").read_text().splitlines())
            if str(tmp_path) in words[-1] and " ".join(words).find("rw-s") >= 0
        ]
        kept = [file.stat() for file in mapped if file.suffix == ".db"]
        assert kept
        assert all(file.st_blocks * 512 >= file.st_size for file in kept)

"""A worker's numbers lie on the disk before they are mapped, or nowhere on it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, values

from server.app import ROUTERS
from server.http.metrics import RESERVED, SHARED_FOLDER, make_numbers, reserve_numbers

WORKER = 4711
STATUSES = (200, 201, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
"""What a route may answer; none answers all."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that workers share, as `serve` sets it."""
    monkeypatch.setenv(SHARED_FOLDER, str(tmp_path))
    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue(lambda: WORKER))  # type: ignore[no-untyped-call]  # untyped library
    return tmp_path


@contextmanager
def no_room() -> Iterator[None]:
    """Let no file grow beyond a few kilobytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_all_series_of_all_routes_fit_into_what_is_reserved(folder: Path) -> None:
    """A file that must grow has a hole again, and a full disk cannot fill it."""
    assert reserve_numbers(folder, WORKER)
    requests, seconds = make_numbers(CollectorRegistry())
    routes = {
        (method, one.path) for router in ROUTERS for one in router.routes for method in one.methods
    }
    for method, path in routes:
        seconds.labels(method, path).observe(0.01)
        for status in STATUSES:
            requests.labels(method, path, str(status)).inc()
    assert len(routes) > 80
    sizes = {kind: (folder / f"{kind}_{WORKER}.db").stat() for kind in RESERVED}
    assert {kind: found.st_size for kind, found in sizes.items()} == RESERVED
    assert all(found.st_blocks * 512 >= found.st_size for found in sizes.values())


def test_worker_that_finds_no_room_counts_in_its_own_memory(folder: Path) -> None:
    """Nothing of it is mapped, nothing is left behind, and it counts on."""
    with no_room():
        assert not reserve_numbers(folder, WORKER)
    assert list(folder.iterdir()) == []
    assert SHARED_FOLDER not in os.environ
    requests, _ = make_numbers(CollectorRegistry())
    requests.labels("GET", "/health/live", "200").inc()
    assert list(folder.iterdir()) == []


def test_numbers_of_an_earlier_worker_of_the_same_number_are_kept(folder: Path) -> None:
    """The system gives process numbers again; what was counted under one goes on."""
    assert reserve_numbers(folder, WORKER)
    file = folder / f"counter_{WORKER}.db"
    file.write_bytes(b"counted")
    assert reserve_numbers(folder, WORKER)
    assert file.read_bytes() == b"counted"


FORKING = """
import os
from prometheus_client import CollectorRegistry
from server.http.metrics import make_numbers
requests, seconds = make_numbers(CollectorRegistry())
counted = requests.labels("GET", "/", "200")
counted.inc()
child = os.fork()
if child == 0:
    counted.inc()
    os._exit(0)
os.waitpid(child, 0)
print(os.getpid(), child, counted._value.get())
"""


def test_a_process_that_was_forked_counts_under_its_own_number(tmp_path: Path) -> None:
    """Though nobody asks the system for it at each count."""
    said = subprocess.run(
        [sys.executable, "-c", FORKING],
        env=os.environ | {SHARED_FOLDER: str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    parent, child, counted = said.split()
    assert float(counted) == 1
    for process in (parent, child):
        assert (tmp_path / f"counter_{process}.db").exists()

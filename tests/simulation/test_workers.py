"""Processes that run worlds: what the person who waits is told when one of them is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.factories import programs
from tests.factories.strength import sized

JOBS = sized("1", "2")
MANY = ["--seed", "a", "--hours", "0.01", "--planted", "all", "--jobs", JOBS]
"""A short world, and so many others behind it that none of these tests sees the last."""

ENDS_AS_IT_BEGINS = "tests.factories.ending_worlds"
"""A campaign whose processes do."""


@contextmanager
def campaign() -> Iterator[subprocess.Popen[str]]:
    """Run one, as from a terminal, whose first world is done."""
    with programs.start(
        [sys.executable, "-m", "simulator", *MANY],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        is_text=True,
        leads_session=True,
    ) as process:
        assert process.stderr is not None
        try:
            assert "clean" in process.stderr.readline()
            yield process
        finally:
            process.kill()


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """Name the processes that run worlds."""
    threads = Path(f"/proc/{process.pid}/task").glob("*/children")
    children = [int(child) for one in threads for child in one.read_text().split()]
    return [
        child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def test_a_killed_process_is_named_and_nobody_waits_for_it() -> None:
    """Where memory runs out the system kills one; a world that is missing is no clean world."""
    with campaign() as process:
        for one in workers_of(process):
            os.kill(one, signal.SIGKILL)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, "")
    assert "killed" in said.splitlines()[-1]
    assert "--jobs 1" in said.splitlines()[-1]


def test_a_process_that_ends_as_it_begins_is_named() -> None:
    """What it is given it never takes: whoever gives it must not wait for that."""
    with programs.start(
        [sys.executable, "-m", ENDS_AS_IT_BEGINS, *MANY],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        is_text=True,
    ) as process:
        try:
            out, said = process.communicate(timeout=60)
        finally:
            for one in workers_of(process):
                os.kill(one, signal.SIGKILL)
            process.kill()
    assert (process.returncode, out) == (3, "")
    assert "ended of itself" in said.splitlines()[-1]


def test_an_interrupt_ends_a_campaign_without_a_word() -> None:
    """Ctrl-C reaches all its processes; nobody reads the traceback of each."""
    with campaign() as process:
        os.killpg(process.pid, signal.SIGINT)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert all(line.startswith(("seed a: ", "of all seeds: ")) for line in said.splitlines())

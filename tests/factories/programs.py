"""Starts `gatekeeper` and `gatekeeper-server` as processes of their own, warm or cold.

Cold is what an operator does: an interpreter starts and loads a thousand modules, which takes four
fifths of the processor's time where a test starts many programs. Warm, the program is forked from
a process that has loaded them (`tests.factories.warm_start`), once for each test process. `make
soak` starts every program cold; in `make test` those are cold whose start a test is about.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from execnet.gateway_io import popen_bootstrapline

from tests.factories.warm_programs import (
    DONE,
    TESTING,
    Orders,
    WarmPart,
    WarmProgram,
    hear_interrupts,
    take_terminal,
)

GATEKEEPER: Final = Path(sys.executable).with_name("gatekeeper")
SERVER: Final = Path(sys.executable).with_name("gatekeeper-server")

_MODULES: Final = {GATEKEEPER: "gatekeeper.__main__", SERVER: "server.cli"}
_ROOT: Final = Path(__file__).parents[2]
_LOADING_SECONDS: Final = 240

Words = Sequence[str | Path]


class Choice:
    """How programs are started; cold wherever no run of tests has said otherwise."""

    is_warm = False


@functools.cache
def starter() -> Orders:
    """Return what forks programs for this process; it has loaded them.

    A process that was forked itself has one from its beginning.
    """
    if "orders" in vars(WarmPart):
        return WarmPart.orders()
    mine, others = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with others:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.factories.warm_start", str(others.fileno())],
            cwd=_ROOT,
            pass_fds=[others.fileno()],
            stdin=subprocess.DEVNULL,
        )
    mine.settimeout(_LOADING_SECONDS)
    assert mine.recv(1) == DONE, "programs could not be loaded"

    @atexit.register
    def close() -> None:
        mine.close()
        process.wait()

    return Orders(mine)


class WarmTool(WarmProgram):
    """One of the programs that are installed, forked."""

    orders = starter

    def find_module(self, words: Sequence[str]) -> str | None:
        """Find the module that it runs: an installed program's, or one that stands in for it.

        A test's own lines (`-c`) are none.
        """
        return words[2] if words[1] == "-m" else _MODULES.get(Path(words[0]))


class TestedPart(WarmPart):
    """What the product itself starts in a test's process, forked if that is how this run does."""

    orders = starter

    def find_module(self, words: Sequence[str]) -> str | None:
        """Find a module of this product's, or what a process of a shared run begins with."""
        if not Choice.is_warm:
            return None
        return TESTING if words[-1] == popen_bootstrapline else super().find_module(words)


@contextlib.contextmanager
def cold() -> Iterator[None]:
    """Let the product start what it starts as it does on an operator's machine."""
    before, Choice.is_warm = Choice.is_warm, False
    try:
        yield
    finally:
        Choice.is_warm = before


@contextlib.contextmanager
def warm_tools() -> Iterator[None]:
    """Let whoever starts the installed programs by themselves have them forked, in this run."""
    before: Any = subprocess.Popen
    if Choice.is_warm:
        subprocess.Popen = WarmTool  # type: ignore[misc] # it is one
    try:
        yield
    finally:
        subprocess.Popen = before  # type: ignore[misc] # as it was


def start(
    words: Words,
    *,
    environment: Mapping[str, str] | None = None,
    stdin: int | IO[Any] | None = None,
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
    is_text: bool = False,
    is_buffered: bool = True,
    takes_terminal: bool = False,
    leads_session: bool = False,
    is_cold: bool = False,
) -> subprocess.Popen[Any]:
    """Start a program.

    Args:
        words: `GATEKEEPER` or `SERVER`, and what it is called with; or this interpreter, `-m` and
            a module that runs one of them.
        environment: All of it; this process's by default.
        stdin: As `subprocess.Popen` takes it; the same for the other two.
        stdout: See there.
        stderr: See there.
        is_text: Whether its lines are text here.
        is_buffered: Whether more of them may be read than was asked for.
        takes_terminal: Whether `stdin` is a terminal, which becomes the program's own.
        leads_session: Whether it has a session of its own, and hears of an interrupt as there.
        is_cold: Whether this one is to load all that it needs by itself in any case.
    """
    is_warm = Choice.is_warm and not is_cold
    kind = WarmTool if is_warm else subprocess.Popen
    prepare = take_terminal if takes_terminal else None
    if leads_session and not is_warm:
        prepare = hear_interrupts
    return kind(
        [*words],
        bufsize=-1 if is_buffered else 0,
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        text=is_text,
        preexec_fn=prepare,
        start_new_session=leads_session,
    )


def run(
    words: Words,
    *,
    feed: str | bytes = b"",
    environment: Mapping[str, str] | None = None,
    seconds: float,
    stderr: int | IO[Any] = subprocess.PIPE,
    is_text: bool = False,
    is_cold: bool = False,
) -> subprocess.CompletedProcess[Any]:
    """Run a program to its end.

    Raises:
        subprocess.TimeoutExpired: if it has not ended in time; it was killed.
    """
    with start(
        words,
        environment=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        is_text=is_text,
        is_cold=is_cold,
    ) as program:
        try:
            said, told = program.communicate(feed, timeout=seconds)
        except BaseException:
            program.kill()
            raise
        return subprocess.CompletedProcess(program.args, program.returncode, said, told)

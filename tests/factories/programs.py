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
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from tests.factories.warm_start import MESSAGE_BYTES, Order

GATEKEEPER: Final = Path(sys.executable).with_name("gatekeeper")
SERVER: Final = Path(sys.executable).with_name("gatekeeper-server")

_MODULES: Final = {GATEKEEPER: "gatekeeper.__main__", SERVER: "server.cli"}
_ROOT: Final = Path(__file__).parents[2]
_LOADING_SECONDS: Final = 240

Words = Sequence[str | Path]


class Choice:
    """How programs are started; cold wherever no run of tests has said otherwise."""

    is_warm = False


class Starter:
    """Has programs forked; one for each test process."""

    def __init__(self) -> None:
        self._mine, others = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._turn = threading.Lock()
        with others:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.factories.warm_start", str(others.fileno())],
                cwd=_ROOT,
                pass_fds=[others.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._mine.settimeout(_LOADING_SECONDS)
        assert self._mine.recv(1) == b"r", "programs could not be loaded"
        atexit.register(self.close)

    def start(self, order: Order, files: Sequence[int]) -> int:
        """Start a program with these files, and return its process's number."""
        message = msgspec.msgpack.encode(order)
        assert len(message) < MESSAGE_BYTES
        with self._turn:
            socket.send_fds(self._mine, [message], files)
            return int.from_bytes(self._mine.recv(4))

    def close(self) -> None:
        """Let it end; programs that still run go on."""
        self._mine.close()
        self._process.wait()


@functools.cache
def starter() -> Starter:
    """Return this process's."""
    return Starter()


class WarmProgram(subprocess.Popen[Any]):
    """A program that was forked; otherwise as `subprocess.Popen`."""

    _end: int = -1
    _close_pipe_fds: Callable[..., None]
    _handle_exitstatus: Callable[[int], None]
    _waitpid_lock: threading.Lock

    def _execute_child(self, args: Any, *rest: Any) -> None:
        _, _, _, pass_fds, folder, environment, _, _, _, *pipes = rest
        program, *words = [os.fsdecode(word) for word in args]
        standard = (pipes[0], pipes[3], pipes[5])
        files = [file if file >= 0 else number for number, file in enumerate(standard)]
        self._end, told = os.pipe()
        order = Order(
            module=_MODULES[Path(program)],
            words=[program, *words],
            environment=dict(os.environ if environment is None else environment),
            folder=os.fsdecode(folder or Path.cwd()),
            numbers=[0, 1, 2, *pass_fds],
        )
        try:
            self.pid = starter().start(order, [*files, *pass_fds, told])
        finally:
            os.close(told)
        self._child_created = True
        self._close_pipe_fds(*pipes[:6])

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._wait(0)
        code: int | None = self.returncode
        return code

    def _wait(self, timeout: float | None) -> int:
        with self._waitpid_lock:
            if self.returncode is None:
                if not select.select([self._end], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
                status = os.read(self._end, 4)
                os.close(self._end)
                self._handle_exitstatus(int.from_bytes(status))
        return self.returncode


def start(
    words: Words,
    *,
    environment: Mapping[str, str] | None = None,
    stdin: int | IO[Any] | None = None,
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
    is_text: bool = False,
    is_buffered: bool = True,
    is_cold: bool = False,
) -> subprocess.Popen[Any]:
    """Start a program.

    Args:
        words: `GATEKEEPER` or `SERVER`, and what it is called with.
        environment: All of it; this process's by default.
        stdin: As `subprocess.Popen` takes it; the same for the other two.
        stdout: See there.
        stderr: See there.
        is_text: Whether its lines are text here.
        is_buffered: Whether more of them may be read than was asked for.
        is_cold: Whether this one is to load all that it needs by itself in any case.
    """
    kind = WarmProgram if Choice.is_warm and not is_cold else subprocess.Popen
    return kind(
        [*words],
        bufsize=-1 if is_buffered else 0,
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        text=is_text,
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

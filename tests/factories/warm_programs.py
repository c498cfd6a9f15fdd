"""Has programs forked from a process that has loaded them, and is their parent all the same.

`tests.factories.warm_start` is that process. What it forks becomes a child of the process that
ordered it, so that it is waited for, asked and ended as any program is.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

MESSAGE_BYTES: Final = 1 << 20
FILES_MAX: Final = 32
DONE: Final = b"d"

STARTING: Final = ("gatekeeper.demo.leash", "server.cli")
"""Modules that this product's own code runs by `python -m`, and that start more of it."""

SERVING: Final = "server.serving"
"""A server's worker, which the server starts in the same way."""

TESTING: Final = "tests.factories.execnet_process"
"""One of several processes that share a run's tests; it starts programs too."""

FORKING: Final = "forking"
"""The name of a process that forks a program's parts; it is none of them."""

_SET_CHILD_SUBREAPER: Final = 36
"""Of `prctl`: who wants to be the parent of whatever below it loses its own."""

_LEADS_SESSION: Final = 11
"""Where `subprocess.Popen` passes on `start_new_session`, after the first of its pipes."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A program to start; its files come with it.

    Attributes:
        module: Which is run as `__main__`.
        words: What `sys.argv` holds.
        environment: All of it.
        folder: In which it works.
        numbers: The numbers that its files get.
        leads_session: Whether it has a session of its own.
        takes_terminal: Whether the terminal that it reads from becomes its own.
    """

    module: str
    words: list[str]
    environment: dict[str, str]
    folder: str
    numbers: list[int]
    leads_session: bool
    takes_terminal: bool


class Orders:
    """The way to a process that forks programs.

    Args:
        way: The socket on which it takes orders; it ends when this is closed.
    """

    def __init__(self, way: socket.socket) -> None:
        self.way = way
        self._turn = threading.Lock()

    def start(self, order: Order, files: Sequence[int]) -> int:
        """Start a program with these files, a child of this process; returns its number."""
        message = msgspec.msgpack.encode(order)
        assert len(message) < MESSAGE_BYTES
        with self._turn, _adopting():
            socket.send_fds(self.way, [message], files)
            number = int.from_bytes(self.way.recv(4))
            assert self.way.recv(1) == DONE
        return number


@contextlib.contextmanager
def _adopting() -> Iterator[None]:
    system = ctypes.CDLL(None)
    assert system.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        system.prctl(_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


class WarmProgram(subprocess.Popen[Any]):
    """A program that is forked, where it can be; otherwise as `subprocess.Popen`."""

    orders: ClassVar[Callable[[], Orders]]
    """Gives the way to what forks it."""

    _close_pipe_fds: Callable[..., None]

    def _execute_child(self, args: Any, *rest: Any) -> None:
        words = [] if isinstance(args, str | bytes) else [os.fsdecode(word) for word in args]
        module = self.find_module(words)
        _, prepare, _, pass_fds, folder, environment, _, _, _, *pipes = rest
        if module is None or prepare not in (None, take_terminal):
            super()._execute_child(args, *rest)  # type: ignore[misc] # the library's own
            return
        standard = (pipes[0], pipes[3], pipes[5])
        files = [file if file >= 0 else number for number, file in enumerate(standard)]
        order = Order(
            module=module,
            words=words[2:] if words[1:2] == ["-m"] else words,
            environment=dict(os.environ if environment is None else environment),
            folder=os.fsdecode(folder or Path.cwd()),
            numbers=[0, 1, 2, *pass_fds],
            leads_session=bool(pipes[_LEADS_SESSION]),
            takes_terminal=prepare is take_terminal,
        )
        self.pid = type(self).orders().start(order, [*files, *pass_fds])
        self._child_created = True
        self._close_pipe_fds(*pipes[:6])

    def find_module(self, words: Sequence[str]) -> str | None:
        """Return the module that is started; None if it cannot be forked."""
        raise NotImplementedError


class WarmPart(WarmProgram):
    """What this product's own code starts of it by `python -m`.

    It takes the place of `subprocess.Popen` in a process.
    """

    def find_module(self, words: Sequence[str]) -> str | None:
        """Find a module of this product's."""
        is_module = list(words[:2]) == [sys.executable, "-m"]
        if not (is_module and words[2] in (*STARTING, SERVING)):
            return None
        return words[2]


def hear_interrupts() -> None:
    """Let Ctrl-C be heard, also where a shell in whose background the tests run has said no."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def take_terminal() -> None:
    """Make the terminal this process's own, so that Ctrl-C there is a signal to it.

    A shell that started the tests in the background has told them to ignore that signal; a
    person's does not.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def parts_of(program: int) -> list[int]:
    """Return the ids of the processes that a program has started, the latest last."""
    children = Path(f"/proc/{program}/task/{program}/children").read_text().split()
    found = []
    for child in children:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it may end just now
            if Path(f"/proc/{child}/comm").read_text().strip() != FORKING:
                found.append(int(child))
    return found

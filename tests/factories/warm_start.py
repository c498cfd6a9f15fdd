"""The process from which tests' programs are forked: it has loaded what they consist of.

`python -m tests.factories.warm_start FD` takes orders on a socket: each names a program, its
words, its environment and its folder, and brings the files that it reads and writes. The program
is a fork of this process that runs the same `main` as the one that is installed: its process, its
files, its signals and its end are its own; what it does not do again is to compile and load a
thousand modules. It is told to this process's client by `tests.factories.programs`.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from command_line.program import start_quickly

GATE_VERBS: Final = ("enrol", "journal", "lane", "sync", "tag", "till")
SERVER_VERBS: Final = ("create_admin", "epoch", "migrate", "seed", "serve", "supervisors")
LIBRARIES: Final = (
    "aiosqlite",
    "argon2",
    "asyncpg",
    "ifaddr",
    "jwt",
    "litestar",
    "uvicorn.server",
)
"""What programs load when they run is loaded before they are asked for."""

NOT_LOADED: Final = (
    "server.app",
    "server.cli",
    "server.commands",
    "server.health.routes",
    "server.http.metrics",
    "server.serving.__main__",
    "server.serving.worker",
)
"""These bring the library that counts requests; loaded, it looks at the environment."""

MESSAGE_BYTES: Final = 1 << 20
FILES_MAX: Final = 32


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A program to start; its files come with it.

    Attributes:
        module: Which is run as `__main__`.
        words: What `sys.argv` holds.
        environment: All of it.
        folder: In which it works.
        numbers: The numbers that its files get. One file more comes with them, the last: it is
            told how the program ended, as `os.waitpid` says it.
    """

    module: str
    words: list[str]
    environment: dict[str, str]
    folder: str
    numbers: list[int]


def load() -> None:
    """Load what programs consist of."""
    start_quickly()
    import server

    for found in pkgutil.walk_packages(server.__path__, "server."):
        if not found.name.startswith((*NOT_LOADED, "server.db.migrations")):
            importlib.import_module(found.name)
    for name in LIBRARIES:
        importlib.import_module(name)
    for verb in SERVER_VERBS:
        importlib.import_module(f"server.commands.{verb}")
    for verb in GATE_VERBS:
        importlib.import_module(f"gatekeeper.commands.{verb}")
    assert "prometheus_client" not in sys.modules
    gc.collect()
    gc.freeze()


def await_order(orders: socket.socket) -> Order | None:
    """Start programs until there are no more orders; returns in each program, with its order."""
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(wakes)
    ends: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([orders.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 1 << 10)
            _tell_ends(ends)
        if orders.fileno() not in ready:
            continue
        message, files, _, _ = socket.recv_fds(orders, MESSAGE_BYTES, FILES_MAX)
        if not message:
            return None
        order = msgspec.msgpack.decode(message, type=Order)
        process = os.fork()
        if process == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for file in (orders.detach(), woken, wakes, files.pop(), *ends.values()):
                os.close(file)
            _take_files(dict(zip(order.numbers, files, strict=True)))
            return order
        ends[process] = files.pop()
        for file in files:
            os.close(file)
        orders.send(process.to_bytes(4))


def _tell_ends(ends: dict[int, int]) -> None:
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if process == 0:
            return
        file = ends.pop(process)
        with contextlib.suppress(BrokenPipeError):  # nobody wants to know
            os.write(file, status.to_bytes(4))
        os.close(file)


def _take_files(files: Mapping[int, int]) -> None:
    """Give this process's files the numbers that they are to have, and keep no others of them."""
    above = 1 + max(FILES_MAX, *files)
    moved = {number: _moved(file, above) for number, file in files.items()}
    for number, file in moved.items():
        os.dup2(file, number, inheritable=True)
        os.close(file)


def _moved(file: int, above: int) -> int:
    found: int = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, above)
    os.close(file)
    return found


def become(order: Order) -> None:
    """Be the program; this process ends as it does."""
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.folder)
    _open_streams()
    sys.argv = order.words
    if order.module == "server.cli":
        subprocess.Popen = ForkedPopen  # type: ignore[misc] # its workers are such programs too
    runpy.run_module(order.module, run_name="__main__", alter_sys=True)


def _open_streams() -> None:
    before = sys.stdin
    way: Any = {"encoding": "utf-8", "closefd": False}
    sys.stdin = open(0, errors=before.errors, **way)  # noqa: SIM115 - open to the end
    sys.stdout = open(1, "w", errors=before.errors, **way)  # noqa: SIM115 - the same
    sys.stderr = open(2, "w", errors="backslashreplace", buffering=1, **way)  # noqa: SIM115 - the same


class ForkedPopen(subprocess.Popen[Any]):
    """What a server starts of itself: its migration and its workers, forked from it.

    It takes the place of `subprocess.Popen` in a server's process, for `python -m MODULE`.
    """

    _close_pipe_fds: Callable[..., None]

    def _execute_child(self, args: Any, *rest: Any) -> None:
        words = [os.fsdecode(word) for word in args]
        if words[:2] != [sys.executable, "-m"]:
            super()._execute_child(args, *rest)  # type: ignore[misc] # of the library's own
            return
        _, _, _, pass_fds, folder, environment, _, _, _, *pipes = rest
        streams = [
            file if file >= 0 else number
            for number, file in enumerate((pipes[0], pipes[3], pipes[5]))
        ]
        self.pid = os.fork()
        if self.pid:
            self._child_created = True
            self._close_pipe_fds(*pipes[:6])
            return
        status = 1
        try:
            _forget_parent()
            files = {number: os.dup(file) for number, file in enumerate(streams)}
            _take_files(files | {number: os.dup(number) for number in pass_fds})
            _close_others({0, 1, 2, *pass_fds})
            order = Order(
                module=words[2],
                words=words[2:],
                environment=dict(os.environ if environment is None else environment),
                folder=folder or os.getcwd(),  # noqa: PTH109 - as it stands, missing or not
                numbers=[],
            )
            status = _status_of(order)
        finally:
            # What is in memory of the parent's must close nothing: its numbers are others' now.
            os._exit(status)


def _forget_parent() -> None:
    """Be as a program that has just begun: no handler and no end of the parent's."""
    atexit._clear()
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _close_others(kept: set[int]) -> None:
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names that are numbers
        if int(name) not in kept:
            with contextlib.suppress(OSError):  # the listing itself had one
                os.close(int(name))


def _status_of(order: Order) -> int:
    """Run a program to its end, with what an interpreter does then."""
    try:
        become(order)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as an interpreter does
        traceback.print_exc()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined] # waits for threads, as an interpreter does
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def main() -> None:
    """Take orders until the client is gone."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    load()
    orders.send(b"r")
    order = await_order(orders)
    if order is not None:
        become(order)


if __name__ == "__main__":
    main()

"""The process from which tests' programs are forked: it has loaded what they consist of.

`python -m tests.factories.warm_start FD` takes orders on a socket: each names a program, its
words, its environment and its folder, and brings the files that it reads and writes. The program
is a fork of this process that runs the same `main` as the one that is installed: its process, its
files, its signals and its end are its own; what it does not do again is to compile and load a
thousand modules. Who orders is `tests.factories.warm_programs`.
"""

from __future__ import annotations

import asyncio
import atexit
import fcntl
import functools
import gc
import importlib
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec
from prometheus_client import values
from sqlalchemy.orm import configure_mappers

from command_line.clock_and_randomness import SystemClock
from command_line.program import start_quickly
from server.host_machine import end_with_parent
from server.http import metrics
from server.start_up.migrating import migrate
from tests.factories.frameworks import begin_with_built
from tests.factories.ledger_office import open_ledger_office
from tests.factories.migrated_files import begin_with_copies, beginning_with_copies
from tests.factories.office import test_settings
from tests.factories.quick import hash_passwords_quickly, hash_quickly
from tests.factories.running_server import PASSWORD
from tests.factories.statements import begin_with_kept
from tests.factories.warm_programs import (
    DONE,
    FILES_MAX,
    FORKING,
    MESSAGE_BYTES,
    STARTING,
    TESTING,
    Order,
    Orders,
    WarmPart,
    take_terminal,
)

GATE_VERBS: Final = ("demo", "enrol", "journal", "lane", "sync", "tag", "till")
SERVER_VERBS: Final = (
    "copy",
    "create_admin",
    "epoch",
    "migrate",
    "reset_password",
    "seed",
    "serve",
    "supervisors",
    "take_over",
)
LIBRARIES: Final = (
    "aiosqlite",
    "anyio._backends._asyncio",
    "argon2",
    "asyncpg",
    "encodings.ascii",
    "encodings.idna",
    "httpcore",
    "ifaddr",
    "jwt",
    "litestar",
    "uvicorn.lifespan.on",
    "uvicorn.loops.asyncio",
    "uvicorn.server",
)
"""What programs load when they run is loaded before they are asked for."""

NOT_LOADED: Final = (
    "server.cli",
    "server.commands",
    "server.serving.__main__",
)
"""Programs by themselves, and verbs: each loads its own."""

WINDOWS: Final = ("tests.factories.kiosk_program", "tests.factories.walked_program")
WINDOW: Final = (
    "gatekeeper.commands.kiosk",
    "gatekeeper.ui.application",
    "gatekeeper.ui.gate.app",
    "gatekeeper.ui.gate.kiosk",
)
"""What those consist of; what Qt opens, each opens by itself."""
PRINTING: Final = ("gatekeeper.commands.print",)

IMPATIENT: Final = "tests.factories.impatient_server"
"""A test's own, that starts workers as the product's does."""

_NAME: Final = Path("/proc/self/comm")


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
    hash_quickly()
    configure_mappers()
    with beginning_with_copies():
        asyncio.run(_serve_once())
    gc.collect()
    gc.freeze()


async def _serve_once() -> None:
    """Let a server do what servers are asked for first, so that its statements are compiled."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-warm-") as name:
        settings = test_settings(f"sqlite:///{name}/gatekeeper.db", Path(name))
        await migrate(settings, SystemClock().wall())
        async with open_ledger_office(settings, tickets=2) as made:
            await made.office.give_password(made.owner, PASSWORD)
            who = {"email": "person1@example.org", "password": PASSWORD}
            await made.office.ok("POST", "/api/v1/sessions", json=who)
            device = await made.enrol()
            made.scan(device, 0)
            await made.exchanged(device, device.journal.entries)
            await made.claimed(device, made.codes[1])


@functools.cache
def load_rarely_needed(names: tuple[str, ...]) -> None:
    """Load what few programs consist of with the first of them."""
    for name in names:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def await_order(orders: socket.socket) -> Order | None:
    """Start programs until there are no more orders; returns in each program, with its order."""
    while True:
        message, files, _, _ = socket.recv_fds(orders, MESSAGE_BYTES, FILES_MAX)
        if not message:
            return None
        order = msgspec.msgpack.decode(message, type=Order)
        if order.module in WINDOWS:
            load_rarely_needed(WINDOW)
        elif order.words[1:2] == ["print"]:
            load_rarely_needed(PRINTING)
        adopted, adopting = os.pipe()
        between = os.fork()
        if between == 0:
            os.close(adopting)
            _NAME.write_text("python")  # a program never bears the name of what forks it
            program = os.fork()
            if program:
                orders.send(program.to_bytes(4))
                os._exit(0)
            orders.close()
            os.read(adopted, 1)  # nothing comes; it ends when who has ordered this is its parent
            os.close(adopted)
            _take_files(dict(zip(order.numbers, files, strict=True)))
            return order
        os.waitpid(between, 0)
        os.close(adopting)
        os.close(adopted)
        orders.send(DONE)
        for file in files:
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
    while True:
        if order.leads_session:
            os.setsid()
        if order.takes_terminal:
            take_terminal()
        if order.takes_terminal or order.leads_session:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        inner = take_orders_of(order) if _starts_more(order) else None
        if inner is None:
            break
        order = inner
    os.environ.clear()
    os.environ.update(order.environment)
    tempfile.tempdir = None  # found in this environment, not in the one before the fork
    begin_counting()
    os.chdir(order.folder)
    _open_streams()
    sys.argv = order.words
    if order.module == TESTING:
        find_all_modules()
    else:
        begin_with_what_is_there()
    status: object = None
    try:
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        status = stop.code
    if status is None or isinstance(status, int):
        end_at_once(status or 0)
    sys.exit(str(status))


def begin_with_what_is_there() -> None:
    """Let a program begin with what was made before the fork: tables, statements, a framework."""
    hash_passwords_quickly()
    begin_with_copies()
    begin_with_kept()
    begin_with_built()


def find_all_modules() -> None:
    """Let tests load also what programs do without: see `start_quickly`."""
    modules: dict[str, Any] = sys.modules
    for name in [name for name, module in modules.items() if module is None]:
        del modules[name]


def begin_counting() -> None:
    """Count requests where the environment says; the library has looked when it was loaded."""
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call] # untyped library
    metrics._name_process_once()


def end_at_once(status: int) -> NoReturn:
    """End as the interpreter does, but leave its objects to the system.

    To free them one by one writes on the pages of all that was loaded before the fork, which
    the system then has to copy: a third of what a short program takes.
    """
    threading._shutdown()  # type: ignore[attr-defined] # as the interpreter calls it
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _starts_more(order: Order) -> bool:
    return order.module in (*STARTING, IMPATIENT, TESTING) or order.words[1:2] == ["demo"]


def take_orders_of(order: Order) -> Order | None:
    """Fork what will fork the parts of a program, while it has one thread and nothing open.

    Returns:
        None in the program itself, else the order for one of its parts, in that.
    """
    mine, others = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    program = os.getpid()
    if os.fork():
        others.close()
        orders = Orders(mine)
        WarmPart.orders = staticmethod(lambda: orders)
        subprocess.Popen = WarmPart  # type: ignore[misc] # what it starts is such a program too
        return None
    end_with_parent(program)
    _NAME.write_text(FORKING)
    mine.close()
    with Path(os.devnull).open("r+b") as nothing:
        for number in order.numbers:
            os.dup2(nothing.fileno(), number)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    found = await_order(others)
    if found is None:
        os._exit(0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return found


def _open_streams() -> None:
    before = sys.stdin
    way: Any = {"encoding": "utf-8", "closefd": False}
    sys.stdin = open(0, errors=before.errors, **way)  # noqa: SIM115 - open to the end
    sys.stdout = open(1, "w", errors=before.errors, **way)  # noqa: SIM115 - the same
    sys.stderr = open(2, "w", errors="backslashreplace", buffering=1, **way)  # noqa: SIM115 - the same


def main() -> None:
    """Take orders until the client is gone; programs of tests that were killed end with them."""
    orders, client = socket.socket(fileno=int(sys.argv[1])), os.getppid()
    load()
    orders.send(DONE)
    order = await_order(orders)
    if order is not None:
        end_with_parent(client)
        become(order)


if __name__ == "__main__":
    main()

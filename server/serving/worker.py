"""One worker process: an application, a listening socket, and the connections that it accepts.

Started by `server/serving/workers.py` with a socket that is bound already, so that connections
wait in its queue while a worker that died is replaced.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import socket
import sys
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.server import Server

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from command_line.ending_signals import take_ending_signals
from command_line.exit_statuses import EXIT_DONE, say_line
from server.app import create_worker_app
from server.host_machine import end_with_parent
from server.http.metrics import SHARED_FOLDER, reserve_numbers
from server.serving.connection_limits_and_deadlines import (
    CLOSE_S,
    HEAD_S,
    SWEEP_S,
    OpenSocket,
    Sockets,
)
from server.serving.connections import SAID_AT_ONCE, Connection, DeviceSocket
from server.serving.served_certificate import ServedCertificate
from server.serving.worker_heartbeat import beat
from server.settings import Settings, read_settings
from server.steady_clock import SteadyClock
from shared.kernel.errors import EnvironmentFault
from shared.kernel.instant import SECOND
from shared.kernel.os_errors import words_of_system
from shared.kernel.ports import Clock

GRACE_S: Final = 10
"""Seconds that answers under way have when the worker is told to stop."""

ACCEPTS_AT_ONCE: Final = 4
"""Connections taken in before others have their turn again: a flood must not stop claims.

Each brings a request of a millisecond or two, or a handshake: while one host makes and ends
connections as fast as it can, a claim waits a fifth as long with 4 as with 32.
"""

_HANDSHAKE: Final = b"\x16"
"""The first byte of a TLS connection (RFC 8446, section 5.1); no HTTP request begins with it."""

OUT_OF_FILES_S: Final = 0.1
"""Seconds until accepting is tried again where no file descriptor was left."""


class Listener:
    """Accepts connections on one socket, in uvicorn's place, which would count none of them."""

    def __init__(self, server: WorkerServer, listening: socket.socket, sockets: Sockets) -> None:
        """Prepare."""
        self._server = server
        self._listening = listening
        self._sockets = sockets
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to accept and to sweep."""
        self._listening.setblocking(False)
        self._loop.add_reader(self._listening, self._accept)
        self._sweeping = self._loop.create_task(self._sweep())

    def close(self) -> None:
        """Accept nothing more; deadlines hold on for connections that are left."""
        self._loop.remove_reader(self._listening)

    async def wait_closed(self) -> None:
        """End what goes on beside."""
        self._sweeping.cancel()
        for task in self._tasks:
            task.cancel()

    def _accept(self) -> None:
        for _ in range(ACCEPTS_AT_ONCE):
            try:
                accepted, address = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self._sockets.cut_oldest_stranger()
                self._loop.remove_reader(self._listening)
                self._loop.call_later(OUT_OF_FILES_S, self._go_on)
                return
            if self._sockets.may_open(str(address[0]), self._loop.time()):
                self._take_in(accepted, str(address[0]))
            else:
                accepted.close()

    def _go_on(self) -> None:
        if not self._server.should_exit:
            self._loop.add_reader(self._listening, self._accept)

    def _take_in(self, accepted: socket.socket, address: str) -> None:
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def cut() -> None:
            with contextlib.suppress(OSError):
                accepted.shutdown(socket.SHUT_RDWR)

        opened = self._sockets.open(address, self._loop.time(), cut)
        task = self._loop.create_task(self._connect(accepted, opened))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, accepted: socket.socket, opened: OpenSocket) -> None:
        context = self._server.config.ssl
        try:
            # Clear and TLS share the port: which it is, the first byte says. What may be asked
            # in clear is decided by `server/http/secure_requests.py`.
            is_tls = context is not None and await self._speaks_tls(accepted)
            await self._loop.connect_accepted_socket(
                lambda: self._server.new_connection(opened),
                accepted,
                ssl=context if is_tls else None,
                ssl_handshake_timeout=HEAD_S if is_tls else None,
                ssl_shutdown_timeout=CLOSE_S if is_tls else None,
            )
        except OSError:  # a handshake that failed or was not finished in time
            opened.close()
            accepted.close()

    async def _speaks_tls(self, accepted: socket.socket) -> bool:
        """Wait for the first byte, which stays to be read, and tell whether TLS begins.

        Raises:
            TimeoutError: if none comes within a head's time.
            OSError: if the connection broke.
        """
        readable = asyncio.Event()
        self._loop.add_reader(accepted, readable.set)
        try:
            async with asyncio.timeout(HEAD_S):
                await readable.wait()
        finally:
            self._loop.remove_reader(accepted)
        return accepted.recv(1, socket.MSG_PEEK) == _HANDSHAKE

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self._sockets.sweep(self._loop.time())
            self._server.certificate.look()


class WorkerServer(Server):
    """uvicorn's server, with connections that are counted and have deadlines."""

    def __init__(self, config: Config, sockets: Sockets, pulse: int, clock: Clock) -> None:
        """Prepare; `config` names the application, `pulse` where signs of life go."""
        super().__init__(config)
        self._clock = clock
        self._pulse = pulse
        self._sockets = sockets
        self.certificate = ServedCertificate(config)

    def new_connection(self, opened: OpenSocket) -> Connection:
        """Make the protocol of an accepted connection."""
        state = self.lifespan.state
        return Connection(self.config, self.server_state, state, opened=opened)

    async def on_tick(self, counter: int) -> bool:
        """Look whether to end; answers bear the server's time, whatever the machine's clock says.

        The desk goes by it, and holds it against what the server says of when.
        """
        is_ending = await super().on_tick(counter)
        if counter % 10 == 0:  # a second has ten
            date = formatdate(self._clock.wall() // SECOND, usegmt=True)
            self.server_state.default_headers = [(b"date", date.encode())]
        return is_ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then accept."""
        assert sockets is not None
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(1)
        listeners = [Listener(self, one, self._sockets) for one in sockets]
        for listener in listeners:
            listener.start()
        self.servers: Any = listeners
        self.started = True
        beat(asyncio.get_running_loop(), self._pulse)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop when told to; ending is success, whichever signal it was."""
        take_ending_signals(self.handle_exit)
        yield


def serve(
    settings: Settings,
    listening: socket.socket,
    certificate: Path | None,
    key: Path | None,
    *,
    pulse: int,
    clock: str,
) -> None:
    """Serve on a socket until SIGTERM, SIGINT or SIGHUP.

    Args:
        settings: What was decided by the main process.
        listening: Bound already.
        certificate: PEM chain; None to serve in clear.
        key: And its private key.
        pulse: The file descriptor by which the main process hears that this one works.
        clock: The main process's time; see `SteadyClock.state`.

    Raises:
        BadInput: if a setting has no meaning.
        EnvironmentFault: if certificate or key cannot be used.
    """
    _take_all_files()
    folder = os.environ.get(SHARED_FOLDER)
    if folder is not None and not reserve_numbers(Path(folder), os.getpid()):
        say_line("gatekeeper-server", "the disk is full; /metrics lacks this worker")
    time = SteadyClock(SystemClock(), clock)
    config = Config(
        create_worker_app(settings, time),
        loop="asyncio",
        http=Connection,
        ws=DeviceSocket,
        ws_max_size=SAID_AT_ONCE,
        ws_per_message_deflate=False,
        lifespan="on",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    try:
        config.load()
    except OSError as error:  # of TLS: whoever renews it may be writing the files just now
        message = f"cannot use {certificate} and {key}: {words_of_system(error)}"
        raise EnvironmentFault(message) from error
    WorkerServer(config, Sockets(settings.trusted_proxies), pulse, time).run([listening])


def _take_all_files() -> None:
    """Raise the limit of open files as far as this process may: each connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> int:
    """Run as a process of `server/serving/workers.py`, and return its exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--listening", type=int, required=True)
    parser.add_argument("--pulse", type=int, required=True)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--clock", default="")
    args = parser.parse_args()
    end_with_parent(args.parent)
    settings = read_settings(os.environ, SystemEntropy())
    listening = socket.socket(fileno=args.listening)
    serve(settings, listening, args.certificate, args.key, pulse=args.pulse, clock=args.clock)
    return EXIT_DONE

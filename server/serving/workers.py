"""The first process of a server: it binds the sockets, starts workers and replaces dead ones.

A worker that hangs is ended, so that it is replaced as well: its heartbeat tells
(`server/serving/worker_heartbeat.py`).
"""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec

from command_line.clock_and_randomness import SystemClock
from command_line.ending_signals import take_ending_signals
from command_line.exit_statuses import EXIT_DONE, EXIT_WRONG_USE, say_line
from server.serving.worker_heartbeat import SILENT_MAX_S, WorkerHeartbeat
from server.serving.worker_restart_delays import RestartDelay
from server.steady_clock import SteadyClock
from shared.kernel.errors import EnvironmentFault, StoreFault
from shared.kernel.instant import SECOND

STOP_TIMEOUT_S: Final = 20
"""Seconds that workers have to end before they are killed."""
RENEW_S: Final = 3_600.0
"""Seconds between two looks at the certificate's end, which is weeks off."""

BACKLOG: Final = 4_096
"""Connections that wait to be accepted, for each worker; the system may allow less."""

WATCH_S: Final = 0.2
_NO_ADDRESS: Final = "choose an address of this machine with --host"
_LISTEN_ADVICE: Final = {
    errno.EADDRINUSE: "end the program that listens there, or choose another --port",
    errno.EACCES: "choose a --port above 1023, which needs no rights",
    errno.EADDRNOTAVAIL: _NO_ADDRESS,
    socket.EAI_NONAME: _NO_ADDRESS,
}


class Listening(msgspec.Struct, frozen=True):
    """Where workers listen, and by which certificate."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None


class Workers:
    """Worker processes with a listening socket each, on one address."""

    def __init__(
        self,
        where: Listening,
        count: int,
        renew: Callable[[], None] | None = None,
        *,
        silent_max_s: float = SILENT_MAX_S,
        clock: SteadyClock | None = None,
    ) -> None:
        """Bind; nothing is started yet.

        Args:
            where: Where they listen.
            count: How many.
            renew: Looks after the certificate; called now and then.
            silent_max_s: Seconds without a sign of life until a worker is taken to hang.
            clock: The server's time; one that begins with the machine's by default.

        Raises:
            EnvironmentFault: if the address cannot be listened on.
        """
        self._where = where
        # One socket for each: the system spreads connections over them, and a queue outlives
        # the worker that it belongs to.
        self._sockets = _bind_all(where, count)
        self._processes: list[subprocess.Popen[bytes] | None] = [None] * count
        self._pulses: list[WorkerHeartbeat | None] = [None] * count
        self._restart_delays = [RestartDelay() for _ in range(count)]
        self._silent_max_s = silent_max_s
        self._stop = threading.Event()
        self._renew = renew
        self._rounds = 0
        self._clock = clock or SteadyClock(SystemClock())

    def run(self) -> int:
        """Keep the workers running until SIGTERM, SIGINT or SIGHUP; all have ended on return.

        Returns:
            The exit status: `EXIT_WRONG_USE` if no worker can work by the settings as they are.
        """
        take_ending_signals(self._told_to_stop)
        for place in range(len(self._sockets)):
            self._start(place)
        try:
            while not self._stop.wait(WATCH_S):
                if not self._replace_dead():
                    return EXIT_WRONG_USE
                self._end_hung()
                self._look_at_clock()
                self._look_after_certificate()
        finally:
            self._end()
        return EXIT_DONE

    def _told_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _start(self, place: int) -> None:
        listening, before = self._sockets[place], self._pulses[place]
        if before is not None:
            before.close()
        pulse = self._pulses[place] = WorkerHeartbeat(self._silent_max_s)
        files = (listening.fileno(), pulse.for_worker)
        words = [f"--parent={os.getpid()}", f"--listening={files[0]}", f"--pulse={files[1]}"]
        words.append(f"--clock={self._clock.state}")
        if self._where.certificate is not None:
            words += [f"--certificate={self._where.certificate}", f"--key={self._where.key}"]
        self._processes[place] = subprocess.Popen(
            [sys.executable, "-m", "server.serving", *words],
            stdout=subprocess.DEVNULL,
            pass_fds=files,
        )
        pulse.hand_over()

    def _look_at_clock(self) -> None:
        """Say that the machine's clock was set, each time."""
        before = self._clock.held
        self._clock.wall()
        held = self._clock.held
        if held and held != before:
            text = (
                f"this machine's clock is {held // SECOND} s off the time that this server"
                " keeps: if the clock is right now (with PostgreSQL, on its machine too),"
                " restart the server while all gates can reach it; otherwise correct the"
                " clock"
            )
            say_line("gatekeeper-server", text)

    def _look_after_certificate(self) -> None:
        self._rounds += 1
        if self._renew is None or self._rounds * WATCH_S < RENEW_S:
            return
        self._rounds = 0
        try:
            self._renew()
        except StoreFault as fault:  # the old one is good for weeks yet
            say_line("gatekeeper-server", str(fault))

    def _replace_dead(self) -> bool:
        """Replace who died and has rested, unless every one has said that the settings are wrong.

        One word about the settings is said by all at once: they are asked after the rest.
        """
        ends = [None if one is None else one.poll() for one in self._processes]
        dead = [place for place, status in enumerate(ends) if status is not None]
        rested = [place for place in dead if self._restart_delays[place].is_over(WATCH_S)]
        if rested and all(status == EXIT_WRONG_USE for status in ends):
            return False
        for place in rested:
            pulse = self._pulses[place]
            if self._restart_delays[place].end(has_worked=pulse is not None and pulse.has_begun):
                say_line("gatekeeper-server", "a worker stopped; another one is being started")
            self._start(place)
        return True

    def _end_hung(self) -> None:
        """End who has given no sign of life for long: nobody else takes what waits at its door."""
        for process, pulse in zip(self._processes, self._pulses, strict=True):
            if process is not None and pulse is not None and pulse.hear(WATCH_S):
                said = f"a worker ({process.pid}) has given no sign of life for"
                say_line(
                    "gatekeeper-server", f"{said} {self._silent_max_s:.0f} s; it is being stopped"
                )
                process.kill()

    def _end(self) -> None:
        """Tell the workers to end, wait, and kill what is left."""
        running = [one for one in self._processes if one is not None and one.poll() is None]
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _bind_all(where: Listening, count: int) -> list[socket.socket]:
    """Bind a socket for each worker: the first where nobody listens, the others beside it.

    A port may be shared by all who ask for that, so another server that is started at the same
    moment would share it too, and take every other connection. The first asks once it listens.
    """
    first = _bind(where, shares=False)
    first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return [first, *(_bind(where, shares=True) for _ in range(count - 1))]


def _bind(where: Listening, *, shares: bool) -> socket.socket:
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(found[0], socket.SOCK_STREAM)
    except OSError as error:
        raise cannot_listen(where.host, where.port, error) from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shares)
        made.bind(found[4])
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise cannot_listen(where.host, where.port, error) from error
    return made


def cannot_listen(host: str, port: int, error: OSError) -> EnvironmentFault:
    """Say why nobody can listen there, and what to do."""
    said = f"cannot listen on {host}:{port}: {error.strerror or error}"
    advice = _LISTEN_ADVICE.get(error.errno or 0)
    return EnvironmentFault(f"{said}; {advice}" if advice else said)

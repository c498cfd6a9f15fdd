"""`gatekeeper-server serve`: run the server until it is told to stop.

This process only watches: the database is prepared by a process of its own, which ends and gives
its memory back; the workers are processes with an application of its own each.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from command_line.exit_statuses import say_line
from command_line.file_lock import FileLock
from server.commands.options import print_line, settings_of, show_example
from server.copies.server_copy_schedule import Copying
from server.host_machine import machine_addresses
from server.http.secure_requests import is_local
from server.serving.operators_tls import check_tls_files
from server.serving.own_tls import keep_own_tls
from server.serving.staying_awake import stay_awake
from server.serving.workers import Listening, Workers, cannot_listen
from server.settings import PREFIX, WORKERS_MAX, Settings
from server.steady_clock import SteadyClock
from shared.kernel.errors import BadInput, EnvironmentFault, StoreFault
from shared.kernel.instant import Duration
from shared.kernel.os_errors import words_of_system

START_TIMEOUT_S: Final = 60
POLL_S: Final = 0.05
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
"""Hosts that mean every address of the machine, and the one at which it asks itself."""
_IN_CLEAR: Final = (
    "without TLS anyone on the network can read passwords, names and devices' tokens"
    " (gates' requests and answers stay signed). Put your own TLS proxy in front"
)


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server serve --host 0.0.0.0 --port 8000 --workers 2")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; 127.0.0.1 by default"
    )
    parser.add_argument(
        "--port",
        type=int,
        default=8000,
        help="port to listen on; 8000 by default, 0 picks a free one",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes; 1 by default")
    parser.add_argument("--tls-certificate", type=Path, metavar="FILE", help="PEM chain")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="PEM private key")
    parser.add_argument(
        "--plain-http",
        action="store_true",
        help="no TLS beyond this machine: anyone on the network can read passwords, names"
        " and devices' tokens. Use it only behind your own TLS proxy, named in"
        " GATEKEEPER_TRUSTED_PROXIES",
    )
    parser.add_argument(
        "--stay-awake",
        action="store_true",
        help="keep this machine awake meanwhile: for an organizer's laptop",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP; print where once it answers."""
    workers = 1 if args.workers is None else args.workers
    if not 0 <= args.port <= 65_535 or not 1 <= workers <= WORKERS_MAX:
        raise BadInput(f"--port is 0 to 65535, --workers 1 to {WORKERS_MAX}")
    if (args.tls_certificate is None) != (args.tls_key is None):
        raise BadInput("--tls-certificate and --tls-key belong together")
    if args.plain_http:
        if args.tls_certificate is not None:
            raise BadInput("--plain-http and --tls-certificate contradict each other")
        os.environ[PREFIX + "PLAIN_HTTP"] = "yes"
    with _held_port(args.host, args.port) as port:
        return _run(args, port)


def _run(args: argparse.Namespace, port: int) -> int:
    settings = settings_of(args, workers=args.workers)
    where, authority = _listening(args, settings, port)
    url = _url(where)
    if authority is not None:
        os.environ[PREFIX + "AUTHORITY"] = authority
    settings = settings_of(args, public_url=url, workers=args.workers)
    if args.host in _EVERYWHERE and settings.public_url == url:
        os.environ[PREFIX + "FINDS_ADDRESS"] = "yes"
        settings = settings_of(args, public_url=url, workers=args.workers)
    lock = _claim_sqlite_file(settings)
    try:
        ahead = _prepare(settings)
        _set_environment(settings)
        if args.stay_awake and (said := stay_awake()):
            say_line("gatekeeper-server", f"this machine may fall asleep: {said}")
        return _serve(where, settings, url, SteadyClock(SystemClock(), ahead=ahead))
    finally:
        if lock is not None:
            lock.close()


def _listening(
    args: argparse.Namespace, settings: Settings, port: int
) -> tuple[Listening, str | None]:
    """Decide on TLS: the operator's own, else the server's beyond this machine.

    Returns:
        Where and how to listen, and the authority's PEM if it is the server's own.

    Raises:
        BadInput: if the operator's own cannot be used.
        StoreFault: if the server's own certificate can be neither read nor made.
    """
    if args.tls_certificate is not None:
        check_tls_files(args.tls_certificate, args.tls_key)
        return Listening(args.host, port, args.tls_certificate, args.tls_key), None
    if is_local(_address(args.host)):
        return Listening(args.host, port), None
    if settings.is_plain_allowed:
        say_line("gatekeeper-server", _IN_CLEAR)
        return Listening(args.host, port), None
    own = keep_own_tls(settings.data_folder, SystemClock().wall(), SystemEntropy())
    return Listening(args.host, port, own.certificate, own.certificate), own.authority_pem


def _address(host: str) -> str:
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        return host  # what cannot be listened on was refused before


def _url(where: Listening) -> str:
    scheme = "http" if where.certificate is None else "https"
    host = _EVERYWHERE.get(where.host, where.host)
    return f"{scheme}://{_in_url(host)}:{where.port}"


@contextlib.contextmanager
def _held_port(host: str, port: int) -> Iterator[int]:
    """Give the port, or a free one for 0; refuse one that is taken before workers start.

    A free one is nobody else's meanwhile: until the workers listen there, the system would give it
    to the next program that takes one.
    """
    with contextlib.ExitStack() as holding:
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            held = holding.enter_context(socket.socket(family, socket.SOCK_STREAM))
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind((host, port))
            found = int(held.getsockname()[1])
        except OSError as error:
            raise cannot_listen(host, port, error) from error
        yield found


def _claim_sqlite_file(settings: Settings) -> FileLock | None:
    """Refuse to serve a SQLite file that another server serves."""
    file = settings.sqlite_file
    if file is None:
        return None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot create the database's folder {file.parent}: {error.strerror}"
        raise EnvironmentFault(message) from error
    lock = FileLock(file.with_name(file.name + ".serving"))
    if not lock.try_acquire():
        lock.close()
        raise StoreFault(f"{file} is already served by another process")
    with contextlib.suppress(OSError):
        lock.sign()  # who wants to stop this server finds it by that; a full disk is no reason
    return lock


def _prepare(settings: Settings) -> Duration:
    """Migrate in a process of its own: what that takes in memory is given back.

    Returns:
        By how much the database's clock is ahead of this machine's.
    """
    environment = os.environ | {
        PREFIX + "DATA": str(settings.data_folder),
        PREFIX + "DATABASE": settings.database,
    }
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "migrate", "--starts-server"],
        env=environment,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise StoreFault("the database could not be prepared; see above")
    return Duration(json.loads(done.stdout)["database_ahead_us"])


def _set_environment(settings: Settings) -> None:
    """Tell the workers what was decided here."""
    metrics = settings.data_folder / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    os.environ.update(
        {
            PREFIX + "DATA": str(settings.data_folder),
            PREFIX + "DATABASE": settings.database,
            PREFIX + "PUBLIC_URL": settings.public_url,
            PREFIX + "WORKERS": str(settings.workers),
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        }
    )


def _serve(where: Listening, settings: Settings, url: str, clock: SteadyClock) -> int:
    def renew() -> None:
        # The workers read the new one by themselves. By their time: what a stepped clock made
        # would have ended, or not, at another one than they prove to devices.
        keep_own_tls(settings.data_folder, clock.wall(), SystemEntropy())

    is_own = where.certificate is not None and where.certificate == where.key
    if is_own:
        renew()
    workers = Workers(where, settings.workers, renew if is_own else None, clock=clock)
    stopped = threading.Event()
    herald = threading.Thread(target=_announce, args=(url, stopped), daemon=True)
    herald.start()
    copying = Copying(settings, SystemClock(), lambda: _known_by(settings))
    if names_itself(settings, url):
        copying.start()
    try:
        return workers.run()
    finally:
        stopped.set()
        copying.stop()


def names_itself(settings: Settings, url: str) -> bool:
    """Tell whether the server at an address may sign where devices find it.

    On PostgreSQL others may serve the same: a gate that went to one of them by its own address
    would stay there when that one ends. So only an address is signed that the operator has named.
    """
    return settings.sqlite_file is not None or settings.public_url != url


def _known_by(settings: Settings) -> list[str]:
    """Return the addresses by which devices may know this server today."""
    parts = urlsplit(settings.public_url)
    if not settings.finds_address:
        return [settings.public_url]
    return [f"{parts.scheme}://{_in_url(one)}:{parts.port}" for one in machine_addresses()]


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _announce(url: str, stopped: threading.Event) -> None:
    """Print the address as soon as it answers, and say once that it takes long."""
    tries = 0
    while not stopped.wait(POLL_S):
        if _answers(url):
            try:
                print_line(listening=url)
            except OSError as error:  # a full disk, or nobody reads it: it serves all the same
                said = words_of_system(error)
                say_line("gatekeeper-server", f"serves at {url}, which was not printed: {said}")
            return
        tries += 1
        if tries == int(START_TIMEOUT_S / POLL_S):
            say_line("gatekeeper-server", "the workers do not answer yet; see above")


def _answers(url: str) -> bool:
    import ssl

    # Only asks whether we ourselves are up, on our own port; nothing is sent.
    context = ssl._create_unverified_context()  # noqa: S323, SLF001 - see the line above
    try:
        with urllib.request.urlopen(  # noqa: S310 - our own http or https address
            f"{url}/health/live", timeout=1, context=context
        ) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False

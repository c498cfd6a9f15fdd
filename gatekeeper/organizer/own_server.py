"""The server that an organizer runs on this laptop: the real program, which outlives the desk.

The desk starts it, looks whether it answers, and starts it again where it does not. It is no part
of the desk: where that crashes or is closed, gates go on being served.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from command_line.file_lock import FileLock
from gatekeeper.organizer.detached_program import DetachedProgram, start_detached
from gatekeeper.organizer.remembered_server import DeskMemory
from gatekeeper.organizer.server_api import ServerApi
from shared.kernel.errors import BadInput, EnvironmentFault
from shared.kernel.os_errors import words_of_system

OWN_SERVER_START_SECONDS: Final = 90.0
"""For the laptop's own server to be ready."""
OWN_SERVER_STOP_SECONDS: Final = 30.0
"""For it to end."""

PORT: Final = 8000
"""Tried first: what the printed instructions name."""
_PORTS: Final = range(PORT, PORT + 20)
_EVERY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - gates come in by whatever network there is
_SOMEWHERE: Final = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737)."""
_POLL_SECONDS: Final = 0.1
_AUTHORITY: Final = Path("secrets", "tls_authority.pem")
_LOCK: Final = "gatekeeper.db.serving"
_LOG: Final = "server.log"
_KNOWN: Final = "already has an account"
_SAID_MAX: Final = 600


class OwnServer:
    """`gatekeeper-server serve` over a data folder of this laptop.

    Args:
        folder: The server's data, made where it is missing.
        port: Where it listened last, or None for the first time.

    Attributes:
        folder: The server's data.
        port: Where it listens.
        has_sheet: Somebody has said that its recovery sheet is on paper.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder, self._wished = folder, port
        self.port = PORT if port is None else port
        self.has_sheet = False
        self._started: DetachedProgram | None = None
        self._starting = asyncio.Lock()

    @property
    def url(self) -> str:
        """Its address for this laptop."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def is_made(self) -> bool:
        """Whether it was started here before."""
        return (self.folder / _AUTHORITY).exists()

    @property
    def lan_url(self) -> str:
        """Its address for gates of this network, as far as this laptop can tell."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                # Nothing is sent: the system only chooses the address that would be used.
                probe.connect(_SOMEWHERE)
                host = str(probe.getsockname()[0])
            except OSError:
                host = "127.0.0.1"
        return f"https://{host}:{self.port}"

    def read_authority(self) -> str:
        """Return the certificate of its authority, which is what others pin.

        Raises:
            EnvironmentFault: if the file cannot be read.
        """
        file = self.folder / _AUTHORITY
        try:
            authority = x509.load_pem_x509_certificate(file.read_bytes())
        except (OSError, ValueError) as fault:
            raise EnvironmentFault(
                f"the server's authority in {file} cannot be read ({words_of_system(fault)}):"
                " restore the folder from its copy"
            ) from fault
        return authority.public_bytes(Encoding.PEM).decode()

    async def make_account(self, name: str, email: str, password: str) -> None:
        """Make the data folder, and the account that may do everything.

        Raises:
            BadInput: if name, address or password cannot be taken, or the address is taken.
            EnvironmentFault: if the program fails.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:
            message = f"{self.folder} cannot be created: {words_of_system(fault)}"
            raise EnvironmentFault(message) from fault
        words = ("create-admin", f"--email={email}", f"--name={name}")
        await self.run_verb(*words, feed=f"{password}\n")

    async def run_verb(self, *words: str, feed: str = "") -> dict[str, Any]:
        """Run a verb and return the first line that it printed; see `run_lines`."""
        return (await self.run_lines(*words, feed=feed) or [{}])[0]

    async def run_lines(self, *words: str, feed: str = "") -> list[dict[str, Any]]:
        """Run one of the program's verbs over the data, beside the server or without it.

        Args:
            words: The verb and its arguments.
            feed: What it reads from standard input: passwords and codes stand in no list of
                processes.

        Returns:
            The lines that it printed.

        Raises:
            BadInput: if it refuses; in its words.
            EnvironmentFault: if it fails.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *_program(*words),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment(),
            )
        except OSError as fault:
            message = f"the server’s program cannot be run: {words_of_system(fault)}"
            raise EnvironmentFault(message) from fault
        printed, said = await process.communicate(feed.encode())
        if process.returncode == 0:
            lines = printed.decode("utf-8", "replace").splitlines()
            return [msgspec.json.decode(line, type=dict[str, Any]) for line in lines]
        text = said.decode("utf-8", "replace").strip().rpartition("gatekeeper-server: ")[2]
        if process.returncode in {1, 2}:
            raise BadInput(text[-_SAID_MAX:])
        raise EnvironmentFault(f"the server's program failed: {text[-_SAID_MAX:]}")

    async def start(self) -> None:
        """Serve, unless it does already; returns when it answers.

        Several parts of the desk may notice at once that it has ended: one starts it.

        Raises:
            EnvironmentFault: if it does not come up; with what it said.
        """
        async with self._starting:
            await self._start()

    async def _start(self) -> None:
        if await self.is_answering() or (self._is_served() and await self._find()):
            return
        if not self._is_served():
            self.port = self._choose_port()
            self._spawn()
        waited = 0.0
        while not await self.is_answering():
            has_ended = self._started is not None and self._started.has_ended()
            # Another desk that was opened just then may have been faster: its server is this one.
            is_anothers = has_ended and self._is_served()
            if is_anothers and await self._find():
                return
            if waited > OWN_SERVER_START_SECONDS or (has_ended and not is_anothers):
                raise EnvironmentFault(self._why_not())
            await asyncio.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS

    def _why_not(self) -> str:
        """Say why nobody answers."""
        if self._started is None:
            return (
                f"another process ({self._holder()}) serves what is in {self.folder}, and does"
                " not answer at any port this desk knows; close it and start again"
            )
        said = self._started.last_words(_SAID_MAX)
        return f"the server did not start; it said: {said or 'nothing'}"

    async def _find(self) -> bool:
        """Look where it serves: a desk that died may not have remembered its port."""
        known = self.port
        for self.port in (*_PORTS, known):
            if await self.is_answering():
                return True
        return False

    async def is_answering(self) -> bool:
        """Whether this very server answers: another one at its port is not trusted."""
        if not self.is_made:
            return False
        api = ServerApi(self.url, self.read_authority())
        try:
            return await api.is_ready()
        finally:
            await api.close()

    async def stop(self) -> None:
        """Ask it to end, and wait: gates go on alone until it serves again."""
        holder = self._holder()
        if holder is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(holder, signal.SIGTERM)
        waited = 0.0
        while self._is_served() and waited < OWN_SERVER_STOP_SECONDS:
            await asyncio.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        if self._started is not None:
            await asyncio.to_thread(self._started.process.wait, OWN_SERVER_STOP_SECONDS)
            self._started = None

    def _choose_port(self) -> int:
        """Keep the port that devices know; take another only where it is another's."""
        wished: tuple[int, ...] = () if self._wished is None else (self._wished,)
        for port in map(int, (*wished, *_PORTS)):
            if _is_free(port):
                return port
        raise EnvironmentFault(f"no port from {_PORTS[0]} to {_PORTS[-1]} is free on this laptop")

    def _spawn(self) -> None:
        words = ("serve", "--host", _EVERY_ADDRESS, "--port", str(self.port), "--stay-awake")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._started = start_detached(
                _program(*words), self.folder / _LOG, self._environment()
            )
        except OSError as fault:
            message = f"the server cannot be started: {words_of_system(fault)}"
            raise EnvironmentFault(message) from fault

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GATEKEEPER_")}
        return kept | {"GATEKEEPER_DATA": str(self.folder)}

    def _is_served(self) -> bool:
        """Whether a process holds the ledger, ours or one of a desk before."""
        if not (self.folder / _LOCK).exists():
            return False
        lock = FileLock(self.folder / _LOCK)
        is_free = lock.try_acquire()
        lock.close()
        return not is_free

    def _holder(self) -> int | None:
        """Return the id of the process that holds the ledger; None where nobody does."""
        if not self._is_served():
            return None
        said = FileLock(self.folder / _LOCK).read_holder()
        return int(said) if said.isdecimal() else None


async def start_again(server: OwnServer, api: ServerApi) -> None:
    """Serve where it has ended; whoever sits at the desk goes on there, at another port too.

    Raises:
        EnvironmentFault: if it does not come up.
    """
    await server.start()
    api.move_to(server.url)


@contextlib.contextmanager
def known_account() -> Iterator[None]:
    """Take an account that is there already for made."""
    try:
        yield
    except BadInput as fault:
        if _KNOWN not in str(fault):
            raise


def _program(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "server.cli", *words)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_EVERY_ADDRESS, port))
        except OSError:
            return False
    return True


def remember_served(server: OwnServer, memory: DeskMemory) -> DeskMemory:
    """Remember where a server of this laptop serves, and by which authority it is known."""
    return msgspec.structs.replace(
        memory, url=server.url, authority_pem=server.read_authority(), port=server.port
    )

"""The real `gatekeeper-server` in processes of its own, on SQLite or PostgreSQL."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import asyncpg
import pytest

from tests.factories import programs
from tests.factories.postgres import PostgresDatabase
from tests.factories.warm_programs import parts_of

EMAIL = "organizer@example.org"
PASSWORD = "seven lamps over the gate"
STOP_SECONDS = 60
VERB_SECONDS = 240

_INSTALLED: dict[str, tuple[int, bytes]] = {}
"""What `create-admin` has left in the first empty folder: each file's mode and content."""


@dataclass
class RunningServer:
    """A server over a data folder, as an operator runs it.

    Attributes:
        folder: Its data folder; its log is beside it.
        database: PostgreSQL's URL, or None for SQLite in the folder.
        workers: How many processes serve.
        port: Where it listens; the same after a restart.
        words: More of its command line.
        variables: More of its environment.
        url: Its address for programs of this machine.
    """

    folder: Path
    database: str | None = None
    workers: int = 1
    port: int = 0
    words: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    url: str = ""
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _log: IO[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> str:
        """Return all that it has said on standard error."""
        return self.folder.with_suffix(".log").read_text("utf-8", "replace")

    def run(self, *words: str | Path, feed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a verb over the same data to its end."""
        return programs.run(
            [programs.SERVER, *words],
            environment=self._environment(),
            feed=feed,
            seconds=VERB_SECONDS,
            is_text=True,
        )

    def done(self, *words: str | Path, feed: str = "") -> Any:
        """Run a verb that must succeed, and return its last JSON line."""
        result = self.run(*words, feed=feed)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout.splitlines()[-1])

    def create_admin(self) -> None:
        """Make the account of `EMAIL` and `PASSWORD`; on SQLite once, and copied afterwards."""
        is_first = self.database is None and not list(self.folder.glob("*"))
        if is_first and _INSTALLED:
            for name, (mode, content) in _INSTALLED.items():
                file = self.folder / name
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                file.touch(mode)
                file.write_bytes(content)
            return
        self.done("create-admin", "--email", EMAIL, "--name", "Root", feed=PASSWORD + "\n")
        if is_first:
            for file in filter(Path.is_file, self.folder.rglob("*")):
                mode = stat.S_IMODE(file.stat().st_mode)
                _INSTALLED[str(file.relative_to(self.folder))] = mode, file.read_bytes()

    def start(self) -> None:
        """Serve; returns when it answers."""
        assert self._process is None
        self.folder.mkdir(parents=True, exist_ok=True)
        self._log = self.folder.with_suffix(".log").open("ab")
        words = ["serve", "--port", str(self.port), "--workers", str(self.workers), *self.words]
        self._process = programs.start(
            [programs.SERVER, *words],
            environment=self._environment(),
            stdout=subprocess.PIPE,
            stderr=self._log,
            is_text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.log
        self.url = json.loads(line)["listening"]
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        """Tell it to end, and wait; it must end well and without a traceback."""
        process, log = self._process, self._log
        if process is None or log is None:
            return
        self._process = self._log = None
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        finally:
            log.close()
        assert process.returncode == 0, self.log[-3000:]
        assert "Traceback" not in self.log, self.log[-3000:]

    def kill(self) -> None:
        """End every process at once, as a power cut does."""
        process, log = self._process, self._log
        if process is None or log is None:
            return
        for process_id in self.process_ids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        self._process = self._log = None
        process.communicate()
        log.close()

    def kill_worker(self) -> None:
        """End one of the processes that serve; the first process starts another."""
        assert self._process is not None
        os.kill(parts_of(self._process.pid)[0], signal.SIGKILL)

    def process_ids(self) -> list[int]:
        """Return the ids of its first process and of all below it."""
        assert self._process is not None
        found = [self._process.pid]
        for process_id in found:
            for children in Path(f"/proc/{process_id}/task").glob("*/children"):
                found += [int(child) for child in children.read_text().split()]
        return found

    async def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Read from the database itself, past the server."""
        if self.database is None:
            file = self.folder / "gatekeeper.db"
            with closing(sqlite3.connect(file)) as connection:
                return connection.execute(query).fetchall()
        opened = await asyncpg.connect(self.database)
        try:
            async with opened.transaction():
                await opened.execute("SELECT set_config('app.org', '*', true)")
                return [tuple(row) for row in await opened.fetch(query)]
        finally:
            await opened.close()

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GATEKEEPER_")}
        named = {} if self.database is None else {"GATEKEEPER_DATABASE": self.database}
        return kept | {"GATEKEEPER_DATA": str(self.folder)} | named | self.variables


@contextlib.contextmanager
def run_server(
    folder: Path, database: str | None = None, *, workers: int = 1, words: tuple[str, ...] = ()
) -> Iterator[RunningServer]:
    """Make a server with an administrator, and serve until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    server = RunningServer(folder, database, workers, words=words)
    server.create_admin()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def running_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningServer]:
    """Give a server on SQLite, then one on PostgreSQL with two workers."""
    folder = tmp_path / "server"
    if request.param == "sqlite":
        with run_server(folder) as server:
            yield server
        return
    database: PostgresDatabase = request.getfixturevalue("served_postgres")
    with run_server(folder, database.url, workers=2) as server:
        yield server

"""A real PostgreSQL for tests: started from Debian's binaries, thrown away afterwards.

Each test process starts one cluster when a test first asks for it, and each test gets a fresh
database in it. Where several processes share a run, the first makes the files for all: to make a
cluster and to run the migrations in it takes a hundred times what a copy does. Nothing of an
installed, running PostgreSQL is touched.

Roles, so that row-level security really applies:

- `gatekeeper_owner` owns the database and runs migrations. No superuser, so `FORCE ROW LEVEL
  SECURITY` binds it too.
- `gatekeeper_app` may read and write rows that the policies let it see, and owns nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from command_line.file_lock import FileLock, held
from server.settings import Settings
from server.start_up.migrating import migrate
from tests.factories.free_ports import free_port
from tests.factories.migrated_files import shared_folder
from tests.factories.psql import PostgresFault, Psql, psql_words
from tests.factories.strength import Strength
from tests.fakes.clock import DEFAULT_START

__all__ = [
    "PostgresCluster",
    "PostgresDatabase",
    "PostgresFault",
    "find_binaries",
    "run_cluster",
]

OWNER: Final = "gatekeeper_owner"
APP: Final = "gatekeeper_app"
INSTALL: Final = "sudo apt-get install -y postgresql"

_DROP: Final = "DROP DATABASE IF EXISTS {} WITH (FORCE);"
_HAS_STRATEGIES: Final = 15
"""PostgreSQL's first version that lets one choose how a template is copied."""

_MAINTENANCE: Final = "postgres"
"""The database in which others are made and dropped; its session stays."""

_PASSWORD: Final = "password"
_MIGRATED: Final = "migrated"
"""Files of a cluster's folder, beside its data."""

_START_ATTEMPTS: Final = 5
_READY_SECONDS: Final = 120
_STOP_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """One fresh database.

    Attributes:
        url: `postgresql://…` as the owner, for migrations and for a server that runs them.
        app_url: The same database as the role without any privilege but rows.
    """

    name: str
    url: str
    app_url: str


@dataclass(frozen=True, slots=True)
class PostgresCluster:
    """A running PostgreSQL on a port of its own on 127.0.0.1, with a socket in `folder`."""

    binaries: Path
    folder: Path
    port: int
    password: str
    unneeded: list[str] = field(default_factory=list, compare=False)
    sessions: dict[str, Psql] = field(default_factory=dict, compare=False)

    def url(self, role: str, database: str) -> str:
        """Return the URL under which `role` reaches `database`."""
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    def run_sql(self, sql: str, database: str = _MAINTENANCE) -> str:
        """Run statements as superuser, each on its own, and return what psql prints.

        Raises:
            PostgresFault: with PostgreSQL's own words.
        """
        if database == _MAINTENANCE:
            session = self.sessions.get(database) or self.open_session(database)
            try:
                return session.ask(sql)
            except PostgresFault:
                del self.sessions[database]
                raise
        done = subprocess.run(
            psql_words(self.binaries),
            input=sql,
            env=self._environment(database),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise PostgresFault(done.stderr)
        return done.stdout

    def open_session(self, database: str) -> Psql:
        """Open a superuser's session; it ends with the cluster, if not before."""
        told = self.folder / f"told of {database}"
        session = Psql(self.binaries, self._environment(database), told)
        self.sessions[database] = session
        return session

    def create_database(self, template: str = "template1") -> PostgresDatabase:
        """Create a fresh database, as a copy of `template`.

        A suite with slow migrations makes one database, migrates it, and copies it per test;
        nobody may be connected to a template meanwhile.
        """
        name = f"gk_{secrets.token_hex(6)}"
        dropped, self.unneeded[:] = self.unneeded[:], []
        # Without flushing to the disk a copy of files costs half of one through the log.
        how = "STRATEGY file_copy" if _major_version(self.binaries) >= _HAS_STRATEGIES else ""
        self.run_sql(
            "".join(_DROP.format(one) for one in dropped)
            + f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER} {how};"
        )
        made = PostgresDatabase(name, self.url(OWNER, name), self.url(APP, name))
        if template != "template1":
            return made  # what is granted in a template is granted in its copies
        self.run_sql(
            f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER};"
            f"GRANT USAGE ON SCHEMA public TO {APP};"
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public"
            f" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};"
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public"
            f" GRANT USAGE, SELECT ON SEQUENCES TO {APP};",
            database=name,
        )
        return made

    def drop_database(self, name: str) -> None:
        """Drop a database, and with it whatever is still connected."""
        self.run_sql(_DROP.format(name))

    def keep_files(self, place: Path) -> None:
        """Copy the files for clusters to come; nobody may be at work in this one."""
        self.run_sql("CHECKPOINT;")
        place.mkdir()
        kept = (self.folder / name for name in ("data", _PASSWORD, _MIGRATED))
        subprocess.run(["cp", "-a", *kept, place], check=True)
        (place / "data" / "postmaster.pid").unlink()

    def migrated(self) -> str:
        """Return the name of a database with all tables, to be copied; made when first asked."""
        said = self.folder / _MIGRATED
        if not said.exists():
            made = self.create_database()
            settings = Settings(database=made.url, data_folder=self.folder)
            asyncio.run(migrate(settings, DEFAULT_START))
            said.write_text(made.name)
        return said.read_text()

    def give_back(self, name: str) -> None:
        """Drop a database with the next one's making, or never: the cluster goes too."""
        self.unneeded.append(name)

    def _environment(self, database: str) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "PGPASSWORD": self.password,
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "postgres",
            "PGDATABASE": database,
        }


def find_binaries(root: Path = Path("/usr/lib/postgresql")) -> Path:
    """Return the folder of the newest PostgreSQL that Debian has installed.

    Raises:
        PostgresFault: if there is none; names the command that installs it.
    """
    found = [path.parent for path in root.glob("*/bin/initdb") if path.parts[-3].isdigit()]
    if not found:
        raise PostgresFault(f"PostgreSQL is not installed. Run: {INSTALL}")
    return max(found, key=_major_version)


def _major_version(binaries: Path) -> int:
    return int(binaries.parent.name)


@contextlib.contextmanager
def run_cluster(
    *, is_durable: bool = False, files: Path | None = None
) -> Iterator[PostgresCluster]:
    """Make and run a cluster; stop and delete it at the end.

    Args:
        is_durable: Flush to the disk at each commit, as in production. Off, tests run several
            times faster and lose data only if the machine itself dies.
        files: What another cluster has kept, to begin with a copy of it; None for a new one.

    Raises:
        PostgresFault: if PostgreSQL is missing or does not start.
    """
    binaries = find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="gk-pg-"))
    try:
        if files is None:
            _init(binaries, folder, secrets.token_hex(16))
        else:
            subprocess.run(["cp", "-a", f"{files}/.", folder], check=True)
            _give_to_server_user(folder)
        password = (folder / _PASSWORD).read_text()
        with _serve(binaries, folder, password, is_durable=is_durable) as cluster:
            if files is None:
                secret = password if is_durable else _quick_verifier(password)
                cluster.run_sql(
                    f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{secret}';"
                    f"CREATE ROLE {APP} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{secret}';"
                    f"ALTER ROLE postgres PASSWORD '{secret}';"
                )
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _quick_verifier(password: str) -> str:
    """Return what PostgreSQL keeps of a password, stretched once.

    Its own 4,096 times cost each of the thousands of connections of a run 5 ms, at both ends.
    """
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    told, stored, serving = (b64encode(part).decode() for part in (salt, client, server))
    return f"SCRAM-SHA-256$1:{told}${stored}:{serving}"


def _as_server_user() -> list[str]:
    """Return the words that start a program as a user PostgreSQL accepts: it refuses root.

    The program is told to end when this process dies, so that an aborted run leaves nothing.
    """
    setpriv = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() != 0:
        return setpriv
    return [*setpriv, "--reuid=postgres", "--regid=postgres", "--init-groups"]


def _give_to_server_user(*paths: Path) -> None:
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        for path in paths:
            os.chown(path, owner.pw_uid, owner.pw_gid)


def _init(binaries: Path, folder: Path, password: str) -> None:
    password_file = folder / _PASSWORD
    password_file.write_text(password)
    _give_to_server_user(folder, password_file)
    done = subprocess.run(
        [
            *_as_server_user(),
            binaries / "initdb",
            "--pgdata",
            folder / "data",
            "--username=postgres",
            "--auth=scram-sha-256",
            f"--pwfile={password_file}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PostgresFault(f"initdb failed:\n{done.stdout}{done.stderr}")


@contextlib.contextmanager
def _serve(
    binaries: Path, folder: Path, password: str, *, is_durable: bool
) -> Iterator[PostgresCluster]:
    for _ in range(_START_ATTEMPTS):
        cluster = PostgresCluster(binaries, folder, free_port(), password)
        process = _start(cluster, is_durable=is_durable)
        if _is_ready(cluster, process):
            break
        _stop(process)  # someone else may have taken the port in between: try another
    else:
        raise PostgresFault(f"PostgreSQL does not start:\n{(folder / 'log').read_text()}")
    try:
        yield cluster
    finally:
        for session in cluster.sessions.values():
            session.close()
        _stop(process)


def _start(cluster: PostgresCluster, *, is_durable: bool) -> subprocess.Popen[bytes]:
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(cluster.port),
        "unix_socket_directories": str(cluster.folder),
        "max_connections": "200",
        # A measured one has PostgreSQL's own default; many for tests share a machine.
        "shared_buffers": "128MB" if is_durable else "32MB",
        "dynamic_shared_memory_type": "mmap",  # containers often have a tiny or closed /dev/shm
        "timezone": "UTC",
        "fsync": "on" if is_durable else "off",
        "synchronous_commit": "on" if is_durable else "off",
        "full_page_writes": "on" if is_durable else "off",
        # A look in the midst of a test's own transaction finds tables empty that are not, and the
        # planner believes it.
        "autovacuum": "on" if is_durable else "off",
    }
    words = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (cluster.folder / "log").open("ab") as log:
        return subprocess.Popen(
            [
                *_as_server_user(),
                cluster.binaries / "postgres",
                "-D",
                cluster.folder / "data",
                *words,
            ],
            cwd=cluster.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _is_ready(cluster: PostgresCluster, process: subprocess.Popen[bytes]) -> bool:
    waiter = [
        str(cluster.binaries / "pg_isready"),
        "-q",
        "-h",
        "127.0.0.1",
        "-p",
        str(cluster.port),
    ]
    for _ in range(_READY_SECONDS * 10):
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            if subprocess.run(waiter, check=False).returncode == 0:
                return True
        else:
            return False  # it has ended by itself
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server at once: its data are thrown away."""
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """Give this test process's PostgreSQL; without one installed the test fails and says how."""
    with contextlib.ExitStack() as opened:
        yield _open_cluster(opened)


def _open_cluster(opened: contextlib.ExitStack) -> PostgresCluster:
    shared = shared_folder()
    if shared is None or "PYTEST_XDIST_WORKER" not in os.environ:
        return opened.enter_context(run_cluster())
    files = shared / "postgres"
    with held(FileLock(files.with_suffix(".lock"))):
        if not files.exists():
            cluster = opened.enter_context(run_cluster())
            cluster.migrated()
            cluster.keep_files(files)
            return cluster
    return opened.enter_context(run_cluster(files=files))


@pytest.fixture
def postgres_database(postgres_cluster: PostgresCluster) -> Iterator[PostgresDatabase]:
    """Give a fresh, empty database with its two roles."""
    database = postgres_cluster.create_database()
    yield database
    postgres_cluster.give_back(database.name)


@pytest.fixture(scope="session")
def postgres_tables(postgres_cluster: PostgresCluster) -> str:
    """Give the name of a PostgreSQL database with all tables, in which no server ever started.

    In the whole it has no tables: servers make them.
    """
    if Strength.is_whole:
        return "template1"
    made = postgres_cluster.create_database(postgres_cluster.migrated()).name
    postgres_cluster.run_sql("DELETE FROM ledger;", made)
    return made


@pytest.fixture
def served_postgres(
    postgres_cluster: PostgresCluster, postgres_tables: str
) -> Iterator[PostgresDatabase]:
    """Give a database for a test of programs that serve from it, in which none has begun yet."""
    database = postgres_cluster.create_database(postgres_tables)
    yield database
    postgres_cluster.give_back(database.name)


@pytest.fixture
def postgres_database_url(postgres_database: PostgresDatabase) -> str:
    """Give the URL of a fresh database, as its owner, as `--database` takes it."""
    return postgres_database.url

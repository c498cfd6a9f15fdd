"""Brings a database to the present schema, one migrator at a time.

On SQLite foreign keys are switched off for it, before the transaction: a batch migration
rebuilds a table and drops the old one, which would delete all rows that refer to it by
`ON DELETE CASCADE`, without an error. Afterwards they are checked, and a copy taken before
remains if there was something to lose. No migration goes back: an earlier program is given that
copy again.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, StaticPool

from command_line.file_lock import FileLock, held
from server.claims.claim_statements import keep_recording
from server.database_errors import NO_RIGHT
from server.db.copies_before_upgrades import copy_before_upgrade
from server.db.database_connections import (
    BUSY_TIMEOUT_MS,
    READ_COMMITTED,
    postgres_engine,
    postgres_place,
)
from server.db.database_fault_words import words_of_fault
from server.db.ledger_state import FIRST_EPOCH
from server.db.revision import NEWER, SCRIPTS, UPGRADING, head_revision, known_revisions
from server.db.tcp_keepalive import NOTICED_BY_POSTGRES
from server.db.tenancy import protect_tables
from server.settings import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    Settings,
    keep_others_out,
    sqlite_file_of,
)
from server.tables import load_metadata
from server.tallies.triggers import keep_counting
from shared.kernel.errors import StoreFault
from shared.kernel.instant import Instant
from shared.kernel.os_errors import words_of_system

_NO_RIGHT: Final = frozenset({NO_RIGHT, "3F000"})
"""SQLSTATEs: insufficient privilege; no schema that one may use."""
_OF_MIGRATORS: Final = {
    "lock_timeout": "10000",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    **READ_COMMITTED,
    **NOTICED_BY_POSTGRES,
}
"""Settings of their sessions: a login whose claims may take seconds may take hours to upgrade, and
who waits for the lock of upgrades must not take it meanwhile."""
_WHOSE: Final = text(
    "SELECT session_user::text, current_database()::text, (SELECT tableowner::text FROM pg_tables"
    " WHERE schemaname = current_schema() AND tablename = 'alembic_version')"
)
_ENCODING: Final = text(
    "SELECT current_database()::text, current_setting('server_encoding')::text"
)


async def migrate(settings: Settings, now: Instant) -> str:
    """Create or upgrade the database's tables, policies and ledger.

    Returns:
        The revision that it is at now.

    Raises:
        StoreFault: if the database cannot be opened, or is of a newer version.
    """
    file = sqlite_file_of(settings.database)
    try:
        if file is not None:
            _migrate_sqlite(file, now)
        else:
            await _migrate_postgres(settings.database, now)
    except (DBAPIError, OSError, sqlite3.Error) as error:
        said = words_of_fault(settings, error)
        message = f"cannot prepare the database{_where(settings, error)}: {said}"
        raise StoreFault(message) from error
    return head_revision()


def _words_of_no_right(error: DBAPIError, login: str, database: str, owner: str | None) -> str:
    """Say which login may do what another has begun: whoever makes the tables serves them too."""
    said = f"cannot prepare the database: {words_of_system(error.orig or error)}"
    if owner is None:
        return f"{said}; let {login} own it: ALTER DATABASE {database} OWNER TO {login}"
    if owner == login:
        return said
    return (
        f"{said}. Its tables belong to {owner}, and this is {login}: the same login must"
        f" create, upgrade and serve them. Use {owner} in the URL, or make {login} their"
        " owner (docs/operations.md, PostgreSQL and several workers)"
    )


def _where(settings: Settings, error: Exception) -> str:
    """Name the file, or the host that was not reached; a server's own words name the rest."""
    if settings.sqlite_file is not None:
        return "" if isinstance(error, OSError) else f" in {settings.sqlite_file}"
    return f" at {postgres_place(settings.database)}" if isinstance(error, OSError) else ""


def upgrade(connection: Connection, now: Instant, target: str = "head") -> None:
    """Run the migrations on an open connection, then see to what they rest on."""
    refuse_newer(connection)
    wanted = head_revision() if target == "head" else target
    found = _revisions_of(connection)
    if not found and connection.dialect.name == "postgresql":
        _refuse_few_letters(connection)
    if found != {wanted}:
        _run_migrations(connection, target)
    if target != "head":
        return
    if connection.dialect.name == "postgresql":
        protect_tables(connection, load_metadata())
    keep_counting(connection)
    keep_recording(connection)
    connection.execute(
        text(
            "INSERT INTO ledger (id, epoch, open, reason, changed_at, cluster)"
            " VALUES (1, :epoch, true, 'first start', :now, '') ON CONFLICT DO NOTHING"
        ),
        {"epoch": FIRST_EPOCH, "now": now},
    )


def refuse_newer(connection: Connection) -> None:
    """Stop before a database that a newer program has upgraded.

    Raises:
        StoreFault: if its revision is not among ours.
    """
    if _revisions_of(connection) - known_revisions():
        raise StoreFault(NEWER)


def _refuse_few_letters(connection: Connection) -> None:
    """Make no tables where not every name can be stored: a guest's would fail amid an evening.

    Raises:
        StoreFault: if PostgreSQL keeps this database's texts in another encoding than UTF-8.
    """
    name, encoding = connection.execute(_ENCODING).one()
    if encoding != "UTF8":
        raise StoreFault(
            f"the database {name} stores text as {encoding}, which cannot hold every name:"
            f" create it again with CREATE DATABASE {name} TEMPLATE template0 ENCODING"
            " 'UTF8'"
        )


def _revisions_of(connection: Connection) -> set[str]:
    """Return what the database is at; nothing for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _run_migrations(connection: Connection, target: str) -> None:
    # Loading Alembic is a sixth of a start, and most find nothing to do.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes.update(connection=connection, metadata=load_metadata())
    command.upgrade(config, target)


def _migrate_sqlite(file: Path, now: Instant) -> None:
    file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    file.touch(PRIVATE_FILE)
    keep_others_out(file, PRIVATE_FILE)
    with held(FileLock(file.with_name(file.name + ".migrate"))):
        # One connection for all: each reads all tables' descriptions, a tenth of a start.
        engine = create_engine(f"sqlite:///{file}", poolclass=StaticPool, hide_parameters=True)

        @event.listens_for(engine, "connect")
        def _configure(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=OFF")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        try:
            with engine.connect() as connection:
                refuse_newer(connection)  # first: its copy would take the place of one of before
                found = _revisions_of(connection)
            if found and found != {head_revision()}:
                copy_before_upgrade(file, min(found))
            _upgrade_sqlite(engine, file, now)
        finally:
            engine.dispose()


def _upgrade_sqlite(engine: Engine, file: Path, now: Instant) -> None:
    # Writers of a running server wait for this lock, as they do for each other.
    with held(FileLock(file.with_name(file.name + ".writer"))), engine.begin() as connection:
        found = _revisions_of(connection)
        upgrade(connection, now)
        if found == {head_revision()}:
            return  # nothing can have broken; to look at every row takes long, and claims wait
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise StoreFault(f"the migration broke references in {broken[0][0]}; undone")


async def _migrate_postgres(url: str, now: Instant) -> None:
    from server.db.restore_locks import upgrade_nobodys

    engine = postgres_engine(url, _OF_MIGRATORS, poolclass=NullPool)
    try:
        # The lock is held by a connection of its own: migrations may leave their transaction.
        async with engine.connect() as guard:
            await guard.execute(text("SET lock_timeout = 0"))
            await guard.execute(text("SELECT pg_advisory_lock(:key)"), {"key": UPGRADING})
            await guard.commit()
            driver: Any = (await guard.get_raw_connection()).driver_connection
            await upgrade_nobodys(driver)
            try:
                async with engine.begin() as connection:
                    await connection.execute(text("SELECT set_config('app.org', '*', true)"))
                    await connection.run_sync(upgrade, now)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _NO_RIGHT:
                    raise
                login, database, owner = (await guard.execute(_WHOSE)).one()
                raise StoreFault(_words_of_no_right(error, login, database, owner)) from error
    finally:
        await engine.dispose()

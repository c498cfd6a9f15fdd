"""When the database is locked, full or gone, and when requests are too large: clear answers."""

from __future__ import annotations

import asyncio
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from structlog.testing import capture_logs

from command_line.clock_and_randomness import SystemClock
from server.db import database_connections as engines
from server.db.tenancy import SYSTEM
from server.settings import sqlite_file_of
from shared.kernel.id_types import EventId
from shared.kernel.instant import SECOND, Duration
from tests.factories.ledger_office import open_doors
from tests.factories.office import Office, open_office, test_settings
from tests.factories.postgres import OWNER, PostgresCluster
from tests.factories.proving import Proven


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for locks for a moment only."""
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 200)
    monkeypatch.setattr(engines, "LOCK_TIMEOUT_MS", 200)


NEW_EVENT = {"name": "Fest", "timezone": "UTC"}


async def test_a_locked_database_is_said_and_heals(office: Office) -> None:
    """Somebody holds the lock: 503 with a time; afterwards the same request works."""
    person = await office.person()
    file = sqlite_file_of(office.settings.database)
    if file is None:
        async with office.database.write(org=SYSTEM) as session:
            await session.execute(text("LOCK TABLE event IN ACCESS EXCLUSIVE MODE"))
            answer = await office.call("POST", f"{person.path}/events", person, json=NEW_EVENT)
    else:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answer = await office.call("POST", f"{person.path}/events", person, json=NEW_EVENT)
            other.execute("ROLLBACK")
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("/unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    await office.ok("POST", f"{person.path}/events", person, json=NEW_EVENT)


async def test_a_statement_that_may_take_no_longer_is_said_as_a_busy_database(
    postgres_cluster: PostgresCluster,
    migrated_postgres: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Operators bound a login's statements: 503 with a time, and no fault of ours to report."""
    monkeypatch.setattr(engines, "LOCK_TIMEOUT_MS", 600_000)
    made = postgres_cluster.create_database(migrated_postgres)
    async with open_office(test_settings(made.url, tmp_path)) as office:
        bounds: list[str] = []

        @event.listens_for(office.database._writer.sync_engine, "begin")
        def _bounded(connection: Any) -> None:
            for bound in bounds:
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {bound}")

        person = await office.person()
        path = f"{person.path}/events"
        async with office.database.write(org=SYSTEM) as session:
            await session.execute(text("LOCK TABLE event IN ACCESS EXCLUSIVE MODE"))
            bounds.append("200")
            with capture_logs() as lines:
                answer = await office.call("POST", path, person, json=NEW_EVENT)
            bounds.clear()
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) >= 1
        assert "57014" in {line.get("reason") for line in lines}
        await office.ok("POST", path, person, json=NEW_EVENT)
    postgres_cluster.drop_database(made.name)


async def test_a_full_disk_is_said_and_nothing_is_half_written(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    """The file cannot grow: 503 with what helps, stock as before, and reading goes on."""
    shutil.copyfile(migrated_sqlite, tmp_path / "full.db")
    async with open_office(test_settings(f"sqlite:///{tmp_path / 'full.db'}", tmp_path)) as office:
        person = await office.person()
        event_id = await office.event(person)
        kind = await office.ticket_type(person, EventId(event_id))

        @event.listens_for(office.database._writer.sync_engine, "begin")
        def _full(connection: Any) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

        body = {"lines": [{"ticket_type_id": kind, "quantity": 900}], "payment": "paid"}
        path = f"{person.path}/events/{event_id}"
        with capture_logs() as lines:
            answer = await office.call("POST", f"{path}/orders", person, json=body)
        assert answer.status_code == 503, answer.text
        assert answer.json()["detail"].startswith(
            "The server’s disk is full: free some space on it."
        )
        assert "SQLITE_FULL" in {line.get("reason") for line in lines}
        (row,) = await office.ok("GET", f"{path}/ticket-types", person)
        assert row["sold"] == 0


@pytest.mark.usefixtures("patient_readiness")
async def test_a_database_that_goes_away_is_said(
    postgres_cluster: PostgresCluster, migrated_postgres: str, tmp_path: Path
) -> None:
    """Its server ends the connections: 503 without a word about where it is, and not ready."""
    made = postgres_cluster.create_database(migrated_postgres)
    async with open_office(test_settings(made.url, tmp_path)) as office:
        person = await office.person()
        assert (await office.call("GET", "/health/ready")).status_code == 200
        postgres_cluster.drop_database(made.name)
        mistyped = {"authorization": "Bearer gks_" + "x" * 36}
        answer = await office.call("GET", "/api/v1/me", headers=mistyped)
        assert answer.status_code == 401, "a mistyped key needs no database"
        for _ in range(2):
            answer = await office.call("GET", f"{person.path}/events", person)
            assert answer.status_code == 503, answer.text
            assert made.name not in answer.text
        office.clock.advance(2 * SECOND)
        ready = await office.call("GET", "/health/ready")
        assert ready.status_code == 503
        assert ready.json()["checks"]["database"] == {"ok": False}


@contextmanager
def no_file_grows(beyond: int) -> Iterator[None]:
    """Let this process's files grow no further, as on a disk that has no room left."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (beyond, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("patient_readiness")
async def test_a_full_disk_is_not_ready_and_freed_room_is(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    """No file may grow: everything can be read, and ready says that nothing can be written."""
    file = tmp_path / "full.db"
    shutil.copyfile(migrated_sqlite, file)
    async with open_office(test_settings(f"sqlite:///{file}", tmp_path)) as office:
        person = await office.person()
        log = file.with_name("full.db-wal")
        with no_file_grows(log.stat().st_size):
            refused = await office.call("POST", f"{person.path}/events", person, json=NEW_EVENT)
            assert refused.status_code == 503, "the disk must really be full"
            answer = await office.call("GET", "/health/ready")
        assert answer.status_code == 503, answer.text
        assert answer.json()["checks"]["database"]["ok"], "it can still be read"
        assert answer.json()["checks"]["writing"] == {"ok": False}
        office.clock.advance(2 * SECOND)
        ready = await office.call("GET", "/health/ready")
        assert ready.status_code == 200, "room was made, nobody started anything again"


async def test_a_standby_that_only_reads_is_not_ready(
    postgres_cluster: PostgresCluster, migrated_postgres: str, tmp_path: Path
) -> None:
    """A PostgreSQL that grants no writing: it can be asked, and ready says no."""
    made = postgres_cluster.create_database(migrated_postgres)
    postgres_cluster.run_sql(f"ALTER DATABASE {made.name} SET default_transaction_read_only = on;")
    async with open_office(test_settings(made.url, tmp_path)) as office:
        answer = await office.call("GET", "/health/ready")
    assert answer.status_code == 503, answer.text
    assert answer.json()["checks"]["database"]["ok"]
    assert answer.json()["checks"]["writing"] == {"ok": False}


async def test_who_met_a_standby_goes_on_with_the_database_that_takes_its_place(
    postgres_cluster: PostgresCluster, migrated_postgres: str, tmp_path: Path
) -> None:
    """The address led there for a while: its connections hold on, and would fail for ever."""
    made = postgres_cluster.create_database(migrated_postgres)
    reads = f"ALTER DATABASE {made.name} {{}} default_transaction_read_only"
    async with open_office(test_settings(made.url, tmp_path)) as office:
        office.client.auth = Proven()
        doors = await open_doors(office, 2)
        gate = await doors.enrol(0)
        postgres_cluster.run_sql(f"{reads.format('SET')} = on;")
        postgres_cluster.run_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{made.name}';"
        )
        events = f"{doors.owner.path}/events"
        for _ in range(3):
            claimed = await doors.claim(gate, doors.codes[0])
            refused = await office.call("POST", events, doors.owner, json=NEW_EVENT)
            assert (claimed.status_code, refused.status_code) == (503, 503)
        # Who reads meanwhile, by either road, opens connections that could never write.
        for read in ("", f"/{doors.event_id}/checkins/counts"):
            assert (await office.call("GET", events + read, doors.owner)).status_code == 200
        postgres_cluster.run_sql(f"{reads.format('RESET')};")
        assert (await doors.claimed(gate, doors.codes[0]))["reason"] == "ok"
        made_event = await office.call("POST", events, doors.owner, json=NEW_EVENT)
        assert made_event.status_code == 201, made_event.text


@pytest.mark.usefixtures("patient_readiness")
async def test_ready_says_by_how_much_a_hosts_clock_is_off_its_databases(
    postgres_cluster: PostgresCluster, migrated_postgres: str, tmp_path: Path
) -> None:
    """One of several hosts may be wrong from its start: it was never set back, and serves on."""
    made = postgres_cluster.create_database(migrated_postgres)
    async with open_office(test_settings(made.url, tmp_path)) as office:
        office.clock.step_wall(Duration(SystemClock().wall() - office.clock.wall() - 240 * SECOND))
        answer = await office.call("GET", "/health/ready")
    assert answer.status_code == 200, answer.text
    clock = answer.json()["checks"]["clock"]
    assert clock == {"ok": True, "set_back_s": 0, "off_database_s": pytest.approx(-240, abs=30)}


@pytest.mark.usefixtures("patient_readiness")
async def test_role_that_may_make_no_temporary_tables_is_ready(
    postgres_cluster: PostgresCluster, migrated_postgres: str, tmp_path: Path
) -> None:
    """An operator has taken that right from everybody: what claims need is there."""
    made = postgres_cluster.create_database(migrated_postgres)
    postgres_cluster.run_sql(f"REVOKE TEMPORARY ON DATABASE {made.name} FROM PUBLIC, {OWNER};")
    async with open_office(test_settings(made.url, tmp_path)) as office:
        answer = await office.call("GET", "/health/ready")
    assert answer.status_code == 200, answer.text


async def test_ready_answers_in_time_while_a_writer_hangs(office: Office) -> None:
    """Somebody never ends a write: ready says so after its second, twice, and heals by itself."""
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text("INSERT INTO writing_probe (id, filling) VALUES (1, '')"))
        for _ in range(2):
            office.clock.advance(2 * SECOND)
            async with asyncio.timeout(60):
                answer = await asyncio.create_task(office.call("GET", "/health/ready"))
            assert answer.status_code == 503
            assert answer.json()["checks"]["writing"] == {"ok": False}
            assert answer.json()["checks"]["database"]["ok"]
    office.clock.advance(2 * SECOND)
    assert (await office.call("GET", "/health/ready")).status_code == 200


@pytest.mark.either_database
async def test_an_endless_body_is_refused(office: Office) -> None:
    """More than the limit is 413, however it is sent."""
    answer = await office.call(
        "POST",
        "/api/v1/sessions",
        content=b'{"email": "' + b"a" * 1_100_000 + b'"}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/too-large")


STRANGE_PATHS = (
    "/api/v1/organizations/%00/events",
    "/api/v1/organizations/" + "x" * 5_000 + "/events",
    "/api/v1/organizations/%F0%9F%8E%AB/events",
    "/api/v1/organizations/../../etc/passwd",
    "/%ff%fe",
)


@pytest.mark.either_database
async def test_a_strange_path_is_only_not_found(office: Office) -> None:
    """Zero bytes, emoji, dots and five thousand letters are no organization."""
    person = await office.person()
    for path in STRANGE_PATHS:
        answer = await office.call("GET", path, person)
        assert answer.status_code in {400, 404}, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_strange_text_is_stored_or_refused_but_never_breaks(office: Office) -> None:
    """A zero byte, which PostgreSQL cannot keep, is a wrong field; emoji are text."""
    person = await office.person()
    events = f"{person.path}/events"
    fine = await office.ok("POST", events, person, json=NEW_EVENT | {"name": "🎫 Übergröße"})
    assert fine["name"] == "🎫 Übergröße"
    zero = await office.call("POST", events, person, json=NEW_EVENT | {"name": "a\x00b"})
    assert zero.status_code == 422, zero.text
    half = await office.call(
        "POST",
        events,
        person,
        content=b'{"name": "\\ud800", "timezone": "UTC"}',
        headers={"content-type": "application/json"},
    )
    assert half.status_code in {400, 422}, half.text

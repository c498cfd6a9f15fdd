"""Migrations: the schema they make is the models', and they lose no row."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from server.db.database_connections import Database, postgres_engine
from server.db.ledger_state import read_ledger
from server.db.revision import head_revision
from server.db.tenancy import SYSTEM
from server.settings import sqlite_file_of
from server.start_up import migrating
from server.start_up.migrating import migrate
from server.tables import load_metadata
from shared.kernel.errors import StoreFault
from shared.kernel.instant import Instant
from shared.wire.enrol_code import code_keys
from tests.factories.office import test_settings
from tests.factories.postgres import PostgresDatabase

pytestmark = pytest.mark.integration


def _differences(connection: sa.Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, load_metadata()))


async def test_the_migrated_schema_is_that_of_the_models(database_url: str) -> None:
    """Alembic finds nothing to change on either database."""
    file = sqlite_file_of(database_url)
    if file is not None:
        engine = sa.create_engine(f"sqlite:///{file}")
        with engine.connect() as connection:
            assert _differences(connection) == []
        engine.dispose()
        return
    server = postgres_engine(database_url, {})
    async with server.connect() as remote:
        assert await remote.run_sync(_differences) == []
    await server.dispose()


async def test_migrating_again_changes_nothing(database_url: str, tmp_path: Path) -> None:
    """A second run ends well at the same revision."""
    settings = test_settings(database_url, tmp_path)
    assert await migrate(settings, Instant(1)) == head_revision()


async def test_many_migrators_at_once_make_one_schema(
    postgres_database_url: str, tmp_path: Path
) -> None:
    """On an empty PostgreSQL one migrates, the others wait and find it done."""
    settings = test_settings(postgres_database_url, tmp_path)
    done = await asyncio.gather(*(migrate(settings, Instant(1)) for _ in range(4)))
    assert set(done) == {head_revision()}
    database = Database(postgres_database_url)
    async with database.read(org=SYSTEM) as session:
        assert (await read_ledger(session)).epoch == 1
    await database.close()


@pytest.mark.parametrize("bound", ["statement_timeout", "idle_in_transaction_session_timeout"])
async def test_an_upgrade_takes_as_long_as_it_takes(
    postgres_database: PostgresDatabase, tmp_path: Path, bound: str
) -> None:
    """Operators bound what a login's statement may take; a large table's upgrade takes longer.

    They bound how long it rests amid a transaction as well; a slow machine reads our steps first.
    """
    name = postgres_database.url.rpartition("/")[2]
    opened = await asyncpg.connect(postgres_database.url)
    await opened.execute(f"ALTER DATABASE {name} SET {bound} = '1ms'")
    await opened.close()
    settings = test_settings(postgres_database.url, tmp_path)
    assert await migrate(settings, Instant(1)) == head_revision()


async def test_a_database_of_a_newer_program_is_refused(database_url: str, tmp_path: Path) -> None:
    """A revision that this program does not know stops it before anything is touched.

    Least of all the copy that the newer one has left, by which an operator goes back.
    """
    way_back = tmp_path / f"{(sqlite_file_of(database_url) or tmp_path).name}.before-0001"
    way_back.touch()
    settings = test_settings(database_url, tmp_path)
    database = Database(database_url)
    async with database.write(org=SYSTEM) as session:
        await session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(StoreFault, match="newer version"):
        await migrate(settings, Instant(1))
    assert _ways_back(tmp_path) == [way_back]


def _ways_back(folder: Path) -> list[Path]:
    return list(folder.glob("*.before-*"))


def _family(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);"
            "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL"
            " REFERENCES parent (id) ON DELETE CASCADE);"
            "INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1, 1), (2, 1);"
        )


def _rebuild_parent(connection: sa.Connection) -> None:
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("parent", recreate="always") as batch:
        batch.add_column(sa.Column("size", sa.Integer()))


def _children(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM child").fetchone()[0])


def test_rebuilding_a_table_keeps_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch migration with foreign keys on deletes all children; ours runs with them off."""
    trap = tmp_path / "trap.db"
    _family(trap)
    engine = sa.create_engine(f"sqlite:///{trap}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.commit()
        with connection.begin():
            _rebuild_parent(connection)
    engine.dispose()
    assert _children(trap) == 0, "the trap is gone; the rule may be dropped"

    ours = tmp_path / "ours.db"
    _family(ours)
    monkeypatch.setattr(migrating, "upgrade", lambda connection, _now: _rebuild_parent(connection))
    asyncio.run(migrate(test_settings(f"sqlite:///{ours}", tmp_path), Instant(1)))
    assert _children(ours) == 2


def test_a_migration_that_breaks_references_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """References are checked before the commit; what broke them is rolled back."""
    file = tmp_path / "broken.db"
    _family(file)

    def break_references(connection: sa.Connection, _now: int) -> None:
        connection.exec_driver_sql("DELETE FROM parent")

    monkeypatch.setattr(migrating, "upgrade", break_references)
    with pytest.raises(StoreFault, match="child"):
        asyncio.run(migrate(test_settings(f"sqlite:///{file}", tmp_path), Instant(1)))
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM parent").fetchone()[0] == 1


async def test_a_verb_that_upgrades_nothing_looks_at_no_row(tmp_path: Path) -> None:
    """Claims of the server beside it wait meanwhile, and an evening's rows are millions."""
    file = tmp_path / "served.db"
    settings = test_settings(f"sqlite:///{file}", tmp_path)
    await migrate(settings, Instant(1))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "INSERT INTO event_feed VALUES ('ev_none', 0, 1, 0, 0, 0, 0, '', '', '')"
        )
        connection.commit()
    assert await migrate(settings, Instant(1)) == head_revision()


_CODE = "7K2M-9Q4T-1X0C-8F3Z"
_SEATS = {
    # Its ticket's state, and what a till has said of its grant, if it had one.
    "A-1": ("cancelled", "confirmed"),
    "A-2": ("cancelled", "nothing yet"),
    "A-3": ("cancelled", "annulled"),
    "A-4": ("paid", ""),
    "A-5": ("cancelled", ""),
}


def _keep_code(connection: sa.Connection) -> None:
    """Keep an unused code, as before codes were proven."""
    plain = _CODE.replace("-", "").encode()
    row = {"organization_id": "og_1", "role": "gate", "profile": "live", "created_by": "us_1"}
    kept = hashlib.sha256(b"gatekeeper/enrolment/1\0" + plain).digest()
    _add(connection, "enrolment_code", hash=kept, **row, created_at=1, expires_at=9)


def _keep_orders(connection: sa.Connection) -> None:
    """Keep orders with a buyer and without, as before what a search looks in was kept."""
    for number, name in enumerate(("Zoë Müller", None)):
        row = {"organization_id": "og_1", "event_id": "ev_1", "state": "paid", "channel": "api"}
        buyer = {"buyer_name": name, "buyer_email": name, "currency": "EUR"}
        numbers = {"number": number, "total_minor": 0, "created_at": 1}
        _add(connection, "ticket_order", id=f"or_{number + 1}", **row, **buyer, **numbers)


def _keep_members(connection: sa.Connection) -> None:
    """Keep members, as before five roles were known."""
    for role in ("owner", "manager", "staff"):
        row = {"organization_id": "og_1", "user_id": f"us_{role}", "role": role}
        _add(connection, "membership", **row, created_at=1)


def _keep_seats(connection: sa.Connection) -> None:
    """Keep sold seats, as before they followed tills."""

    def add(table: str, **row: Any) -> None:
        _add(connection, table, **({"event_id": "ev_1", "organization_id": "og_1"} | row))

    add("seat_counter", seq=7)
    add("seat_counter", event_id="ev_2", seq=3)
    for number, (seat, (state, said)) in enumerate(_SEATS.items()):
        sold = {"seat_id": seat, "place": number, "state": "sold", "holder": "or_1", "seq": 4}
        add("event_seat", **sold, ticket_id=number)
        ticket = {"ticket_id": number, "ticket_type_id": "tt_1", "state": state, "generation": 0}
        more = {"blocked": False, "persons": 1, "updated_seq": 0, "created_at": 1}
        homes = {"home_number": 0, "is_imported": False}
        add("ticket", **ticket, **more, **homes)
        if said:
            words = ("device_id", "actor", "person", "mode", "reason", "reference", "currency")
            grant = {"claim_id": seat, "ticket_id": number, "purpose": "refund", "tender": ""}
            grant |= dict.fromkeys(words, "") | {"source": "claim", "at": 1}
            grant |= dict.fromkeys(("generation", "amount_minor", "seq", "knew", "head"), 0)
            add(
                "ticket_withdrawal",
                **grant,
                is_confirmed=said == "confirmed",
                is_annulled=said == "annulled",
            )


def _keep_plans(connection: sa.Connection) -> None:
    """Keep two plans, one with a type that has hours, as before a till was told them."""
    for event_id in ("ev_1", "ev_2"):
        row: dict[str, Any] = {"id": event_id, "organization_id": "og_1", "plan_version": 4}
        row |= {"name": "Fair", "state": "draft", "timezone": "UTC", "currency": "EUR"}
        row["policy"] = "{}"
        _add(connection, "event", **row, created_at=1, updated_at=1)
    for number, first in enumerate((None, 5)):
        row = {"id": f"tt_{number}", "event_id": f"ev_{number + 1}", "code": 1, "name": "Day"}
        row |= {"organization_id": "og_1", "persons": 1, "currency": "EUR", "price_minor": 1}
        row |= {"check_id": False, "created_at": 1}
        _add(connection, "ticket_type", **row, valid_from=first)


def _keep_refunds(connection: sa.Connection) -> None:
    """Keep what was owed back, as before its tax was told."""
    own = {"event_id": "ev_9", "organization_id": "og_1"}
    line = {"order_id": "or_9", "ticket_type_id": "tt_9", "organization_id": "og_1"}
    sums = {"quantity": 3, "unit_price_minor": 1_000, "total_minor": 3_000}
    _add(connection, "order_line", **line, line=2, **sums, tax_basis_points=700, tax_minor=196)
    ticket: dict[str, Any] = {
        "ticket_id": 5 - (1 << 63),
        "ticket_type_id": "tt_9",
        "state": "cancelled",
    }
    ticket |= {"generation": 0, "blocked": False, "persons": 1, "updated_seq": 0, "created_at": 1}
    homes = {"home_number": 0, "is_imported": False, "order_id": "or_9", "order_line": 2}
    _add(connection, "ticket", **own, **ticket, **homes)
    for number, amount in ((5, 900), (6, 100)):
        back: dict[str, Any] = {
            "id": f"rf_{number}",
            "order_id": "or_9",
            "ticket_id": f"{number:016x}",
        }
        back |= {"currency": "EUR", "reason": "", "created_at": 1}
        _add(connection, "refund", **own, **back, amount_minor=amount)


_KEPT = {
    "0027": (_keep_code, ["enrolment_code"]),
    "0057": (_keep_orders, ["ticket_order"]),
    "0065": (_keep_members, ["membership"]),
    "0085": (_keep_seats, ["event_seat", "seat_counter", "ticket", "ticket_withdrawal"]),
    "0094": (_keep_plans, ["event", "ticket_type"]),
    "0105": (_keep_refunds, ["order_line", "refund"]),
}
"""What was kept, and where, at a revision whose next one changed what it means."""


def _upgrade_with_rows(connection: sa.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Upgrade from nothing, with rows from before each change; returns them as they are then."""
    for revision, (keep, tables) in _KEPT.items():
        migrating.upgrade(connection, Instant(1), revision)
        if connection.dialect.name == "postgresql":
            # Whose rows they are is left out: only what is kept here matters.
            for table in tables:
                for key in sa.inspect(connection).get_foreign_keys(table):
                    drop = f"ALTER TABLE {table} DROP CONSTRAINT {key['name']}"
                    connection.execute(sa.text(drop))
            connection.execute(sa.text("SELECT set_config('app.org', '*', true)"))
        keep(connection)
    migrating.upgrade(connection, Instant(1))
    queries = {
        "codes": "SELECT hash, signer, secret FROM enrolment_code",
        "orders": "SELECT buyer_folded FROM ticket_order ORDER BY id",
        "members": "SELECT user_id, role FROM membership ORDER BY user_id",
        "seats": "SELECT seat_id, state, holder, seq FROM event_seat ORDER BY seat_id",
        "seat counters": "SELECT seq FROM seat_counter ORDER BY event_id",
        "plans": "SELECT plan_version FROM event ORDER BY id",
        "taxes": "SELECT tax_basis_points, tax_minor FROM refund ORDER BY id",
    }
    return {
        name: [tuple(row) for row in connection.execute(sa.text(query))]
        for name, query in queries.items()
    }


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_rows_of_before_are_what_they_mean_today(
    request: pytest.FixtureRequest, database: str
) -> None:
    """Of any version, in one upgrade: codes, buyers, members, seats, plans and refunds.

    An unused code becomes what it is proven by, as by the rest nobody could enrol. Orders are
    found by their buyers. Who sold tickets as staff is of the box office: staff at the door came
    later. Seats that tills took back are free, and whoever watches the map is told; a till that
    may still say no keeps its guest's seat. Plans of types with hours are told again: a till that
    knows the plan of before would sign tickets without them. Refunds tell the tax in them.
    """
    if database == "sqlite":
        engine = sa.create_engine("sqlite://")
        with engine.begin() as connection:
            found = _upgrade_with_rows(connection)
        engine.dispose()
    else:
        url = request.getfixturevalue("postgres_database_url")
        server = postgres_engine(url, {})
        async with server.begin() as remote:
            found = await remote.run_sync(_upgrade_with_rows)
        await server.dispose()
    keys = code_keys(_CODE)
    codes = [tuple(map(bytes, row)) for row in found["codes"]]
    assert codes == [(keys.code_id, keys.signer.public_key, keys.secret)]
    assert found["orders"] == [("zoe muller\nzoe muller",), ("",)]
    assert dict(found["members"]) == {
        "us_owner": "owner",
        "us_manager": "manager",
        "us_staff": "box_office",
    }
    free, sold = ("free", "", 8), ("sold", "or_1", 4)
    seats = {seat: tuple(rest) for seat, *rest in found["seats"]}
    assert seats == {"A-1": free, "A-2": sold, "A-3": free, "A-4": sold, "A-5": free}
    assert found["seat counters"] == [(8,), (3,)]
    assert found["plans"] == [(4,), (5,)]
    assert found["taxes"] == [(700, 58), (0, 0)], "of a ticket that is gone nothing is known"


def _add(connection: sa.Connection, table: str, **row: Any) -> None:
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in row]
    connection.execute(sa.table(table, *columns).insert().values(row))


def test_a_database_that_cannot_be_opened_is_said_with_what_to_look_at(tmp_path: Path) -> None:
    """SQLite's own words do not say why: most often another user's files lie there."""
    (tmp_path / "gatekeeper.db").mkdir()
    settings = test_settings(f"sqlite:///{tmp_path}/gatekeeper.db", tmp_path)
    with pytest.raises(StoreFault, match="unable to open database file; check that it"):
        asyncio.run(migrate(settings, Instant(1)))

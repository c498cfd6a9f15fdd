"""The hot statements' plans on PostgreSQL: kept for a while, made anew as tables grow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest

from server.db import hot_path_connections as driver_module
from server.db.database_connections import Database
from server.db.hot_path_connections import Driver, PostgresDriver, Transaction, open_driver
from server.db.hot_path_statements import lookup, statement
from shared.kernel.errors import StoreFault
from tests.factories.led_connections import led_on
from tests.factories.postgres import PostgresCluster, PostgresDatabase

FIND = lookup("probe", "place", "place", "bigint", given=3)
PLANS = statement(
    "SELECT name, generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
)
TABLE = (
    "CREATE TABLE probe (event_id text, organization_id text, place bigint,"
    " PRIMARY KEY (event_id, place)) WITH (autovacuum_enabled = false);"
)
FILL = "INSERT INTO probe SELECT 'ev', 'og', n FROM generate_series(1, 5000) n;"


@asynccontextmanager
async def opened(database: PostgresDatabase, size: int = 1) -> AsyncIterator[Driver]:
    """Open a driver with one connection, or a few."""
    engine = Database(database.url)
    driver = open_driver(engine, database.url, size=size)
    yield driver
    await driver.close()
    await engine.close()


async def find(transaction: Transaction) -> tuple[str, int, int]:
    """Look something up; returns the statement's name and how often it was planned, and how."""
    await transaction.fetch(FIND, "ev", "og", [7])
    ((name, generic, custom),) = await transaction.fetch(PLANS, FIND.postgres)
    return name, generic, custom


async def test_statements_are_not_planned_at_each_call(
    postgres_database: PostgresDatabase,
) -> None:
    """The number of keys is no reason to plan anew: planning costs more than looking up."""
    async with opened(postgres_database) as driver:
        async with driver.write("og") as transaction:
            await transaction.fetch(statement(TABLE))
        for times in range(1, 8):
            async with driver.write("og") as transaction:
                assert (await find(transaction))[1:] == (times, 0)


async def test_who_holds_a_connection_for_a_moment_sends_nobody_to_another(
    postgres_database: PostgresDatabase,
) -> None:
    """Plans and memory of a batch's connection are warm; that which is free last is beside it."""
    whose = statement("SELECT pg_backend_pid()")

    async def asked(beside: asyncio.Event, done: asyncio.Event) -> int:
        async with driver.write("og") as transaction:
            ((number,),) = await transaction.fetch(whose)
            beside.set()
            await done.wait()
        return int(number)

    async with opened(postgres_database, 2) as driver:
        events = [asyncio.Event() for _ in range(4)]
        first = asyncio.create_task(asked(events[0], events[1]))
        await events[0].wait()
        second = asyncio.create_task(asked(events[2], events[3]))
        await events[2].wait()
        events[1].set()
        warm = await first
        events[3].set()
        assert await second != warm
        again = [await asked(asyncio.Event(), events[3]) for _ in range(3)]
    assert again == [warm] * 3


async def test_connection_that_is_lost_right_after_its_login_is_said(
    postgres_database: PostgresDatabase,
) -> None:
    """PostgreSQL stops while the driver asks for its role: that is no fault of a request."""
    port = urlsplit(postgres_database.url).port
    assert port is not None
    async with led_on(port, lambda data, _: b"pg_roles" not in data) as led:
        driver = PostgresDriver(postgres_database.url.replace(f":{port}/", f":{led}/"), 1)
        with pytest.raises(StoreFault):
            async with driver.write("og"):
                pass


@pytest.mark.parametrize(("kept_s", "way"), [(3600.0, "Seq Scan"), (0.0, "Index Scan")])
async def test_plan_made_for_an_empty_table_is_given_up(
    postgres_cluster: PostgresCluster,
    postgres_database: PostgresDatabase,
    monkeypatch: pytest.MonkeyPatch,
    kept_s: float,
    way: str,
) -> None:
    """An event's first claims find empty tables; those that follow do not read all of it."""
    monkeypatch.setattr(driver_module, "PLANS_KEPT_S", kept_s)
    async with opened(postgres_database) as driver:
        async with driver.write("og") as transaction:
            await transaction.fetch(statement(TABLE))
        postgres_cluster.run_sql("VACUUM ANALYZE probe;", postgres_database.name)
        async with driver.read("og") as transaction:
            await find(transaction)
        postgres_cluster.run_sql(FILL, postgres_database.name)
        async with driver.read("og") as transaction:
            name, _, _ = await find(transaction)
            explain = statement(f"EXPLAIN EXECUTE {name}('ev', 'og', '{{7}}')")
            plan = "\n".join(row[0] for row in await transaction.fetch(explain))
    assert way in plan, plan


async def test_connection_that_is_lost_in_any_moment_is_said(
    postgres_database: PostgresDatabase, postgres_cluster: PostgresCluster
) -> None:
    """PostgreSQL ends a connection as it is taken again: that is no fault of a request."""
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{postgres_database.name}' AND application_name = 'gatekeeper ledger';"
    )
    async with opened(postgres_database) as driver:
        for steps in range(8):
            async with driver.read("og") as transaction:
                await transaction.fetch(PLANS, "")
            # The loop stands still meanwhile: it learns of the end step by step.
            postgres_cluster.run_sql(end)
            for _ in range(steps):
                await asyncio.sleep(0)
            with suppress(StoreFault):
                async with driver.read("og") as transaction:
                    await transaction.fetch(PLANS, "")

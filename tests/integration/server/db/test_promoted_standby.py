"""A standby that took PostgreSQL's place: whoever serves goes on, whoever starts begins anew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.factories.postgres import PostgresCluster
from tests.factories.running_server import RunningServer
from tests.factories.waiting import until

_PROMOTE = "UPDATE ledger SET cluster = split_part(cluster, '/', 1) || '/0';"
"""As if what the ledger knows were the timeline before this one."""


def _ledger(server: RunningServer) -> tuple[int, bool, str]:
    epoch, is_open, cluster = asyncio.run(
        server.fetch("SELECT epoch, open, split_part(cluster, '/', 2) FROM ledger")
    )[0]
    return epoch, is_open, cluster


@pytest.fixture
def server(
    postgres_cluster: PostgresCluster, migrated_postgres: str, tmp_path: Path
) -> RunningServer:
    """Give a server that has been started once."""
    made = postgres_cluster.create_database(migrated_postgres)
    server = RunningServer(tmp_path / "server", made.url)
    server.done("migrate")
    return server


def test_a_start_on_a_promoted_standby_waits_for_devices(
    server: RunningServer, postgres_cluster: PostgresCluster
) -> None:
    """What it had not heard of is lost, and nobody has looked."""
    assert _ledger(server) == (1, True, "1")
    postgres_cluster.run_sql(_PROMOTE, database=str(server.database).rpartition("/")[2])
    server.done("migrate")
    assert _ledger(server) == (2, True, "1"), "a higher epoch; there is no device to wait for"


def test_who_serves_over_a_promotion_is_closed_by_no_later_start(
    server: RunningServer, postgres_cluster: PostgresCluster
) -> None:
    """Devices have looked since; a mere look at the keys stopped all gates' claims."""
    name = str(server.database).rpartition("/")[2]
    server.start()
    try:
        postgres_cluster.run_sql(
            f"{_PROMOTE} SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{name}' AND pid <> pg_backend_pid();",
            database=name,
        )
        until(lambda: _ledger(server)[2] == "1")
        server.done("epoch", "show")
    finally:
        server.stop()
    server.done("migrate")
    assert _ledger(server) == (1, True, "1")

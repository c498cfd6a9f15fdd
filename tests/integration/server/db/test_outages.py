"""What a server's log says of a database that goes away and comes back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.factories import programs
from tests.factories.postgres import PostgresCluster
from tests.factories.waiting import until
from tests.integration.server.commands.test_commands import environment


def test_a_database_that_goes_and_comes_back_is_two_lines(
    postgres_cluster: PostgresCluster, migrated_postgres: str, tmp_path: Path
) -> None:
    """However many requests and rounds of upkeep fail meanwhile; neither has a traceback."""
    made = postgres_cluster.create_database(migrated_postgres)
    log = tmp_path / "log"
    with log.open("w") as stderr:
        process = programs.start(
            [programs.SERVER, "serve", "--port", "0", "--workers", "1"],
            environment=environment(tmp_path / "data", made.url),
            stdout=subprocess.PIPE,
            stderr=stderr,
            is_text=True,
        )
    assert process.stdout is not None
    try:
        url = str(json.loads(process.stdout.readline())["listening"])
        credentials = {"email": "ada@example.org", "password": "correct horse battery staple"}
        with httpx.Client(base_url=url, timeout=30) as client:

            def status() -> int:
                return client.post("/api/v1/sessions", json=credentials).status_code

            assert status() == 401
            allow = f"ALTER DATABASE {made.name} ALLOW_CONNECTIONS "
            postgres_cluster.run_sql(f"{allow} false;")
            postgres_cluster.run_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = '{made.name}';"
            )
            assert [status() for _ in range(6)] == [503] * 6
            with pytest.raises(InvalidStatus) as refused:
                connect(
                    f"ws{url.removeprefix('http')}/sync/v1/push",
                    additional_headers={"authorization": "Bearer gkd_nobody"},
                    proxy=None,
                )
            answer = refused.value.response
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
            postgres_cluster.run_sql(f"{allow} true;")
            until(lambda: status() == 401)
            until(lambda: "database.back" in log.read_text())
    finally:
        process.terminate()
        process.communicate(timeout=60)
    lines = [json.loads(line) for line in log.read_text().splitlines() if line[:1] == "{"]
    told = [line["event"] for line in lines if line["event"] != "request"]
    assert [one for one in told if one.startswith(("database.", "library."))] == [
        "database.unavailable",
        "database.back",
    ]
    assert not [line for line in lines if "exception" in line], lines
    (gone,) = [line for line in lines if line["event"] == "database.unavailable"]
    assert gone["reason"]
    assert made.name not in json.dumps(gone)

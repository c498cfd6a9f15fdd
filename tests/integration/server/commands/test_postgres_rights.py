"""Whose a PostgreSQL database is, and what keeps organizations apart in it: said at the start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.commands.backup import run_postgres_tool
from tests.factories.postgres import OWNER, PostgresCluster
from tests.integration.server.commands.test_commands import Ended, done, run

ROOT = Path(__file__).resolve().parents[4]
POLICY = "SELECT polname FROM pg_policy WHERE polrelid = 'ticket'::regclass;"
FREE = "USING (true) WITH CHECK (true)"


@pytest.fixture
def database(postgres_cluster: PostgresCluster, migrated_postgres: str) -> tuple[str, str]:
    """Give a database of the present version: its name, and its owner's URL."""
    made = postgres_cluster.create_database(migrated_postgres)
    return made.name, made.url


@pytest.mark.parametrize(
    "change",
    [
        "ALTER POLICY {policy} ON ticket USING (true)",
        "ALTER POLICY {policy} ON ticket WITH CHECK (true)",
        f"ALTER POLICY {{policy}} ON ticket TO {OWNER}",
        f"DROP POLICY {{policy}} ON ticket; CREATE POLICY {{policy}} ON ticket {FREE}",
        f"CREATE POLICY helper ON ticket {FREE}",
    ],
)
def test_an_altered_policy_is_noticed_at_the_start(
    database: tuple[str, str], postgres_cluster: PostgresCluster, tmp_path: Path, change: str
) -> None:
    """Nothing is served on it; what the sentence says to do heals it, and nothing else has to."""
    name, url = database
    policy = postgres_cluster.run_sql(POLICY, name).strip()
    done(tmp_path, "migrate", database=url)
    postgres_cluster.run_sql(change.format(policy=policy) + ";", name)
    refused = run(tmp_path, "migrate", database=url)
    assert refused.returncode == 3
    assert "keeps organizations apart" in refused.stderr
    advised = re.findall("DROP POLICY [a-z0-9_]+ ON [a-z_]+", refused.stderr)
    assert len(advised) == 1
    postgres_cluster.run_sql(advised[0] + ";", name)
    done(tmp_path, "migrate", database=url)
    assert postgres_cluster.run_sql(POLICY, name).strip() == policy


def test_a_policy_for_a_role_of_the_operators_own_is_left_alone(
    database: tuple[str, str], postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    """Who reports from the database may be let through by name; and narrower ones bind all."""
    name, url = database
    postgres_cluster.run_sql(
        f"CREATE POLICY reporting ON ticket FOR SELECT TO pg_read_all_data {FREE[:12]};"
        "CREATE POLICY narrower ON ticket AS RESTRICTIVE USING (true);",
        name,
    )
    done(tmp_path, "migrate", database=url)


def test_a_login_that_did_not_make_the_tables_is_told_whose_they_are(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    """`init` as one and `serve` as another: both are named, and what the guide says hands over.

    The other one has its copy put back then, which makes the tables anew.
    """
    made = postgres_cluster.create_database()
    postgres_cluster.run_sql(
        f"ALTER DATABASE {made.name} OWNER TO postgres;"
        f"REVOKE CREATE ON SCHEMA public FROM {OWNER}, PUBLIC;",
        made.name,
    )
    superuser = postgres_cluster.url("postgres", made.name)
    done(tmp_path, "init", database=superuser)
    refused = run(tmp_path, "init", database=made.url)
    assert refused.returncode == 3
    assert "belong to postgres" in refused.stderr
    assert f"this is {OWNER}" in refused.stderr
    guide = (ROOT / "docs/operations.md").read_text("utf-8")
    (handing,) = re.findall(r"^DO \$\$ DECLARE one.*?END \$\$;$", guide, re.DOTALL | re.MULTILINE)
    postgres_cluster.run_sql(handing.replace("NEW", OWNER), made.name)
    done(tmp_path, "init", database=made.url)
    assert run(tmp_path, "epoch", "open", "--reason", "x", database=made.url).returncode == 0
    done(tmp_path, "backup", str(tmp_path / "copy"), database=made.url)
    done(tmp_path, "restore", str(tmp_path / "copy"), "--yes", database=made.url)


@pytest.mark.parametrize("right", ["CREATE", "ALL"])
def test_a_login_that_may_make_no_tables_is_told_what_it_needs(
    postgres_cluster: PostgresCluster, tmp_path: Path, right: str
) -> None:
    """A database that another role made for it, as of PostgreSQL 15."""
    made = postgres_cluster.create_database()
    postgres_cluster.run_sql(
        f"ALTER DATABASE {made.name} OWNER TO postgres;"
        f"REVOKE {right} ON SCHEMA public FROM {OWNER}, PUBLIC;",
        made.name,
    )
    ended: Ended = run(tmp_path, "init", database=made.url)
    assert ended.returncode == 3
    assert f"ALTER DATABASE {made.name} OWNER TO {OWNER}" in ended.stderr


def test_a_bound_for_a_logins_statements_stops_no_copy(
    database: tuple[str, str], postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    """A whole database takes longer than a claim; it is made known what has to be raised."""
    name, url = database
    copy = str(tmp_path / "copy")
    postgres_cluster.run_sql(f"ALTER DATABASE {name} SET statement_timeout = '300ms';", name)
    run_postgres_tool("psql", ["--command=SELECT pg_sleep(0.6)"], url)
    postgres_cluster.run_sql(f"ALTER DATABASE {name} SET statement_timeout = '1ms';", name)
    refused = run(tmp_path, "backup", copy, database=url)
    if refused.returncode:  # a quick machine asks what it has to within that time
        assert refused.returncode == 3
        assert "statement_timeout is too short" in refused.stderr
    assert "bug in the program" not in refused.stderr


def test_what_is_no_copy_of_postgresql_is_wrong_use(
    database: tuple[str, str], tmp_path: Path
) -> None:
    """The words are not those of a program that the operator has not called."""
    foreign = tmp_path / "notes"
    foreign.write_text("SQLite format 3")
    words = ("restore", str(foreign), "--yes", "--unsealed")
    refused = run(tmp_path, *words, database=database[1])
    assert refused.returncode == 2
    assert "notes is not a PostgreSQL backup of Gatekeeper" in refused.stderr
    nowhere = run(tmp_path, "backup", str(tmp_path / "none" / "copy"), database=database[1])
    assert nowhere.returncode == 2
    assert "there is no folder" in nowhere.stderr


def test_no_tables_are_made_where_not_every_name_can_be_stored(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    """As a cluster makes them that was set up without a locale; how to make one is said."""
    name = "few_letters"
    url = postgres_cluster.url(OWNER, name)
    made = f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 LOCALE 'C' ENCODING "
    advice = set()
    for encoding in ("SQL_ASCII", "LATIN1"):
        postgres_cluster.run_sql(f"{made} '{encoding}';")
        refused = run(tmp_path, "migrate", database=url)
        assert refused.returncode == 3
        assert encoding in refused.stderr
        advice.update(re.findall("CREATE DATABASE .*", refused.stderr))
        postgres_cluster.drop_database(name)
    (advised,) = advice
    postgres_cluster.run_sql(f"{advised} LOCALE 'C' OWNER {OWNER};")
    done(tmp_path, "migrate", database=url)
    postgres_cluster.drop_database(name)

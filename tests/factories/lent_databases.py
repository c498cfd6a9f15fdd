"""A PostgreSQL database that one test after another is lent, each as its template was.

A copy of a template is all files of a database, and costs as much as most tests do. Rows that were
put back cost a tenth of it. Where a test has changed more than rows, or has left much, the next
one gets a fresh copy after all; in the whole each does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.factories.postgres import PostgresCluster, PostgresDatabase
from tests.factories.psql import PostgresFault, Psql
from tests.factories.strength import Strength
from tests.factories.upkeep import note_copy

_LENT_MAX: Final = 40
"""Times: rows that were deleted stay in the files, and each look at a table passes over them."""

_GROWN_MAX: Final = 4 << 20
"""Bytes by which a database may have grown, for the same reason."""

_SHAPE: Final = " || ' ' || ".join(
    f"(SELECT count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) FROM {table} WHERE {which})"
    for table, which in (
        ("pg_class", "relnamespace = 'public'::regnamespace"),
        (
            "pg_attribute",
            "attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)",
        ),
        ("pg_constraint", "connamespace = 'public'::regnamespace"),
        ("pg_proc", "pronamespace = 'public'::regnamespace"),
        ("pg_trigger", "true"),
        ("pg_policy", "true"),
        ("pg_statistic", "starelid >= 16384"),
        ("pg_namespace", "nspname NOT LIKE 'pg_%'"),
        ("pg_database", "datname = current_database()"),
    )
)
"""What changes with whatever is more than rows: tables, rights, triggers, statistics."""

_KEEP: Final = f"""
CREATE TEMP TABLE kept_shape AS
    SELECT pg_database_size(current_database()) AS bytes, {_SHAPE} AS shape;
CREATE TEMP TABLE kept_sequence (name text, at bigint, is_called boolean);
DO $keep$
DECLARE place text;
BEGIN
    FOR place IN SELECT relname FROM pg_class WHERE relkind = 'r'
        AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('CREATE TEMP TABLE %I AS TABLE public.%I', 'kept of ' || place, place);
    END LOOP;
    FOR place IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format(
            'INSERT INTO kept_sequence SELECT %L, last_value, is_called FROM public.%I',
            'public.' || place, place);
    END LOOP;
END $keep$;
CREATE FUNCTION pg_temp.put_back() RETURNS boolean LANGUAGE plpgsql AS $put$
DECLARE place text;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    IF (SELECT shape <> {_SHAPE}
        OR pg_database_size(current_database()) > bytes + {_GROWN_MAX} FROM kept_shape)
    THEN
        RETURN false;
    END IF;
    SET LOCAL session_replication_role = replica;
    FOR place IN SELECT relname FROM pg_class WHERE relkind = 'r'
        AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('DELETE FROM public.%I', place);
    END LOOP;
    FOR place IN SELECT relname FROM pg_class WHERE relkind = 'r'
        AND relnamespace = pg_my_temp_schema() AND relname LIKE 'kept of %'
    LOOP
        EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE TABLE %I',
            substr(place, 9), place);
    END LOOP;
    PERFORM setval(name, at, is_called) FROM kept_sequence;
    RETURN true;
END $put$;
"""
_PUT_BACK: Final = "SELECT pg_temp.put_back();"


@dataclass
class _Lent:
    database: PostgresDatabase
    session: Psql
    times: int = field(default=1)

    def put_back(self) -> bool:
        """Put every row back; tell whether the database is as its template."""
        self.times += 1
        try:
            return self.times <= _LENT_MAX and self.session.ask(_PUT_BACK) == "t\n"
        except PostgresFault:
            return False  # the session ended with others, or the tables were gone


_idle: dict[tuple[int, str], _Lent] = {}


@contextmanager
def lend(cluster: PostgresCluster, template: str) -> Iterator[PostgresDatabase]:
    """Lend a database that is as a template is; nobody else has it until the block ends."""
    if Strength.is_whole:
        database = cluster.create_database(template)
        yield database
        cluster.give_back(database.name)
        return
    place = cluster.port, template
    lent = _idle.pop(place, None)
    if lent is not None and not lent.put_back():
        lent.session.close()
        cluster.give_back(lent.database.name)
        lent = None
    if lent is None:
        database = cluster.create_database(template)
        lent = _Lent(database, cluster.open_session(database.name))
        lent.session.ask(_KEEP)
    note_copy(lent.database.url)
    yield lent.database
    _idle[place] = lent

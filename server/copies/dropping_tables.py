"""All tables of a PostgreSQL database dropped for a copy, beside sessions that are no server's.

A worker whose mark broke a moment ago, a dump or a person with `psql` may hold some of them. To
take table after table deadlocks with each of these; so all are locked before the first one goes,
and what a try has locked is free again when it waits for long. Nobody is ended by that.
"""

from __future__ import annotations

from typing import Final

PATIENCE_S: Final = 60
"""How long others may hold what is to go; a session that was forgotten holds it for good."""


def emptying(patience_s: float = PATIENCE_S) -> str:
    """Return the statement that drops all tables of ours, or says who uses them."""
    return _DROP_ALL.format(patience_s=patience_s)


_DROP_ALL: Final = """DO $$ DECLARE
names text; others text; ended timestamptz := clock_timestamp() + interval '{patience_s} s';
BEGIN
SELECT string_agg(quote_ident(tablename), ', ' ORDER BY tablename) INTO names FROM pg_tables
WHERE schemaname = current_schema() AND tableowner = current_user;
IF names IS NULL THEN RETURN; END IF;
PERFORM set_config('client_min_messages', 'warning', true);
PERFORM set_config('lock_timeout', '200ms', true);
LOOP
BEGIN
EXECUTE 'LOCK TABLE ' || names || ' IN ACCESS EXCLUSIVE MODE';
EXIT;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
SELECT string_agg(DISTINCT concat_ws(' of ', coalesce(nullif(application_name, ''), 'a session'),
host(client_addr)), ', ') INTO others FROM pg_locks JOIN pg_stat_activity USING (pid)
JOIN pg_tables ON relation = format('%I.%I', schemaname, tablename)::regclass
WHERE granted AND database = datid AND datname = current_database() AND pid <> pg_backend_pid()
AND schemaname = current_schema() AND tableowner = current_user;
IF clock_timestamp() > ended THEN RAISE EXCEPTION
'the tables are in use by %; end that, and try again', coalesce(others, 'somebody')
USING ERRCODE = 'lock_not_available'; END IF;
END;
PERFORM pg_sleep(random() / 10);
END LOOP;
PERFORM set_config('lock_timeout', '0', true);
EXECUTE 'DROP TABLE IF EXISTS ' || names || ' CASCADE';
END $$"""

"""Judging a dump of PostgreSQL that nobody sealed, before it takes the database's place.

`backup` writes tables, and the triggers that audit and counts rest on. Anything else there, such
as a view in a table's place, a rule, another trigger, changes what our statements do: the next
start would fail, or believe what it did not write, when what stood there before is gone. What the
rows say is theirs who vouch for the file by `--unsealed` (decision 0286).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from sqlalchemy import select

from server.database_errors import is_postgres_at_fault
from server.db.revision import head_revision
from server.tables import load_metadata
from shared.kernel.errors import BadInput, EnvironmentFault

_OURS: Final = ("tally\\_%", "audit\\_line\\_%")
"""How triggers of ours are called, of every version; those of counts are made anew by a start."""
_ERROR: Final = re.compile(r"ERROR:  (\w{5}): (.*)")
"""What `psql` says of an error where it is verbose: SQLSTATE and text."""
_RESTRICTED: Final = "\\restrict "
"""How a mended `pg_restore` begins what it writes: `psql` runs no commands of its own from there
on, so that no file says what runs on this machine."""
_TOO_OLD: Final = (
    "pg_restore is from before August 2025 and would let an unencrypted file run commands"
    " on this machine; upgrade postgresql-client, then do this again; nothing was changed"
)
_HEAD_SIZE: Final = 4_096


def check_restricted(script: Path) -> None:
    """Refuse statements of an unsealed file that could hold commands of `psql`.

    Raises:
        EnvironmentFault: saying which program is too old.
    """
    with script.open("rb") as opened:
        head = opened.read(_HEAD_SIZE).decode(errors="replace")
    if not any(line.startswith(_RESTRICTED) for line in head.splitlines()):
        raise EnvironmentFault(_TOO_OLD)


def refusing_unlike_ours() -> str:
    """Return the statement that ends the transaction of a dump in which something is not ours.

    It reads of each table what this program will read, and writes the ledger as `restore` will.
    """
    tables = sorted(load_metadata().sorted_tables, key=lambda table: table.name)
    names = ", ".join(f"'{table.name}'" for table in tables)
    reading = "\n".join(f"PERFORM 1 FROM ({select(table)} LIMIT 1) one;" for table in tables)
    ours = " AND ".join(f"tgname NOT LIKE '{one}'" for one in _OURS)
    return f"""DO $$ DECLARE odd text;
    BEGIN
        IF (SELECT count(*) FROM alembic_version) <> 1
        THEN RAISE 'it does not say of its version which it is'; END IF;
        SELECT format('%s is no table', relname) INTO odd FROM pg_class
        WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind <> 'r'
        AND relname IN ({names});
        IF odd IS NULL THEN
            SELECT format('the rule %s is on %s', rulename, ev_class::regclass) INTO odd
            FROM pg_rewrite JOIN pg_class c ON c.oid = ev_class
            WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind = 'r';
        END IF;
        IF odd IS NULL THEN
            SELECT format('the trigger %s is on %s', tgname, tgrelid::regclass) INTO odd
            FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
            WHERE relnamespace = quote_ident(current_schema())::regnamespace
            AND NOT tgisinternal AND {ours};
        END IF;
        IF odd IS NOT NULL THEN RAISE '%', odd; END IF;
        IF EXISTS (SELECT FROM alembic_version WHERE version_num = '{head_revision()}') THEN
            {reading}
        END IF;
        UPDATE ledger SET epoch = epoch + 1;
        UPDATE ledger SET epoch = epoch - 1;
    END $$"""  # noqa: S608 - ours


def blame(file: Path, said: str) -> BadInput | None:
    """Say that an unsealed file is at fault by what `psql` has said; None if the machine is."""
    found = _ERROR.search(said)
    if found is None or is_postgres_at_fault(found[1]):
        return None
    return unusable(file, found[2])


def unusable(file: Path, what: str) -> BadInput:
    """Say that a file which nobody sealed cannot be put back."""
    return BadInput(
        f"{file} cannot be restored: {what}. It is not encrypted, and `backup` never"
        " writes such a file: restore an encrypted backup; nothing was changed"
    )

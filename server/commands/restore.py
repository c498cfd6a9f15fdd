"""`gatekeeper-server restore FILE`: put a copy back, and open a higher ledger epoch.

What gates have seen since the copy was made is not in it. So the ledger begins a higher epoch,
above the copy's and above any that this data folder has seen, and stays closed for claims until
each device has offered its journal again or was declared absent.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from server.commands.backup import run_postgres_tool
from server.commands.options import add_verb, print_line, settings_of
from server.commands.preparation import prepare, start_epoch
from server.settings import Settings
from server.system import FileLock, SystemClock
from shared.kernel.errors import BadInput, StoreFault

if TYPE_CHECKING:
    from command_line.program import Subparsers

REASON = "restored from a backup"


def add_parser(subparsers: Subparsers) -> None:
    """Describe the verb."""
    parser = add_verb(
        subparsers,
        "restore",
        about="put a copy back, and open a higher ledger epoch",
        example="gatekeeper-server restore /backups/gatekeeper-2026-11-20",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="what `backup` wrote")
    parser.add_argument(
        "--epoch",
        type=int,
        default=0,
        metavar="N",
        help="the highest ledger epoch known from elsewhere, such as a device's screen",
    )


def run(args: argparse.Namespace) -> int:
    """Put the copy back; the server must not run on SQLite."""
    settings = settings_of(args)
    source: Path = args.file
    if not source.is_file():
        raise BadInput(f"there is no file {source}")
    if settings.sqlite_file is not None:
        _restore_sqlite(source, settings.sqlite_file)
    else:
        _restore_postgres(source, settings)
    state = asyncio.run(_open_epoch(settings, args.epoch))
    print_line(restored=str(source), epoch=state, ledger_open=False)
    return 0


async def _open_epoch(settings: Settings, known: int) -> int:
    clock = SystemClock()
    await prepare(settings, clock)
    state = await start_epoch(settings, at_least=known, reason=REASON, now=clock.wall())
    return state.epoch


def _restore_postgres(source: Path, settings: Settings) -> None:
    """Put a copy back in one transaction, in the place of all tables that there are.

    Also of those that the copy does not know, because it was made before an upgrade: they hold
    on to others, and the next migration would meet them.
    """
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    script = settings.data_folder / "restore.sql.part"
    try:
        # Written whole at first: of a damaged copy nothing may reach the database.
        script.touch(0o600)
        run_postgres_tool(
            "pg_restore",
            ["--clean", "--if-exists", "--no-owner", f"--file={script}", str(source)],
        )
        run_postgres_tool(
            "psql",
            [
                "--no-psqlrc",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                "--single-transaction",
                f"--command={_DROP_ALL}",
                f"--file={script}",
            ],
            settings.database,
        )
    finally:
        script.unlink(missing_ok=True)


_DROP_ALL: Final = """DO $$ DECLARE name text; BEGIN
FOR name IN SELECT quote_ident(tablename) FROM pg_tables
WHERE schemaname = current_schema() AND tableowner = current_user LOOP
EXECUTE 'DROP TABLE IF EXISTS ' || name || ' CASCADE'; END LOOP; END $$"""


def _restore_sqlite(source: Path, target: Path) -> None:
    _check_copy(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(target.with_name(target.name + ".serving"))
    if not lock.try_acquire():
        lock.close()
        raise StoreFault(f"{target} is being served; stop the server first")
    try:
        draft = target.with_name(target.name + ".restoring")
        shutil.copyfile(source, draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        # The old file's log must not be played into the new one.
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        draft.replace(target)
    finally:
        lock.close()


def _check_copy(source: Path) -> None:
    """Refuse a damaged or foreign file before anything is replaced.

    Raises:
        BadInput: saying what is wrong with it.
    """
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            found = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
            copy.execute("SELECT epoch FROM ledger")
    except sqlite3.Error as error:
        raise BadInput(f"{source} is no copy of a Gatekeeper database: {error}") from error
    if found != "ok":
        raise BadInput(f"{source} is damaged: {found}")

"""`gatekeeper-server restore FILE`: put a copy back, and open a higher ledger epoch.

What gates have seen since the copy was made is not in it. So the ledger begins a higher epoch,
above the copy's and above any that this data folder has seen, and stays closed for claims until
each device has offered its journal again or was declared absent. On SQLite the epoch is opened in
the copy before it takes the database's place: whenever the power fails, the old database stands
there whole or the copy with its higher epoch, never the copy as it was.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from server.commands.backup import run_postgres_tool
from server.commands.options import add_verb, print_line, settings_of
from server.commands.preparation import (
    open_epoch_of_draft,
    prepare,
    remember_epoch,
    start_epoch,
)
from server.durable import make_durable, make_folder_durable
from server.settings import PRIVATE_FILE, PRIVATE_FOLDER, Settings
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
        epoch = _restore_sqlite(source, settings.sqlite_file, settings, args.epoch)
    else:
        _restore_postgres(source, settings)
        epoch = asyncio.run(_open_epoch(settings, args.epoch))
    print_line(restored=str(source), epoch=epoch, ledger_open=False)
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


def _restore_sqlite(source: Path, target: Path, settings: Settings, known: int) -> int:
    """Make a draft that may be served, then put it in the database's place at one stroke.

    Returns:
        The epoch that the draft was given.

    Raises:
        StoreFault: if the database is in use, or cannot be read or written.
    """
    _check_copy(source)
    target.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    lock = FileLock(target.with_name(target.name + ".serving"))
    if not lock.try_acquire():
        lock.close()
        raise StoreFault(f"{target} is being served; stop the server first")
    # A folder of its own, so that what a migration leaves beside a file goes with it.
    folder = target.with_name(target.name + ".restoring")
    try:
        _remove_draft(folder)
        folder.mkdir(mode=PRIVATE_FOLDER)
        draft = folder / target.name
        draft.touch(PRIVATE_FILE)
        shutil.copyfile(source, draft)
        clock = SystemClock()
        epoch = asyncio.run(
            open_epoch_of_draft(settings, draft, at_least=known, reason=REASON, now=clock.wall())
        )
        _empty_log(draft)
        make_durable(draft)
        _settle_old(target)
        draft.replace(target)
        make_folder_durable(target.parent)
        remember_epoch(settings, epoch)
    except OSError as error:
        raise StoreFault(f"cannot put {target} back: {error.strerror}") from error
    finally:
        _remove_draft(folder)
        lock.close()
    return epoch


def _remove_draft(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)  # versions of before left a file of this name


def _empty_log(file: Path) -> None:
    """Bring all that a database's log holds into the file itself.

    Raises:
        StoreFault: if somebody else has the database open.
        sqlite3.DatabaseError: if it is damaged.
    """
    with closing(sqlite3.connect(file)) as connection:
        is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if is_busy:
        raise StoreFault(f"{file} is open in another program; end that first")


def _settle_old(target: Path) -> None:
    """Take the old database's log away: it must not be played into the new file.

    What it holds goes into the old file first. That is still the database if the power fails now,
    and without its newest claims it would admit their tickets once more.
    """
    if target.exists():
        try:
            _empty_log(target)
            make_durable(target)
        except sqlite3.OperationalError as error:
            raise StoreFault(f"cannot settle {target}: {error}") from error
        except sqlite3.DatabaseError:
            pass  # damaged: a reason to restore, and nothing that could be saved
    for suffix in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    make_folder_durable(target.parent)


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

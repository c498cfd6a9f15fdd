"""Putting a copy back in the place of the database, with a higher ledger epoch.

What gates have seen since the copy was made is not in it. So the ledger begins a higher epoch,
above the copy's and above any that this data folder has seen, closed until it waits for each
device: claims are granted when all have offered their journals again or were declared absent. It
prints what `epoch show` does: `ledger_open`, and for how many devices it is `waiting`; and where
the list of tickets is that the copy makes `good_again`. On SQLite
the epoch is opened in the copy before it takes the database's place: whenever the power fails, the
old database stands there whole or the copy with its higher epoch, never the copy as it was. On
PostgreSQL the copy bears a mark, by which whoever prepares it next opens that epoch.

A sealed copy is opened with the data folder's recovery key, with another that is named, or with
the passphrase, which is asked for. One that nobody sealed is taken only by the word `--unsealed`:
else whoever can write where copies lie, and has no key, would choose whose server this is.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from errno import ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from command_line.ending_signals import EndingSignals
from command_line.exit_statuses import say_line
from server.commands.asking_operator import ask_secret, is_agreed
from server.commands.backup import ToolFault, run_postgres_tool, schema_of
from server.commands.command_audit import audited
from server.commands.options import print_line, settings_of, shown_database
from server.copies import backup_sealing
from server.copies.disk_space_for_backups import words_of_fault
from server.copies.dropping_tables import emptying
from server.copies.judging_unsealed_dumps import (
    blame,
    check_restricted,
    refusing_unlike_ours,
    unusable,
)
from server.database_errors import causes_of, is_disk_full, is_unavailable
from server.db.ledger_state import PUT_BACK
from server.db.plain_copies import remove_draft
from server.db.restore_locks import served_by_nobody
from server.db.revision import NEWER_COPY, finding_newer
from server.durable_files import make_durable, make_folder_durable
from server.settings import PRIVATE_FILE, PRIVATE_FOLDER, Settings
from server.start_up.command_locks import alone
from server.start_up.known_before_copy import Known, keep_known
from server.start_up.plain_drafts import draft_folder, plain_dump, plain_script
from server.start_up.preparing_and_opening_epochs import (
    RESTORED,
    check_secret,
    known_to_be_replaced,
    open_epoch_of_draft,
    prepare,
    prepared_context,
    start_epoch,
)
from server.start_up.rights_gone_since_copy import LIST_NAME
from server.start_up.seen_epochs import remember_epoch
from server.tables import load_metadata
from shared.kernel.errors import BadInput, GatekeeperError, StoreFault

if TYPE_CHECKING:
    from server.commands.ledger_standing import Standing


def restore(args: argparse.Namespace) -> int:
    """Put the copy back; nobody else may use the database. 1 if a person would rather not."""
    settings = settings_of(args)
    source: Path = args.file
    if source.is_dir():
        raise BadInput(
            f"{source} is a folder; name the file of `backup`, or of `pg_dump --format=custom`"
        )
    if not source.is_file():
        raise BadInput(f"there is no file {source}")
    copy = _Copy(source, _key_of(source, settings, args))
    if _replaces(settings) and not is_agreed(args, _question(settings)):
        return 1
    with EndingSignals():  # what is plain goes with whoever ends it
        if settings.sqlite_file is not None:
            with alone(settings.sqlite_file):
                forgotten = asyncio.run(known_to_be_replaced(settings))
                epoch = _restore_sqlite(
                    copy, settings.sqlite_file, settings, args.epoch, forgotten
                )
        else:
            epoch = asyncio.run(_restore_alone(copy, settings, args.epoch))
    standing = asyncio.run(_read_standing(settings))
    good_again = settings.data_folder / LIST_NAME.format(epoch)
    print_line(
        restored=str(source),
        epoch=epoch,
        ledger_open=standing.state.open,
        waiting=len(standing.pending),
        good_again=str(good_again) if good_again.exists() else None,
    )
    try:
        asyncio.run(check_secret(settings, SystemEntropy()))
    except StoreFault as fault:  # the copy is in its place, and good once the secret is as well
        say_line("gatekeeper-server", f"{fault}; until then serve does not start")
    return 0


async def _read_standing(settings: Settings) -> Standing:
    from server.commands.ledger_standing import read_standing

    async with prepared_context(settings) as context:
        return await read_standing(context)


def _replaces(settings: Settings) -> bool:
    """Tell whether there is something that would be lost; PostgreSQL is not looked into."""
    file = settings.sqlite_file
    return file is None or (file.exists() and file.stat().st_size > 0)


def _question(settings: Settings) -> str:
    return (
        f"Everything in {shown_database(settings.database)} will be replaced by the"
        " backup, and what came after it is lost, except what gates and tills still have."
        " Restore the backup?"
    )


class _Copy(msgspec.Struct, frozen=True):
    """What is put back: the file, and the key that opens it; None for one that is not sealed."""

    file: Path
    key: bytes | None

    def write_to(self, draft: Path) -> None:
        """Write what it holds into a file that nobody else may read."""
        draft.touch(PRIVATE_FILE)
        if self.key is None:
            shutil.copyfile(self.file, draft)
            return
        with draft.open("wb") as target:
            backup_sealing.open_sealed(self.file, target, self.key)


def _key_of(source: Path, settings: Settings, args: argparse.Namespace) -> bytes | None:
    try:
        if not backup_sealing.is_sealed(source):
            if args.unsealed:
                return None
            raise BadInput(
                f"{source} is not encrypted by `backup`: whoever could write to it may"
                " have decided everything in it. If you know where it comes from (such as"
                " before an upgrade), add --unsealed; nothing was changed"
            )
        head = backup_sealing.read_head(source)
    except OSError as error:
        raise BadInput(f"cannot read {source}: {error.strerror}") from error
    if head.key_name:
        return backup_sealing.opening_key(head, settings, args.recovery_key)
    return backup_sealing.passphrase_key(head, ask_secret(args.passphrase_file, "Passphrase"))


async def _restore_alone(copy: _Copy, settings: Settings, known: int) -> int:
    """Put a copy into PostgreSQL, and open the epoch in it, while nobody serves from there.

    Whoever served meanwhile would grant what the copy has forgotten, by an epoch that is over, and
    would never let the ledger wait for its devices.
    """
    async with served_by_nobody(settings.database):
        forgotten = await known_to_be_replaced(settings)
        schema = await schema_of(settings.database)
        await asyncio.to_thread(_restore_postgres, copy, settings, forgotten, schema)
        return await _open_epoch(settings, known)


async def _open_epoch(settings: Settings, known: int) -> int:
    clock = SystemClock()
    with audited(clock, SystemEntropy(), "restore"):
        state = (await prepare(settings, clock, at_least=known)).ledger
        if state.reason != RESTORED:  # a copy that held no ledger: nothing in it could be marked
            state = await start_epoch(settings, at_least=known, reason=RESTORED, now=clock.wall())
    return state.epoch


def _restore_postgres(copy: _Copy, settings: Settings, forgotten: Known, schema: str) -> None:
    """Put a copy back in one transaction, in the place of all tables that there are.

    Also of those that the copy does not know, because it was made before an upgrade: they hold
    on to others, and the next migration would meet them.
    """
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    dump, script = plain_dump(settings), plain_script(settings)
    try:
        # Written whole at first: of a damaged copy nothing may reach the database.
        copy.write_to(dump)
        with dump.open("rb") as opened:
            if opened.read(len(_DUMPED)) != _DUMPED:
                said = "is not a PostgreSQL backup of Gatekeeper, written by `backup` or"
                raise BadInput(f"{copy.file} {said} `pg_dump --format=custom`")
        script.touch(PRIVATE_FILE)
        _write_script(dump, script, copy, schema)
        if copy.key is None:
            check_restricted(script)
        with script.open("a", encoding="utf-8") as opened_script:
            # The copy's own text has left the session without a search path, and without policies.
            opened_script.write(f"RESET search_path; RESET row_security;\n{keep_known(forgotten)}")
        _run_script(script, settings, copy)
    except OSError as error:
        if not is_disk_full(error):
            raise StoreFault(f"cannot open {copy.file}: {error.strerror}") from error
        words = words_of_fault(error, settings.data_folder)
        raise StoreFault(f"cannot restore {copy.file}: {words}") from error
    finally:
        dump.unlink(missing_ok=True)
        script.unlink(missing_ok=True)


def _write_script(dump: Path, script: Path, copy: _Copy, schema: str) -> None:
    """Write what a copy says of our schema as statements.

    What an administrator had put beside it, such as an extension, is theirs to put back; so is
    what they had granted, to roles that another server has not.

    Raises:
        BadInput: if the copy cannot be read, and nobody sealed it.
        OSError: if the script's disk is full, as if it were written here.
        EnvironmentFault: if `pg_restore` fails otherwise.
    """
    options = ["--clean", "--if-exists", "--no-owner", "--no-privileges"]
    options += [f"--schema={schema}", f"--file={script}", str(dump)]
    try:
        run_postgres_tool("pg_restore", options)
    except ToolFault as fault:
        if os.strerror(ENOSPC) in fault.said:
            raise OSError(ENOSPC, os.strerror(ENOSPC)) from fault
        if copy.key is not None or any(one in fault.said for one in _NOT_THE_COPYS):
            raise
        said = fault.said.strip() or "pg_restore cannot read it"  # a damaged one has it crash
        raise unusable(copy.file, said) from fault


def _run_script(script: Path, settings: Settings, copy: _Copy) -> None:
    """Let a copy's statements take the place of all that there is, in one transaction.

    Raises:
        BadInput: if the copy is a newer program's, or cannot be served and nobody sealed it.
        EnvironmentFault: if `psql` fails otherwise.
    """
    is_sealed = copy.key is not None
    try:
        run_postgres_tool(
            "psql",
            [
                "--no-psqlrc",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                "--set=SHOW_CONTEXT=never",
                f"--set=VERBOSITY={'default' if is_sealed else 'verbose'}",
                "--single-transaction",
                f"--command={emptying()}",
                f"--file={script}",
                f"--command={_refusing_unusable()}; {_MARK}",
                *([] if is_sealed else [f"--command={refusing_unlike_ours()}"]),
            ],
            settings.database,
        )
    except ToolFault as fault:
        if NEWER_COPY in fault.said:
            raise BadInput(NEWER_COPY) from fault
        blamed = None if is_sealed else blame(copy.file, fault.said)
        if blamed is None:
            raise
        raise blamed from fault


_DUMPED: Final = b"PGDMP"
"""How each file begins that `pg_dump` writes in its own format."""
_MARK: Final = f"UPDATE ledger SET cluster = '{PUT_BACK}'"  # noqa: S608 - ours
_FOREIGN: Final = "it is not a copy of a Gatekeeper database"
_NOT_THE_COPYS: Final = ("output file", "version")
"""What `pg_restore` says of the disk that it writes to, and where it is too old for a copy."""


def _refusing_unusable() -> str:
    """Return the statement that ends the transaction of a copy which this program cannot serve."""
    return f"""DO $$ BEGIN
        IF to_regclass('alembic_version') IS NULL OR to_regclass('ledger') IS NULL
        THEN RAISE '{_FOREIGN}'; END IF;
        IF EXISTS ({finding_newer()}) THEN RAISE '{NEWER_COPY}'; END IF;
    END $$"""


def _restore_sqlite(
    copy: _Copy, target: Path, settings: Settings, known: int, forgotten: Known
) -> int:
    """Make a draft that may be served, then put it in the database's place at one stroke.

    Returns:
        The epoch that the draft was given.

    Raises:
        StoreFault: if the database is open elsewhere, or cannot be read or written.
    """
    # A folder of its own, so that what a migration leaves beside a file goes with it.
    folder = draft_folder(target)
    try:
        remove_draft(folder)
        folder.mkdir(mode=PRIVATE_FOLDER)
        draft = folder / target.name
        copy.write_to(draft)
        _check_copy(draft, copy.file)
        clock = SystemClock()
        with _blaming(copy), audited(clock, SystemEntropy(), "restore"):
            epoch = asyncio.run(
                open_epoch_of_draft(
                    settings,
                    draft,
                    at_least=known,
                    reason=RESTORED,
                    now=clock.wall(),
                    known=forgotten,
                )
            )
            _read_each_table(draft)
        _empty_log(draft)
        make_durable(draft)
        _settle_old(target)
        draft.replace(target)
        make_folder_durable(target.parent)
        remember_epoch(settings, epoch)
    except OSError as error:
        words = words_of_fault(error, target.parent)
        raise StoreFault(f"cannot restore {target}: {words}") from error
    finally:
        remove_draft(folder)
    return epoch


@contextmanager
def _blaming(copy: _Copy) -> Iterator[None]:
    """Say of a file that nobody sealed that it cannot be used: `backup` never wrote it so.

    What a sealed one brings about is a fault of this program's, and the machine's stays its own.

    Raises:
        BadInput: naming the file.
    """
    try:
        yield
    except (BadInput, OSError):
        raise
    except Exception as fault:
        by_database = [one for one in causes_of(fault) if isinstance(one, DBAPIError)]
        is_machine = isinstance(fault, GatekeeperError) and not by_database
        if copy.key is not None or is_machine or any(map(is_unavailable, by_database)):
            raise
        what = (str([*causes_of(fault)][-1]).splitlines() or [type(fault).__name__])[0]
        raise unusable(copy.file, what) from fault


def _read_each_table(draft: Path) -> None:
    """Read of each table what this program will read.

    Raises:
        sqlite3.Error: naming what is missing.
    """
    with closing(sqlite3.connect(draft)) as connection:
        for table in load_metadata().sorted_tables:
            connection.execute(str(select(table))).fetchone()


def _empty_log(file: Path) -> None:
    """Bring all that a database's log holds into the file itself.

    Raises:
        StoreFault: if somebody else has the database open.
        sqlite3.DatabaseError: if it is damaged.
    """
    with closing(sqlite3.connect(file)) as connection:
        is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if is_busy:
        raise StoreFault(f"{file} is open in another program; close that first")


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


def _check_copy(draft: Path, source: Path) -> None:
    """Refuse a damaged or foreign file before anything is replaced.

    Args:
        draft: What it holds.
        source: What the operator calls it.

    Raises:
        BadInput: saying what is wrong with it.
    """
    try:
        with closing(sqlite3.connect(f"{draft.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            found = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
            copy.execute("SELECT epoch FROM ledger")
            is_newer = copy.execute(finding_newer()).fetchone() is not None
    except sqlite3.Error as error:
        raise BadInput(f"{source} is not a copy of a Gatekeeper database: {error}") from error
    if found != "ok":
        raise BadInput(f"{source} is damaged: {found}")
    if is_newer:
        raise BadInput(NEWER_COPY)

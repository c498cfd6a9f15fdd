"""`gatekeeper-server backup FILE`: a consistent, sealed copy, while the server runs.

SQLite: `VACUUM INTO`, which reads one snapshot and writes a compact file. PostgreSQL: its own
`pg_dump`. What they write is sealed before it reaches FILE (`server/copies/backup_sealing.py`):
under the data folder's recovery key, or a passphrase. Private signing keys are in it only sealed
once more: the data folder's secrets, which open them, are no part of a backup and are kept apart.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import unquote, urlsplit

from command_line.clock_and_randomness import SystemEntropy
from command_line.ending_signals import EndingSignals
from command_line.file_lock import FileLock, held
from server.commands.asking_operator import ask_secret
from server.commands.options import print_line, settings_of, show_example
from server.copies import backup_sealing
from server.copies.disk_space_for_backups import (
    check_space_for_backup,
    check_space_for_dump,
    words_of_fault,
)
from server.db.plain_copies import OF_BACKUP
from server.durable_files import make_durable, make_folder_durable
from server.settings import PRIVATE_FILE, PRIVATE_FOLDER
from shared.kernel.errors import BadInput, EnvironmentFault, StoreFault

SEES_ALL = "-c app.org=* -c statement_timeout=0"
"""PostgreSQL options of a session that row-level security shows every organization, and that may
take as long as a whole database takes, whatever bounds its login's claims."""

_TABLES_SIZE: Final = """SELECT COALESCE(SUM(pg_table_size(oid)), 0) FROM pg_class
WHERE relkind IN ('r', 'm') AND relnamespace = quote_ident(current_schema())::regnamespace"""
"""How many bytes the tables in our schema take, without their indexes."""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server backup /backups/gatekeeper-2026-11-20")
    parser.add_argument("file", type=Path, metavar="FILE", help="must not exist yet")
    parser.add_argument(
        "--passphrase",
        action="store_true",
        help="encrypt with a passphrase, which is asked for or read from standard input; without"
        " it, with the recovery key in the data folder's secrets, created with the first backup",
    )
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="read the passphrase from this file"
    )


def run(args: argparse.Namespace) -> int:
    """Write the copy, whole or not at all."""
    settings = settings_of(args)
    target: Path = args.file
    if target.exists():
        raise BadInput(f"{target} already exists; a backup never overwrites a file")
    if not target.absolute().parent.is_dir():
        raise BadInput(f"there is no folder {target.absolute().parent} to write it to")
    file = settings.sqlite_file
    if args.passphrase or args.passphrase_file is not None:
        given = ask_secret(args.passphrase_file, "Passphrase")
        seal, sealed_by = backup_sealing.seal_by_passphrase(given, SystemEntropy()), "passphrase"
    else:
        seal = backup_sealing.seal_by_key(settings, SystemEntropy())
        sealed_by = str(backup_sealing.key_file(settings))
    try:
        # What is plain goes with whoever ends it.
        with EndingSignals() as ending, _draft_of(target, ending) as draft:
            if file is not None:
                plain = _sqlite_copy(file, target)
            else:
                plain = _postgres_dump(settings.database, target)
            with plain as source, draft.open("wb") as sealed:
                backup_sealing.write_sealed(source, sealed, seal)
            make_durable(draft)
            draft.replace(target)
        make_folder_durable(target.parent)
    except OSError as error:
        words = words_of_fault(error, target.absolute().parent)
        raise StoreFault(f"cannot write {target}: {words}") from error
    print_line(file=str(target), size=target.stat().st_size, sealed_by=sealed_by)
    return 0


@contextmanager
def _draft_of(target: Path, ending: EndingSignals) -> Iterator[Path]:
    """Give an empty file to write, which nobody else may read at any time; gone after the block.

    What a killed backup left goes; what another is writing, which holds the lock on it, stays.

    Raises:
        BadInput: if another backup writes the same file.
        OSError: if the disk refuses.
    """
    ending.hold()  # until there is somebody who takes away what is made
    draft = target.with_name(target.name + ".part")
    if draft.exists():
        with _own(draft, target):
            draft.unlink()
    with contextlib.suppress(FileExistsError):  # another was as quick: the lock tells whose it is
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    with _own(draft, target):
        try:
            ending.let_end()
            draft.chmod(PRIVATE_FILE)
            yield draft
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def _own(draft: Path, target: Path) -> Iterator[None]:
    lock = FileLock(draft)
    try:
        if not lock.try_acquire():
            raise BadInput(f"another backup is writing {target}; wait, or choose another file")
        if target.exists():  # written since this one looked; what the lock has made anew goes
            draft.unlink(missing_ok=True)
            raise BadInput(f"{target} already exists; a backup never overwrites a file")
        yield
    finally:
        lock.close()


@contextmanager
def _sqlite_copy(file: Path, target: Path) -> Iterator[IO[bytes]]:
    """Give a copy of a SQLite file, which lies beside it meanwhile: no other place sees it plain.

    One backup at a time, so that what one that was killed has left is taken away by the next.

    Raises:
        StoreFault: if it cannot be copied, or if it or `target`, its sealed copy, has no room.
    """
    if not file.exists():
        raise StoreFault(f"there is no database at {file}")
    lock, folder = OF_BACKUP.lock_beside(file), OF_BACKUP.folder_beside(file)
    try:
        with held(lock):
            shutil.rmtree(folder, ignore_errors=True)
            check_space_for_backup(file, target)
            try:
                folder.mkdir(mode=PRIVATE_FOLDER)
                copy = folder / file.name
                copy.touch(PRIVATE_FILE)
                address = f"{file.absolute().as_uri()}?mode=ro"
                with closing(sqlite3.connect(address, uri=True)) as database:
                    database.execute("VACUUM INTO ?", (str(copy),))
                with copy.open("rb") as source:
                    yield source
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except sqlite3.Error as error:
        raise StoreFault(f"cannot copy {file}: {words_of_fault(error, file.parent)}") from error
    finally:
        lock.close()


@contextmanager
def _postgres_dump(url: str, target: Path) -> Iterator[IO[bytes]]:
    """Give what `pg_dump` writes, as it comes: it lies nowhere.

    Raises:
        EnvironmentFault: if the program is not installed, or fails.
        StoreFault: if the database cannot be reached, or its sealed copy, `target`, has no room.
    """
    check_space_for_dump(int(asyncio.run(_ask(url, _TABLES_SIZE))), target)
    # No more than what is ours: the rest of the database is its administrator's.
    schema = asyncio.run(schema_of(url)).replace('"', '""')
    options = ["--format=custom", "--compress=1", "--enable-row-security", f'--schema="{schema}"']
    words, environment = _postgres_call("pg_dump", options, url)
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=said) as dump:
            assert dump.stdout is not None
            yield dump.stdout
        if dump.returncode:
            said.seek(0)
            raise _failed("pg_dump", said.read().decode(errors="replace"))


class ToolFault(EnvironmentFault):
    """One of PostgreSQL's programs has failed; `said` is all that it has said."""

    def __init__(self, text: str, said: str) -> None:
        super().__init__(text)
        self.said = said


async def schema_of(url: str) -> str:
    """Return the name of the schema in which our tables lie, or would; "" if there is none.

    Raises:
        StoreFault: if the database cannot be reached.
    """
    return str(await _ask(url, "SELECT current_schema()") or "")


async def _ask(url: str, question: str) -> Any:
    """Ask a database for one value, for however long it takes."""
    from server.db.hot_path_connections import connect_postgres

    connection = await connect_postgres(url)
    try:
        await connection.execute("SET statement_timeout = 0")
        return await connection.fetchval(question)
    finally:
        await connection.close(timeout=5)


def run_postgres_tool(tool: str, options: list[str], url: str = "") -> None:
    """Run one of PostgreSQL's programs, on a database if one is named.

    The password is not in its arguments.

    Raises:
        EnvironmentFault: if the program is not installed.
        ToolFault: if it fails.
    """
    words, environment = _postgres_call(tool, options, url)
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _failed(tool, done.stderr)


def _failed(tool: str, said: str) -> ToolFault:
    """Say what one of PostgreSQL's programs has said, and what to do where it is too old.

    `psql` speaks to any server, and what it says of a version is of the database's content.
    """
    is_too_old = tool != "psql" and "version" in said
    advice = "; install the postgresql-client of that version" if is_too_old else ""
    return ToolFault(f"{tool} failed: {said.strip()[-500:]}{advice}", said)


def _postgres_call(tool: str, options: list[str], url: str) -> tuple[list[str], dict[str, str]]:
    """Return the words that call one of PostgreSQL's programs, and its environment."""
    program = find_postgres_tool(tool)
    environment = os.environ | {"LC_ALL": "C"}  # what they say is read here
    if url:
        parts = urlsplit(url)
        if parts.password is not None:
            environment["PGPASSWORD"] = unquote(parts.password)
        environment["PGOPTIONS"] = f"{environment.get('PGOPTIONS', '')} {SEES_ALL}".strip()
        host = parts.netloc.rpartition("@")[2]
        login = f"{parts.username}@" if parts.username else ""
        plain = f"postgresql://{login}{host}{parts.path}"
        if parts.query:
            plain += f"?{parts.query}"
        options = [*options, f"--dbname={plain}"]
    return [program, *options], environment


def find_postgres_tool(tool: str) -> str:
    """Return the path of one of PostgreSQL's programs, of the newest version installed.

    Raises:
        EnvironmentFault: if there is none.
    """
    found = shutil.which(tool)
    if found is None:
        versions = Path("/usr/lib/postgresql").glob(f"*/bin/{tool}")
        newest = sorted(versions, key=lambda path: path.parts[-3].zfill(4))
        found = str(newest[-1]) if newest else None
    if found is None:
        raise EnvironmentFault(f"{tool} is not installed; apt-get install postgresql-client")
    return found

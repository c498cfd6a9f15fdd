"""`gatekeeper-server backup FILE`: a consistent copy, while the server runs.

SQLite: `VACUUM INTO`, which reads one snapshot and writes a compact file. PostgreSQL: its own
`pg_dump`. Private signing keys are in it only sealed: the data folder's secrets, which open
them, are not part of a backup and are kept apart.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from server.commands.options import add_verb, print_line, settings_of
from server.durable import make_durable, make_folder_durable
from shared.kernel.errors import BadInput, EnvironmentFault, StoreFault

if TYPE_CHECKING:
    from command_line.program import Subparsers

SEES_ALL = "-c app.org=*"
"""PostgreSQL options of a session that row-level security shows every organization."""


def add_parser(subparsers: Subparsers) -> None:
    """Describe the verb."""
    parser = add_verb(
        subparsers,
        "backup",
        about="write a copy of the database to a file",
        example="gatekeeper-server backup /backups/gatekeeper-2026-11-20",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="must not exist yet")


def run(args: argparse.Namespace) -> int:
    """Write the copy, whole or not at all."""
    settings = settings_of(args)
    target: Path = args.file
    if target.exists():
        raise BadInput(f"{target} exists already; a backup never overwrites")
    draft = target.with_name(target.name + ".part")
    draft.unlink(missing_ok=True)
    file = settings.sqlite_file
    try:
        _begin(draft)
        if file is not None:
            _copy_sqlite(file, draft)
        else:
            run_postgres_tool(
                "pg_dump",
                ["--format=custom", "--compress=1", "--enable-row-security", f"--file={draft}"],
                settings.database,
            )
        make_durable(draft)
        draft.replace(target)
        make_folder_durable(target.parent)
    finally:
        draft.unlink(missing_ok=True)
    print_line(file=str(target), size=target.stat().st_size)
    return 0


def _begin(draft: Path) -> None:
    """Make the empty file, which nobody else may read at any time."""
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreFault(f"cannot write {draft}: {error.strerror}") from error


def _copy_sqlite(file: Path, draft: Path) -> None:
    if not file.exists():
        raise StoreFault(f"there is no database at {file}")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source:
            source.execute("VACUUM INTO ?", (str(draft),))
    except sqlite3.Error as error:
        raise StoreFault(f"cannot copy {file}: {error}") from error


def run_postgres_tool(tool: str, options: list[str], url: str = "") -> None:
    """Run one of PostgreSQL's programs, on a database if one is named.

    The password is not in its arguments.

    Raises:
        EnvironmentFault: if the program is not installed, or fails.
    """
    program = find_postgres_tool(tool)
    environment = dict(os.environ)
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
    done = subprocess.run(
        [program, *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EnvironmentFault(f"{tool} failed: {done.stderr.strip()[-500:]}")


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

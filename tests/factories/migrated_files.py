"""Lets programs begin with tables that stand already: the migrations cost half of a first start.

They run for real once in a run of tests; a program that makes a new SQLite file begins with a copy
of what they left, and goes on as it does with any file of its own revision. The migrations have
tests of their own, which run them each time, as cold programs do.
"""

from __future__ import annotations

import functools
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from command_line.file_lock import FileLock, held
from server.settings import PRIVATE_FILE, PRIVATE_FOLDER
from server.start_up import migrating
from shared.kernel.instant import Instant
from tests.factories.strength import Strength

_run = migrating._migrate_sqlite
_SHARED: Final = "TESTS_SHARED_FOLDER"


def begin_with_copies() -> None:
    """Run the migrations now, and let this process and its forks copy what they left."""
    _migrated()
    migrating._migrate_sqlite = _begin_with_copy


@contextmanager
def beginning_with_copies() -> Iterator[None]:
    """Let this process do so while the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrating, "_migrate_sqlite", _begin_with_copy)
        yield


@pytest.fixture(autouse=True)
def begins_with_copies() -> Iterator[None]:
    """Begin with copies in each test of a file that imports this; in the whole migrate each."""
    with copying_unless_whole():
        yield


@contextmanager
def copying_unless_whole() -> Iterator[None]:
    """Let this process begin with copies while the block lasts; in the whole migrate each."""
    if Strength.is_whole:
        yield
        return
    with beginning_with_copies():
        yield


@contextmanager
def sharing_with_workers() -> Iterator[None]:
    """Let the processes of a run, and what they start, have the migrations run once for all."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-run-") as name:
        os.environ[_SHARED] = name
        yield
        del os.environ[_SHARED]


def shared_folder() -> Path | None:
    """Return where the processes of a run put what one of them makes for all; None outside."""
    shared = os.environ.get(_SHARED)
    return None if shared is None else Path(shared)


@functools.cache
def _migrated() -> bytes:
    """Return what the migrations leave; where a run's processes share it, the first runs them."""
    shared = shared_folder()
    if shared is None:
        return _migrate()
    file = shared / "migrated.db"
    with held(FileLock(file.with_suffix(".lock"))):
        if not file.exists():
            file.write_bytes(_migrate())
        return file.read_bytes()


def _migrate() -> bytes:
    with tempfile.TemporaryDirectory(prefix="gatekeeper-migrated-") as name:
        file = Path(name) / "new.db"
        _run(file, Instant(0))
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("DELETE FROM ledger")  # it says when a server first started
            connection.commit()
        return file.read_bytes()


def _begin_with_copy(file: Path, now: Instant) -> None:
    if not file.exists():
        file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        _place(_migrated(), file)
    _run(file, now)


def _place(content: bytes, file: Path) -> None:
    """Put a file where none is, whole; another program may be about to do the same."""
    written = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        written.touch(PRIVATE_FILE)
        written.write_bytes(content)
        with suppress(FileExistsError):
            file.hardlink_to(written)
    finally:
        written.unlink(missing_ok=True)

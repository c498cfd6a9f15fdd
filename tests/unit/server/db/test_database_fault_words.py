"""What a command says of a database that cannot be used."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from server.db import database_fault_words
from server.db.database_fault_words import said_in_words, words_of_fault
from server.settings import Settings
from shared.kernel.errors import StoreFault
from tests.factories.office import test_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Name a SQLite file in an empty folder."""
    return test_settings(f"sqlite:///{tmp_path / 'gatekeeper.db'}", tmp_path)


@pytest.fixture
def opened(settings: Settings) -> Iterator[sa.Connection]:
    """Open a table of the file."""
    engine = sa.create_engine(settings.database)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE said (word TEXT PRIMARY KEY)")
        connection.commit()
        yield connection
    engine.dispose()


def test_a_full_disk_is_said_with_what_to_do(settings: Settings, opened: sa.Connection) -> None:
    """And not as a fault of the program, with the address of a library's manual."""
    opened.exec_driver_sql("PRAGMA max_page_count=3")
    long = "INSERT INTO said VALUES (hex(randomblob(99999)))"
    with (
        pytest.raises(StoreFault, match="is full; free some space there"),
        said_in_words(settings),
    ):
        opened.exec_driver_sql(long)


def test_what_was_asked_wrongly_stays_a_fault_of_the_program(
    settings: Settings, opened: sa.Connection
) -> None:
    """No sentence hides it."""
    with pytest.raises(DBAPIError), said_in_words(settings):
        opened.exec_driver_sql("INSERT INTO nowhere VALUES (1)")


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ({"f_bavail": 0}, "is full; free some space there"),
        ({"f_favail": 0}, "takes no more files, however much room it has"),
        ({"f_files": 0, "f_favail": 0}, "check that it, and what lies beside it"),
        ({}, "check that it, and what lies beside it"),
    ],
)
def test_a_disk_that_takes_no_other_file_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, left: dict[str, int], said: str
) -> None:
    """SQLite only says that it cannot open the file: it makes two beside it."""
    of_disk = dict.fromkeys(("f_bavail", "f_frsize", "f_files", "f_favail"), 4_096) | left
    monkeypatch.setattr(database_fault_words, "_statvfs", lambda _: _Found(**of_disk))
    with pytest.raises(sqlite3.OperationalError) as met:
        sqlite3.connect(settings.data_folder / "no folder" / "gatekeeper.db")
    assert said in words_of_fault(settings, met.value)


def test_another_fault_of_a_file_is_not_laid_to_a_full_disk(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is none of SQLite's, say."""
    found = _Found(f_bavail=0, f_frsize=4_096, f_files=0, f_favail=0)
    monkeypatch.setattr(database_fault_words, "_statvfs", lambda _: found)
    file = settings.data_folder / "gatekeeper.db"
    file.write_bytes(os.urandom(4_096))
    opened = sqlite3.connect(file)
    with pytest.raises(sqlite3.DatabaseError) as met:
        opened.execute("SELECT * FROM sqlite_schema")
    opened.close()
    assert words_of_fault(settings, met.value) == "file is not a database"


class _Found:
    """What the system says of a disk."""

    def __init__(self, *, f_bavail: int, f_frsize: int, f_files: int, f_favail: int) -> None:
        self.f_bavail, self.f_frsize = f_bavail, f_frsize
        self.f_files, self.f_favail = f_files, f_favail

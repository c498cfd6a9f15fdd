"""The server's SQLite on a simulated disk: apsw, spoken to as the standard library's driver is.

The standard library has a SQLite of its own, which knows no disk but the machine's; apsw's can be
given one. The server's mapper and its hot statements see what they see elsewhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

import apsw

from shared.kernel.instant import MILLISECOND, Duration
from shared.kernel.ports import Entropy
from simulator.kernel.disk import SimDisk

SERVER_FILE: Final = "gatekeeper.db"
COMMIT_MEAN: Final[Duration] = MILLISECOND
"""Of a write's time, which is drawn."""
_EPOCH: Final = 2_440_587.5
"""1970 as SQLite's `julianday` counts."""
_CHANGING: Final = ("INSERT", "UPDATE", "DELETE", "REPLAC")
Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


def open_server_database(disk: SimDisk, entropy: Entropy) -> sqlite3.Connection:
    """Open the server's database as the only connection to it.

    What SQLite draws by chance and by the clock (lots of the feed) comes from `entropy` alone, so
    that every run of a seed repeats it.
    """
    connection = disk.connect(SERVER_FILE)

    def draw(*_nothing: object) -> int:
        return int.from_bytes(entropy.random_bytes(8), "big", signed=True)

    def tell_day(*_when: object) -> float:
        return _EPOCH

    flags = apsw.SQLITE_INNOCUOUS
    connection.create_scalar_function("random", draw, 0, flags=flags)
    connection.create_scalar_function("julianday", tell_day, 1, flags=flags)
    return cast("sqlite3.Connection", DiskConnection(connection))


class DiskConnection:
    """Looks like `sqlite3.Connection` in autocommit mode, as far as the server uses it."""

    isolation_level: str | None = None

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._columns: tuple[Any, ...] = ()
        self._described: dict[str, tuple[Any, ...]] = {}
        connection.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
        connection.exec_trace = self._describe

    def run(self, sql: str, parameters: Parameters) -> tuple[list[Row], tuple[Any, ...]]:
        """Run one statement; returns its rows and what its columns are called."""
        self._columns = ()
        with _as_standard():
            rows = self._connection.execute(sql, parameters).fetchall()
        return rows, self._columns

    def run_many(self, sql: str, rows: Iterable[Parameters]) -> int:
        """Run one statement for each row; returns how many rows it changed."""
        before = self._connection.total_changes()
        with _as_standard():
            self._connection.executemany(sql, rows).fetchall()
        return self._connection.total_changes() - before

    def changes(self) -> tuple[int, int]:
        """Return how many rows the last statement changed, and the last row's number."""
        return self._connection.changes(), self._connection.last_insert_rowid()

    def _describe(self, cursor: apsw.Cursor, sql: str, _parameters: Any) -> bool:
        # Asked for here, because apsw does not tell it of a statement that gave no row; once for
        # each statement, since no table changes while a server serves.
        columns = self._described.get(sql)
        if columns is None:
            columns = tuple((c[0], *(None,) * 6) for c in cursor.get_description())
            self._described[sql] = columns
        self._columns = columns
        return True

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def cursor(self) -> DiskCursor:
        """Give a cursor."""
        return DiskCursor(self)

    def execute(self, sql: str, parameters: Parameters = ()) -> DiskCursor:
        """Run one statement."""
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> DiskCursor:
        """Run one statement for each row."""
        return self.cursor().executemany(sql, rows)

    def commit(self) -> None:
        """Commit, if a transaction is open."""
        if self.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        """Roll back, if a transaction is open."""
        if self.in_transaction:
            self.execute("ROLLBACK")

    def create_function(
        self, name: str, arguments: int, function: Callable[..., Any], **options: Any
    ) -> None:
        """Offer a function to SQL."""
        self._connection.create_scalar_function(name, function, arguments, **options)

    def close(self) -> None:
        """Close it."""
        self._connection.close()


class DiskCursor:
    """Looks like `sqlite3.Cursor`; all rows are there when `execute` returns."""

    arraysize = 1

    def __init__(self, connection: DiskConnection) -> None:
        self._connection = connection
        self._rows: list[Row] = []
        self._place = 0
        self.description: tuple[Any, ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def execute(self, sql: str, parameters: Parameters = ()) -> DiskCursor:
        """Run one statement."""
        self._rows, columns = self._connection.run(sql, parameters)
        self._place = 0
        self.description = columns or None
        changed, self.lastrowid = self._connection.changes()
        self.rowcount = changed if sql.lstrip()[:6].upper() in _CHANGING else -1
        return self

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> DiskCursor:
        """Run one statement for each row."""
        self.rowcount = self._connection.run_many(sql, rows)
        self._rows, self._place = [], 0
        return self

    def fetchone(self) -> Row | None:
        """Give the next row, or None."""
        if self._place >= len(self._rows):
            return None
        self._place += 1
        return self._rows[self._place - 1]

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """Give some rows."""
        start = self._place
        self._place = min(len(self._rows), start + (size or self.arraysize))
        return self._rows[start : self._place]

    def fetchall(self) -> list[Row]:
        """Give the remaining rows."""
        return self.fetchmany(len(self._rows) + 1)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.fetchall())

    def close(self) -> None:
        """Let the rows go."""
        self._rows = []


@contextmanager
def _as_standard() -> Iterator[None]:
    try:
        yield
    except apsw.ConstraintError as error:
        raise sqlite3.IntegrityError(str(error)) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise sqlite3.DatabaseError(str(error)) from error
    except apsw.Error as error:
        raise sqlite3.OperationalError(str(error)) from error

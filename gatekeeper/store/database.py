"""The journal database: one connection that writes, commits that are durable, checkpoints aside.

WAL with `synchronous=FULL`: a commit that returned survives a power cut. Checkpoints are kept off
the path of a scan: they are made when the gate idles, or once the WAL has grown to 4,096 pages.

Source:
    docs/decisions/0005-journal-durable-before-green.md
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final, Self

import apsw

from gatekeeper.device_loop import waiting_for_disk
from gatekeeper.store.disk import Disk
from gatekeeper.store.disk_faults import JOURNAL, close_after_all, explain_fault, explained
from gatekeeper.store.journal_tables import prepare_schema
from shared.kernel.errors import StoreFault

JOURNAL_NAME: Final = "journal.db"
WAL_PAGES_MAX: Final = 4_096


class _Cursor(apsw.Cursor):
    """Reads and writes the journal's database; what that meets leaves as `StoreFault`."""

    def execute(self, *arguments: Any, **options: Any) -> Any:
        """Run statements, up to the first row.

        Raises:
            StoreFault: in place of what the database raised.
        """
        try:
            return super().execute(*arguments, **options)
        except apsw.Error as fault:
            raise explain_fault(fault, JOURNAL) from fault

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except apsw.Error as fault:
            raise explain_fault(fault, JOURNAL) from fault


class JournalDatabase:
    """The connection, and transactions over it."""

    def __init__(self, disk: Disk) -> None:
        """Open the database and make what is missing.

        Raises:
            StoreFault: if it cannot be opened, is damaged, or is of a newer version.
        """
        self._wal_pages = 0
        self.connection = disk.connect(JOURNAL_NAME)
        self.connection.cursor_factory = _Cursor
        try:
            self._configure(is_exclusive=disk.is_exclusive)
            prepare_schema(self.connection)
        except BaseException:
            close_after_all(self.connection)
            raise

    def _configure(self, *, is_exclusive: bool) -> None:
        if is_exclusive:
            self.connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        # One by one: apsw runs nothing behind a statement whose row nobody has fetched.
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.set_wal_hook(self._count_pages)

    def _count_pages(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    @property
    def wants_checkpoint(self) -> bool:
        """Whether the WAL has grown so long that waiting for an idle moment is no option."""
        return self._wal_pages >= WAL_PAGES_MAX

    def checkpoint(self) -> None:
        """Move what is committed from the WAL into the database file.

        Raises:
            StoreFault: if the disk refuses; nothing is lost then.
        """
        if self._wal_pages == 0:
            return
        with explained(JOURNAL), waiting_for_disk():
            self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            self._wal_pages = 0

    def scrub(self) -> None:
        """Write the database anew, so that no byte of what was deleted stays in its files.

        Deleted rows stay in free pages, and older pages in the log, until they are written over.

        Raises:
            StoreFault: if the disk refuses, or another program has the database open.
        """
        with explained(JOURNAL):
            self.connection.execute("VACUUM")
            self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            self._wal_pages = 0

    def transaction(self, *, is_durable: bool = True) -> Transaction:
        """Give a block that commits at its end, durably if it must, or changes nothing at all."""
        return Transaction(self.connection, is_durable=is_durable)

    def close(self) -> None:
        """Close the connection; SQLite then makes a last checkpoint itself."""
        with explained(JOURNAL):
            self.connection.close()


class Transaction:
    """One all-or-nothing block of writes.

    Raises:
        StoreFault: from the block or its end, when database or disk refuse.
    """

    __slots__ = ("_connection", "_is_durable")

    def __init__(self, connection: apsw.Connection, *, is_durable: bool = True) -> None:
        self._connection = connection
        self._is_durable = is_durable

    def __enter__(self) -> Self:
        try:
            with explained(JOURNAL):  # it may be closed
                if not self._is_durable:
                    self._connection.execute("PRAGMA synchronous=NORMAL")
                self._connection.execute("BEGIN IMMEDIATE")
        except StoreFault:
            self._be_durable_again()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            try:
                with waiting_for_disk():
                    self._connection.execute("COMMIT")
            except StoreFault:
                self._roll_back()
                raise
            finally:
                self._be_durable_again()
            return
        self._roll_back()
        self._be_durable_again()
        if isinstance(error, apsw.Error):  # of many statements at once
            raise explain_fault(error, JOURNAL) from error

    def _be_durable_again(self) -> None:
        if not self._is_durable:
            self._connection.execute("PRAGMA synchronous=FULL")

    def _roll_back(self) -> None:
        # After some faults SQLite has rolled back by itself.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

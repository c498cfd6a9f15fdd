"""Lines of a list put in order on the disk, so that any number of them needs little memory.

The file is the system's own temporary one: it has no name, and is gone with its connection, also
where the process dies.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from shared.kernel.instant import Instant
from shared.manifest.name_folding import fold_name

_FETCH: Final = 200
_CACHE_KIB: Final = 2_048


class SortedLine(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One ticket of the list.

    Attributes:
        name: Its holder's, or "".
        code: Its manual code's number, or None.
        kind: Its type's name.
        seat: What its seat is called, or "".
        persons: How many it lets in.
        is_doubtful: Another gate may let the same ticket in.
        came_in: How many of these came in before the list was made.
        checks_id: Its holder's entitlement is looked at.
        questions: What its holder is asked.
        is_unpaid: Who comes on it is told of the debt first.
        valid_from, valid_until: When it lets somebody in, both ends included; None: at any time.
    """

    name: str
    code: int | None
    kind: str
    seat: str
    persons: int
    is_doubtful: bool
    came_in: int
    checks_id: bool
    questions: tuple[str, ...] = ()
    is_unpaid: bool = False
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class SortedLines:
    """Takes lines in any order, and gives them in the list's two orders."""

    def __init__(self) -> None:
        # An empty name is a file that only this connection knows.
        self._file = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._file.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("PRAGMA temp_store = FILE")
        self._file.execute("CREATE TABLE line (folded TEXT, name TEXT, code INTEGER, said BLOB)")
        self._pack = msgspec.msgpack.Encoder().encode
        self._unpack = msgspec.msgpack.Decoder(SortedLine).decode

    def close(self) -> None:
        """Forget all lines."""
        self._file.close()

    def add(self, lines: Sequence[SortedLine]) -> None:
        """Add lines, in any order."""
        rows = [(fold_name(one.name), one.name, one.code, self._pack(one)) for one in lines]
        self._file.execute("BEGIN")
        self._file.executemany("INSERT INTO line VALUES (?, ?, ?, ?)", rows)
        self._file.execute("COMMIT")

    def by_name(self) -> Iterator[SortedLine]:
        """Return the lines that have a name, in order of it; case and accents count for little."""
        return self._ordered("name <> '' ORDER BY folded, name, code")

    def by_code(self) -> Iterator[SortedLine]:
        """Return the lines that have a manual code, in the order in which codes are spelled."""
        return self._ordered("code IS NOT NULL ORDER BY code")

    def _ordered(self, which: str) -> Iterator[SortedLine]:
        found = self._file.execute(f"SELECT said FROM line WHERE {which}")  # noqa: S608 - ours
        while rows := found.fetchmany(_FETCH):
            for row in rows:
                yield self._unpack(row[0])

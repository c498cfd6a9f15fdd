"""Which of a journal's entries are scans: staff want to know how many wait for the server."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from typing import Final

import apsw
import msgspec

from gatekeeper.store.boots import BootState
from gatekeeper.store.kept_table import fetch_rows
from shared.journal.entry import KIND_OF_BODY, ScanBody

_MARK: Final = msgspec.msgpack.encode(KIND_OF_BODY[ScanBody])
"""Stands in the bytes of each scan's entry."""


class ScanNumbers:
    """The numbers of scans that the server may not hold yet, in memory.

    Args:
        connection: Of the journal's database; asked again whenever the journal went back.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._numbers: list[int] | None = None

    def add(self, seq: int) -> None:
        """Note a scan that was put on record."""
        if self._numbers is not None:
            self._numbers.append(seq)

    def forget(self) -> None:
        """Read the numbers again when they are asked for: entries or answers were taken back."""
        self._numbers = None

    def count_pending(self, boots: Iterable[BootState]) -> int:
        """Return how many scans the server has not acknowledged.

        Raises:
            StoreFault: if the database cannot be read.
        """
        waiting = [boot for boot in boots if boot.pending]
        if not waiting:
            self._numbers = []
            return 0
        if self._numbers is None:
            first = min(boot.seq_of(boot.acknowledged + 1) for boot in waiting)
            self._numbers = self._read(first)
        numbers = self._numbers
        return sum(
            bisect.bisect_right(numbers, boot.seq_of(boot.sound_dseq))
            - bisect.bisect_right(numbers, boot.seq_of(boot.acknowledged))
            for boot in waiting
        )

    def _read(self, first: int) -> list[int]:
        rows = fetch_rows(
            self._connection,
            "SELECT seq FROM entry WHERE seq >= ? AND instr(entry, ?) > 0 ORDER BY seq",
            (first, _MARK),
        )
        return [seq for (seq,) in rows]

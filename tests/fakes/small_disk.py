"""A device's disk that has no room, or cannot be read, from a step of its program on."""

from __future__ import annotations

import apsw

from gatekeeper.store.store import Store


class SmallDisk:
    """Fulfils `CrashPoint`: it is called at each step.

    Attributes:
        full_after: The step after which there is no room; "" for none.
        is_full: There is none now.
        torn_after: The step after which it cannot be read; "" for none.
        is_torn: It cannot be read now.
    """

    def __init__(self) -> None:
        self.full_after, self.is_full = "", False
        self.torn_after, self.is_torn = "", False

    def __call__(self, step: str) -> None:
        """Have no room any more after the step, or be readable no more."""
        self.is_full = self.is_full or step == self.full_after
        self.is_torn = self.is_torn or step == self.torn_after

    def make_room(self) -> None:
        """Have room again."""
        self.full_after, self.is_full = "", False

    def heal(self) -> None:
        """Be readable again."""
        self.torn_after, self.is_torn = "", False

    def hold(self, store: Store) -> None:
        """Keep what a store commits, as long as there is room, and read while that can be done."""
        store.journal._connection.set_commit_hook(self._commit)
        store.journal._connection.set_exec_trace(self._read)

    def _read(self, _cursor: apsw.Cursor, statement: str, _bindings: object) -> bool:
        if self.is_torn and statement.startswith("SELECT"):
            raise apsw.IOError("disk I/O error")
        return True

    def _commit(self) -> bool:
        if self.is_full:
            raise apsw.FullError("database or disk is full")
        return False

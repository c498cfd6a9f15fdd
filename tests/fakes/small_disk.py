"""A device's disk that has no room from a step of its program on, until somebody makes some."""

from __future__ import annotations

import apsw

from gatekeeper.store.store import Store


class SmallDisk:
    """Fulfils `CrashPoint`: it is called at each step.

    Attributes:
        full_after: The step after which there is no room; "" for none.
        is_full: There is none now.
    """

    def __init__(self) -> None:
        self.full_after, self.is_full = "", False

    def __call__(self, step: str) -> None:
        """Have no room any more after the step."""
        self.is_full = self.is_full or step == self.full_after

    def make_room(self) -> None:
        """Have room again."""
        self.full_after, self.is_full = "", False

    def hold(self, store: Store) -> None:
        """Keep what a store commits, as long as there is room."""
        store.journal._connection.set_commit_hook(self._commit)

    def _commit(self) -> bool:
        if self.is_full:
            raise apsw.FullError("database or disk is full")
        return False

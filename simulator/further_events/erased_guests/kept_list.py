"""The list of who was erased that lies beside the server's database, and outlives its copies.

All worlds share one folder of secrets, so a world's list is in memory. What an operator's machine
does with it before it serves anybody, the world's server does at each start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from server.db.unit import Context
from server.erasures.hashed_words import PURPOSE
from server.keys.vault import open_vault
from server.persons import after_erasure, erasing_again
from server.persons.erased_persons_beside_database import KeptErasure
from simulator.planted_bugs.planted_bug import Replacement

_KEPT: Final[dict[str, KeptErasure]] = {}
"""By id; of the one world that runs."""


class ListInMemory:
    """What stands for the file of that list."""

    def add(self, _folder: Path, rows: Iterable[KeptErasure]) -> Mapping[str, KeptErasure]:
        """Keep erasures besides those that are there."""
        _KEPT.update({one.id: one for one in rows})
        return dict(_KEPT)

    def read(self, _folder: Path) -> dict[str, KeptErasure]:
        """Return what is kept."""
        return dict(_KEPT)


def forget() -> None:
    """Begin a world."""
    _KEPT.clear()


async def erase_whom_a_copy_names(context: Context, folder: Path) -> None:
    """Do what the server's program does before it serves anybody."""
    if _KEPT:
        key = open_vault(folder, context.entropy).derive(PURPOSE)
        await erasing_again.erase_again(context, folder, key)


_IN_MEMORY: Final = ListInMemory()
LISTS: Final = (
    Replacement(after_erasure, "ERASURES", lambda _original: _IN_MEMORY),
    Replacement(erasing_again, "ERASURES", lambda _original: _IN_MEMORY),
)
"""Each world has a list of its own; see `Planted`."""

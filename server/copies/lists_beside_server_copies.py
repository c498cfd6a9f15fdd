"""The lists of erasures and endings beside a server's copies, unsealed: they name nobody.

The older of two copies may be the one that opens; with the lists it brings nobody back, and trusts
nothing that has ended.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from server.durable_files import write_durably
from server.lists_beside_database import KeptList
from server.persons.erased_list import ERASURES
from server.settings import Settings
from server.start_up.ended_list import ENDINGS, read_endings

_LISTS: Final[tuple[tuple[KeptList[Any, Any], str], ...]] = (
    (ERASURES, ".erasures"),
    (ENDINGS, ".endings"),
)
"""Which they are, and by what their names end there."""


def copy_lists(settings: Settings, folder: Path, name: str) -> None:
    """Put the lists beside the copies, as the server's database is now.

    Args:
        settings: Of the server, which has a SQLite file.
        folder: Where the copies lie.
        name: Of this server's copies.

    Raises:
        StoreFault: if a list is damaged, or the database cannot be read.
        OSError: if the disk refuses.
    """
    assert settings.sqlite_file is not None
    if ended := read_endings(settings.sqlite_file):
        ENDINGS.add(settings.data_folder, ended)
    for kept, suffix in _LISTS:
        file, target = settings.data_folder / kept.file_name, folder / f"{name}{suffix}"
        if file.exists():
            content = file.read_bytes()
            if not target.exists() or target.read_bytes() != content:
                write_durably(target, content)


def bring_lists(folder: Path, into: Path) -> None:
    """Take the lists beside some copies into a data folder.

    Raises:
        StoreFault: if one is damaged.
        OSError: if it cannot be read or written.
    """
    for kept, suffix in _LISTS:
        for file in sorted(folder.glob(f"gatekeeper-*{suffix}")):
            kept.add(into, kept.read_file(file).values())

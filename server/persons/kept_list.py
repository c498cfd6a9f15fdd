"""The list of erasures beside the database: what an older copy of it would have forgotten.

It holds ids, instants and keyed hashes, and may lie wherever backups lie. Whoever puts an older
copy back puts it under this list: who was erased since is erased again before anybody is served.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from command_line.file_lock import FileLock
from server.durable import write_durably
from shared.kernel.errors import StoreFault
from shared.kernel.os_errors import words_of_system

if TYPE_CHECKING:  # the copying process of a server reads lists without its tables
    from server.erasures.models import Erasure

LIST_NAME: Final = "erasures.json"


class KeptErasure(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure as the list keeps it; see `server.erasures.models`."""

    id: str
    organization_id: str
    at: int
    scope: str
    asked_by: str = ""
    event_id: str | None = None
    words: list[str] = []
    records: list[list[str]] = []


def listed(row: Erasure) -> KeptErasure:
    """Return a row as the list keeps it."""
    return KeptErasure(**{name: getattr(row, name) for name in KeptErasure.__struct_fields__})


def read_list(folder: Path) -> dict[str, KeptErasure]:
    """Return the list of a folder by id; empty where there is none.

    Raises:
        StoreFault: if it is damaged: whoever goes on without it would bring erased people back.
    """
    return read_file(folder / LIST_NAME)


def read_file(file: Path) -> dict[str, KeptErasure]:
    """Return a list that lies under another name; see `read_list`."""
    try:
        rows = msgspec.json.decode(file.read_bytes(), type=list[KeptErasure])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        message = (
            f"{file} is damaged ({words_of_system(error)}); it tells who was erased. Put it back"
            " from beside a newer copy; without one, remove it"
        )
        raise StoreFault(message) from error
    return {one.id: one for one in rows}


def add_to_list(folder: Path, rows: Iterable[KeptErasure]) -> Mapping[str, KeptErasure]:
    """Keep erasures in the list besides those that are there; returns all.

    Raises:
        StoreFault: if the list is damaged.
        OSError: if the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{LIST_NAME}.lock")
    lock.acquire()
    try:
        known = read_list(folder)
        every = known | {one.id: one for one in rows}
        if every != known:
            ordered = sorted(every.values(), key=lambda one: (one.at, one.id))
            write_durably(folder / LIST_NAME, msgspec.json.encode(ordered))
        return every
    finally:
        lock.close()

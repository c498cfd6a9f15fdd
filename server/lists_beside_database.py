"""Lists in files beside the database: what an older copy of it would have forgotten.

Whoever puts an older copy back puts it under these lists, before anybody is served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from command_line.file_lock import FileLock
from server.durable_files import write_durably
from shared.kernel.errors import StoreFault
from shared.kernel.os_errors import not_ours, words_of_system
from shared.kernel.undecodable import UNDECODABLE

_Row = TypeVar("_Row", bound=msgspec.Struct)
_Name = TypeVar("_Name")


class KeptList(Generic[_Name, _Row]):
    """One such list.

    Args:
        file_name: Its file's, in the data folder.
        row: What it holds.
        name_of: What makes a row that one and no other.
        order_of: In which order they stand in the file.
        if_damaged: What it tells, and what to do where it cannot be read.
    """

    def __init__(
        self,
        file_name: str,
        row: type[_Row],
        *,
        name_of: Callable[[_Row], _Name],
        order_of: Callable[[_Row], Any],
        if_damaged: str,
    ) -> None:
        self.file_name = file_name
        self._row, self._name_of, self._order_of = row, name_of, order_of
        self._if_damaged = if_damaged

    def read(self, folder: Path) -> dict[_Name, _Row]:
        """Return the list of a folder by its rows' names; empty where there is none.

        Raises:
            StoreFault: if it is damaged: whoever goes on without it would trust the older copy.
        """
        file = folder / self.file_name
        try:
            return self.decode(file.read_bytes(), file)
        except FileNotFoundError:
            return {}
        except PermissionError as error:
            raise not_ours(error) from error
        except OSError as error:
            raise self._damaged(file, error) from error

    def decode(self, content: bytes, file: Path) -> dict[_Name, _Row]:
        """Return what a list's file holds, by its rows' names.

        Raises:
            StoreFault: if it is damaged; see `read`.
        """
        try:
            rows = msgspec.json.decode(content, type=list[self._row])  # type: ignore[name-defined] # a type that is known when it runs
        except UNDECODABLE as error:
            raise self._damaged(file, error) from error
        return {self._name_of(one): one for one in rows}

    def add(self, folder: Path, rows: Iterable[_Row]) -> Mapping[_Name, _Row]:
        """Keep rows in the list besides those that are there; returns all.

        Raises:
            StoreFault: if the list is damaged.
            OSError: if the disk refuses.
        """
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{self.file_name}.lock")
        lock.acquire()
        try:
            known = self.read(folder)
            every = known | {self._name_of(one): one for one in rows}
            if every != known:
                ordered = sorted(every.values(), key=self._order_of)
                write_durably(folder / self.file_name, msgspec.json.encode(ordered))
            return every
        finally:
            lock.close()

    def _damaged(self, file: Path, error: Exception) -> StoreFault:
        return StoreFault(
            f"{file} is damaged ({words_of_system(error)}); it shows {self._if_damaged}"
        )

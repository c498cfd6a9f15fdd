"""A disk that loses what was not synced: real SQLite over files in memory, and a power switch."""

from __future__ import annotations

import itertools
import random
from typing import Any, Final

import apsw

SECTOR: Final = 512
_NUMBERS: Final = itertools.count()


class PowerCut(BaseException):
    """The program stops here, whatever it was doing."""


class Switch:
    """A crash point that cuts the power at one occurrence of one name."""

    def __init__(self, name: str, occurrence: int) -> None:
        self.name, self.left = name, occurrence
        self.is_armed = False

    def __call__(self, name: str) -> None:
        if self.is_armed and name == self.name:
            self.left -= 1
            if self.left == 0:
                raise PowerCut


class _Content:
    """One file: what is durable, and what was written since the last sync."""

    def __init__(self, durable: bytes = b"") -> None:
        self.durable = bytearray(durable)
        self.now = bytearray(durable)
        self.unsynced: list[tuple[int, bytes | None]] = []

    def write(self, offset: int, data: bytes) -> None:
        _put(self.now, offset, data)
        self.unsynced.append((offset, data))

    def truncate(self, size: int) -> None:
        del self.now[size:]
        self.unsynced.append((size, None))

    def sync(self) -> None:
        self.durable = bytearray(self.now)
        self.unsynced.clear()

    def after_cut(self, chance: random.Random) -> _Content:
        """Return the file as a power cut leaves it: each write lost, kept, or torn by sectors."""
        left = bytearray(self.durable)
        for offset, data in self.unsynced:
            fate = chance.choice(("lost", "kept", "torn"))
            if data is None:
                if fate == "kept":
                    del left[offset:]
            elif fate == "kept":
                _put(left, offset, data)
            elif fate == "torn":
                for start in range(0, len(data), SECTOR):
                    if chance.random() < 0.5:
                        _put(left, offset + start, data[start : start + SECTOR])
        return _Content(bytes(left))


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class PowerCutDisk:
    """Fulfils `gatekeeper.store.disk.Disk`.

    Attributes:
        capacity: Bytes that all databases together may have, or None for no limit.
        is_read_only: Writes are refused.
        lies: Syncs are acknowledged and do nothing, as cheap flash does.
    """

    is_exclusive = True

    def __init__(self, contents: dict[str, _Content] | None = None) -> None:
        self.contents = {} if contents is None else contents
        self.small: dict[str, bytes] = {}
        self.capacity: int | None = None
        self.is_read_only = False
        self.lies = False
        self._vfs = _Vfs(f"power-cut-{next(_NUMBERS)}", self)

    def cut(self, seed: int) -> PowerCutDisk:
        """Cut the power; returns the disk as the next start finds it."""
        chance = random.Random(seed)
        found = {name: one.after_cut(chance) for name, one in sorted(self.contents.items())}
        disk = PowerCutDisk(found)
        disk.small = dict(self.small)
        return disk

    def size(self) -> int:
        """Return the bytes of all databases."""
        return sum(len(one.now) for one in self.contents.values())

    def put_file(self, name: str, content: bytes) -> None:
        """Let a file stand on it that was written elsewhere."""
        if ".db" in name:
            self.contents[name] = _Content(content)
        else:
            self.small[name] = content

    def connect(self, name: str) -> apsw.Connection:
        return apsw.Connection(name, vfs=self._vfs.name)

    def read(self, name: str) -> bytes | None:
        if name in self.contents:
            return bytes(self.contents[name].now)
        return self.small.get(name)

    def write(self, name: str, content: bytes, *, durable: bool = True) -> None:
        self.small[name] = content

    def remove(self, name: str) -> None:
        self.small.pop(name, None)
        self.contents.pop(name, None)

    def rename(self, name: str, new: str) -> None:
        if name in self.small:
            self.small[new] = self.small.pop(name)
        if name in self.contents:
            self.contents[new] = self.contents.pop(name)

    def names(self, folder: str) -> list[str]:
        start = f"{folder}/" if folder else ""
        every = [*self.small, *self.contents]
        return sorted(
            name[len(start) :]
            for name in every
            if name.startswith(start) and "/" not in name[len(start) :]
        )


class _Vfs(apsw.VFS):
    def __init__(self, name: str, disk: PowerCutDisk) -> None:
        self.name = name
        self._disk = disk
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802 - the library's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        flags[1] = flags[0]
        return _File(self._disk, path.rpartition("/")[2])

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - the library's
        self._disk.contents.pop(filename.rpartition("/")[2], None)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802 - the library's name
        return pathname.rpartition("/")[2] in self._disk.contents

    def xFullPathname(self, name: str) -> str:  # noqa: N802 - the library's name
        return name


class _File:
    """An open database file."""

    def __init__(self, disk: PowerCutDisk, name: str) -> None:
        self._disk = disk
        self._content = disk.contents.setdefault(name, _Content())

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - the library's name
        return bytes(self._content.now[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - the library's name
        if self._disk.is_read_only:
            raise apsw.ReadOnlyError("read-only")
        grows = offset + len(data) - len(self._content.now)
        capacity = self._disk.capacity
        if capacity is not None and grows > 0 and self._disk.size() + grows > capacity:
            raise apsw.FullError("full")
        self._content.write(offset, bytes(data))

    def xTruncate(self, size: int) -> None:  # noqa: N802 - the library's name
        self._content.truncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802 - the library's name
        if not self._disk.lies:
            self._content.sync()

    def xFileSize(self) -> int:  # noqa: N802 - the library's name
        return len(self._content.now)

    def xLock(self, level: int) -> None:  # noqa: N802 - the library's name
        return

    def xUnlock(self, level: int) -> None:  # noqa: N802 - the library's name
        return

    def xCheckReservedLock(self) -> bool:  # noqa: N802 - the library's name
        return False

    def xClose(self) -> None:  # noqa: N802 - the library's name
        return

    def xSectorSize(self) -> int:  # noqa: N802 - the library's name
        return SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802 - the library's name
        return 0

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: N802 - the library's name
        return False

"""A disk that keeps only what was synced, under real SQLite and under plain files.

Each file has a durable image and the writes since the last sync. A power cut gives a new disk on
which each of those writes is lost, kept or torn by sector; the old disk refuses everything from
then on. Names are durable at once: what a directory sync is for is left out.

SQLite in WAL mode must be told `locking_mode=EXCLUSIVE`, because there is no shared memory here.

Source:
    sqlite.org/psow.html: bytes beside those written survive a power cut; so they do here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final
from weakref import WeakValueDictionary

import apsw
import msgspec

from shared.kernel.errors import StoreFault
from simulator.kernel.dice import Dice

VFS_NAME: Final = "gatekeeper-simulator"
SECTOR: Final = 512
STATEMENTS_CACHED: Final = 512
"""Of the server alone about 200 are in use: what is pushed out is parsed again."""
_SHARED_LOCK: Final = 1
_RESERVED_LOCK: Final = 2
_PENDING_LOCK: Final = 3
_FULL_TEXT: Final = "the disk is full; free some space: nothing that was answered is lost"


class DiskGone(apsw.IOError):
    """The machine of this disk has lost power; SQLite takes it for a disk that fails."""


class SimDiskFile:
    """One file: what is durable, what programs see, and the writes in between.

    Attributes:
        live: What programs read.
        durable: What a power cut leaves for certain.
        unsynced: Offset and bytes of each write since the last sync; None for a truncation to
            the offset.
        locks: What lock each open handle holds.
    """

    __slots__ = ("durable", "live", "locks", "unsynced")

    def __init__(self, content: bytes = b"") -> None:
        self.live = bytearray(content)
        self.durable = bytearray(content)
        self.unsynced: list[tuple[int, bytes | None]] = []
        self.locks: dict[int, int] = {}

    def write(self, offset: int, content: bytes) -> None:
        """Write into the live image."""
        _put(self.live, offset, content)
        self.unsynced.append((offset, content))

    def truncate(self, size: int) -> None:
        """Cut the live image."""
        del self.live[size:]
        self.unsynced.append((size, None))

    def sync(self) -> None:
        """Make all writes so far durable."""
        for offset, content in self.unsynced:
            _apply(self.durable, offset, content)
        self.unsynced.clear()

    def after_cut(self, dice: Dice, *, keep: float) -> SimDiskFile:
        """Give the file as it is found after a power cut.

        Args:
            dice: Decides which unsynced writes arrived.
            keep: How likely each one is to have arrived; half of the others are torn.
        """
        found = SimDiskFile(bytes(self.durable))
        for offset, content in self.unsynced:
            if dice.chance(keep):
                _apply(found.live, offset, content)
            elif content is not None and dice.chance(0.5):
                _tear(found.live, offset, content, dice)
        found.durable = bytearray(found.live)
        return found


def _put(image: bytearray, offset: int, content: bytes) -> None:
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(content)] = content


def _apply(image: bytearray, offset: int, content: bytes | None) -> None:
    if content is None:
        del image[offset:]
    else:
        _put(image, offset, content)


def _tear(image: bytearray, offset: int, content: bytes, dice: Dice) -> None:
    """Write some of the sectors that a write touches."""
    start, end = offset, offset + len(content)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        if dice.chance(0.5):
            _put(image, start, content[start - offset : stop - offset])
        start = stop


class DiskFaults(msgspec.Struct):
    """What is wrong with a disk just now.

    Attributes:
        space: How many more bytes its files may grow, or None for plenty.
        operations_left: After so many more writes and syncs the power goes, or None.
        on_cut: Called when that happens, before the operation fails.
        ignores_sync: It says that it has synced, and has not.
        on_sync: Called whenever it syncs: that may take long.
    """

    space: int | None = None
    operations_left: int | None = None
    on_cut: Callable[[], None] | None = None
    ignores_sync: bool = False
    on_sync: Callable[[], None] | None = None


class SimDisk:
    """One machine's disk, from one start to the next power cut.

    Fulfils `gatekeeper.store.disk.Disk`.

    Attributes:
        faults: What is wrong with it.
        writes: How many writes and syncs it has carried out.
    """

    is_exclusive = True

    def __init__(self, files: dict[str, SimDiskFile] | None = None) -> None:
        self._files = {} if files is None else files
        self._is_gone = False
        self._connections: list[apsw.Connection] = []
        self.key = _vfs().mount(self)
        self.faults = DiskFaults()
        self.writes = 0

    # -- databases and files, as gatekeeper.store asks for them ----------------------------------

    def connect(self, name: str) -> apsw.Connection:
        """Open a database; see `Disk.connect`."""
        self._refuse_if_gone()
        connection = apsw.Connection(
            f"/{self.key}/{name}", vfs=VFS_NAME, statementcachesize=STATEMENTS_CACHED
        )
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # as on a true disk
        self._connections.append(connection)
        return connection

    def read(self, name: str) -> bytes | None:
        """Read a file; see `Disk.read`."""
        self._refuse_if_gone()
        file = self._files.get(name)
        return None if file is None else bytes(file.live)

    def write(self, name: str, content: bytes, *, durable: bool = True) -> None:
        """Replace a file; see `Disk.write`.

        Not durable, it is found after a power cut as it was before, as it is now, or empty.
        """
        self.count_operation()
        former = self._files.get(name)
        self.take_space(len(content) - (0 if former is None else len(former.live)), name)
        file = SimDiskFile(content)
        if not durable or self.faults.ignores_sync:
            file.durable = bytearray() if former is None else former.durable
            file.unsynced = [(0, None), (0, content)]
        self._files[name] = file

    def remove(self, name: str) -> None:
        """Remove a file; see `Disk.remove`."""
        self.count_operation()
        self._files.pop(name, None)

    def rename(self, name: str, new: str) -> None:
        """Give a file another name; see `Disk.rename`."""
        self.count_operation()
        if name not in self._files:
            message = f"{name}: No such file or directory"
            raise StoreFault(message)
        self._files[new] = self._files.pop(name)

    def names(self, folder: str) -> list[str]:
        """List a folder; see `Disk.names`."""
        self._refuse_if_gone()
        prefix = f"{folder}/" if folder else ""
        return sorted(
            {
                name.removeprefix(prefix).partition("/")[0]
                for name in self._files
                if name.startswith(prefix)
            }
        )

    def dump(self) -> bytes:
        """Read all bytes that are on it, also of free pages, as whoever steals it does."""
        return b"".join(bytes(file.live) for _, file in sorted(self._files.items()))

    # -- the end of a machine ------------------------------------------------------------------

    def power_cut(self, dice: Dice) -> SimDisk:
        """Take the power away, and give the disk as the next start finds it."""
        keep = dice.pick((0.0, 0.5, 0.5, 1.0))
        found = {
            name: file.after_cut(dice, keep=keep) for name, file in sorted(self._files.items())
        }
        return self._succeed(found)

    def kill(self) -> SimDisk:
        """End the program alone: the operating system still writes out what it was given."""
        found = {name: SimDiskFile(bytes(file.live)) for name, file in self._files.items()}
        return self._succeed(found)

    def copy(self) -> SimDisk:
        """Copy what is durable now, as somebody does who backs a disk up."""
        return SimDisk({name: SimDiskFile(bytes(f.durable)) for name, f in self._files.items()})

    def _succeed(self, files: dict[str, SimDiskFile]) -> SimDisk:
        self.discard()
        found = SimDisk(files)
        found.faults.ignores_sync = self.faults.ignores_sync
        return found

    def discard(self) -> None:
        """Refuse everything from now on."""
        self._is_gone = True

    def release(self) -> None:
        """Let a discarded disk's memory go, once no step of its program is running.

        SQLite may then write what it likes to files that nobody will read.
        """
        assert self._is_gone, "only a disk whose machine has stopped"
        self._is_gone = False
        self.faults = DiskFaults()
        for connection in self._connections:
            _close_bare(connection)
        self._connections.clear()
        self._files = {}
        self._is_gone = True

    # -- for the VFS -----------------------------------------------------------------------------

    def file(self, name: str) -> SimDiskFile | None:
        """Return a file, or None."""
        return self._files.get(name)

    def make(self, name: str) -> SimDiskFile:
        """Make an empty file."""
        self.count_operation()
        return self._files.setdefault(name, SimDiskFile())

    def count_operation(self) -> None:
        """Count one operation that changes the disk; the power may go at it.

        Raises:
            DiskGone: if it does, or has gone before.
        """
        self._refuse_if_gone()
        self.writes += 1
        left = self.faults.operations_left
        if left is None:
            return
        self.faults.operations_left = left - 1
        if left <= 0 and self.faults.on_cut is not None:
            self.faults.operations_left = None
            self.faults.on_cut()
            self._refuse_if_gone()

    def take_space(self, growth: int, what: str) -> None:
        """Use up some space.

        Raises:
            StoreFault: if there is not that much.
        """
        if self.faults.space is None or growth <= 0:
            return
        if growth > self.faults.space:
            message = f"{what}: {_FULL_TEXT}"
            raise StoreFault(message)
        self.faults.space -= growth

    def _refuse_if_gone(self) -> None:
        if self._is_gone:
            raise DiskGone("the power is off")


def _close_bare(connection: apsw.Connection) -> None:
    """Close without the checkpoint that SQLite would make, which nobody will read."""
    with suppress(apsw.ConnectionClosedError):
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.close()


class SimFile:
    """One open handle on a file, as SQLite asks for it (apsw calls these by name)."""

    def __init__(self, disk: SimDisk | None, file: SimDiskFile, name: str) -> None:
        self._disk = disk
        self._file = file
        self._name = name

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's name
        """Read; fewer bytes at the end."""
        if self._disk is not None:
            self._disk._refuse_if_gone()  # noqa: SLF001 - one body with its disk
        return bytes(self._file.live[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        """Write."""
        if self._disk is not None:
            self._disk.count_operation()
            self._take_space(offset + len(data) - len(self._file.live))
        self._file.write(offset, bytes(data))

    def xTruncate(self, size: int) -> None:  # noqa: N802 - SQLite's name
        """Cut the end off."""
        if self._disk is not None:
            self._disk.count_operation()
        self._file.truncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        """Make durable."""
        if self._disk is not None:
            self._disk.count_operation()
            if self._disk.faults.on_sync is not None:
                self._disk.faults.on_sync()
            if self._disk.faults.ignores_sync:
                return
        self._file.sync()

    def xFileSize(self) -> int:  # noqa: N802 - SQLite's name
        """Tell the size."""
        return len(self._file.live)

    def xLock(self, level: int) -> None:  # noqa: N802 - SQLite's name
        """Take a lock among the handles on this file.

        Raises:
            apsw.BusyError: if another handle is in the way.
        """
        others = [held for key, held in self._file.locks.items() if key != id(self)]
        highest = max(others, default=0)
        is_refused = (
            (level == _SHARED_LOCK and highest >= _PENDING_LOCK)
            or (_SHARED_LOCK < level < _PENDING_LOCK and highest >= _RESERVED_LOCK)
            or (level >= _PENDING_LOCK and highest >= _SHARED_LOCK)
        )
        if is_refused:
            raise apsw.BusyError("another connection is in the way")
        self._file.locks[id(self)] = level

    def xUnlock(self, level: int) -> None:  # noqa: N802 - SQLite's name
        """Give a lock back, or lower it."""
        if level:
            self._file.locks[id(self)] = level
        else:
            self._file.locks.pop(id(self), None)

    def xCheckReservedLock(self) -> bool:  # noqa: N802 - SQLite's name
        """Tell whether somebody is about to write."""
        return any(level >= _RESERVED_LOCK for level in self._file.locks.values())

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: N802 - SQLite's name
        """Know no special requests."""
        return False

    def xSectorSize(self) -> int:  # noqa: N802 - SQLite's name
        """Tell the sector size that real systems report."""
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802 - SQLite's name
        """Promise what disks of today do."""
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xClose(self) -> None:  # noqa: N802 - SQLite's name
        """Let go, also of a disk that is gone."""
        self._file.locks.pop(id(self), None)

    def _take_space(self, growth: int) -> None:
        assert self._disk is not None
        try:
            self._disk.take_space(growth, self._name)
        except StoreFault as fault:
            raise apsw.FullError(str(fault)) from None


class _SimVfs(apsw.VFS):
    """Every simulated disk of this process, under one name that SQLite knows."""

    def __init__(self) -> None:
        super().__init__(VFS_NAME, "")
        self._disks = WeakValueDictionary[str, SimDisk]()
        self._mounted = 0

    def mount(self, disk: SimDisk) -> str:
        self._mounted += 1
        key = f"disk{self._mounted}"
        self._disks[key] = disk
        return key

    def _find(self, path: str) -> tuple[SimDisk, str]:
        _, key, name = path.split("/", 2)
        disk = self._disks.get(key)
        if disk is None:
            raise DiskGone("the power is off")
        return disk, name

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> SimFile:  # type: ignore[override]  # noqa: N802 - SQLite's name; apsw needs the methods, not the class
        if name is None:
            flags[1] = flags[0]
            return SimFile(None, SimDiskFile(), "a temporary file")
        path = name if isinstance(name, str) else name.filename()
        disk, local = self._find(path)
        file = disk.file(local)
        if file is None:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise apsw.CantOpenError(f"there is no {local}")
            file = disk.make(local)
        flags[1] = flags[0]
        return SimFile(disk, file, local)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001 - SQLite's
        disk, name = self._find(filename)
        if disk.file(name) is None:
            raise apsw.IOError(f"there is no {name}")
        disk.remove(name)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802 - SQLite's name
        disk, name = self._find(pathname)
        return disk.file(name) is not None

    def xFullPathname(self, name: str) -> str:  # noqa: N802 - SQLite's name
        return name

    def xSleep(self, microseconds: int) -> int:  # noqa: N802 - SQLite's name
        return microseconds


_THE_VFS: list[_SimVfs] = []


def _vfs() -> _SimVfs:
    # SQLite's list of disks is one per process, so this is too.
    if not _THE_VFS:
        _THE_VFS.append(_SimVfs())
    return _THE_VFS[0]

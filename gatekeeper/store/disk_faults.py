"""Every fault of the database or the disk as one sentence that says what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import apsw

from shared.kernel.errors import StorageFull, StoreFault
from shared.kernel.trouble import TroubleKind

JOURNAL: Final = "the journal"
"""What most faults are about."""
_FULL: Final = "the disk is full; free some space: nothing that was answered is lost"
_READ_ONLY: Final = (
    "the folder cannot be written to; check its owner and that the disk is not write-protected"
)

_DAMAGED: Final = (
    "the file is damaged; start the program again: it sets the file aside and continues in the"
    " same folder"
)
_BROKEN: Final = (
    "the disk reported a fault, or is full; free some space, check it, and start again; keep the"
    " folder where it is: a copy is another device's journal"
)
_CLOSED: Final = "the file cannot be opened; check that the folder exists and is yours"
_LOCKED: Final = "another program has locked the file; close it and try again"
_BY_CLASS: Final[tuple[tuple[type[apsw.Error], str, TroubleKind], ...]] = (
    (apsw.FullError, _FULL, TroubleKind.DISK_FULL),
    (apsw.BusyError, _LOCKED, TroubleKind.LOCKED),
    (apsw.LockedError, _LOCKED, TroubleKind.LOCKED),
    (apsw.CorruptError, _DAMAGED, TroubleKind.DAMAGE_FOUND),
    (apsw.NotADBError, _DAMAGED, TroubleKind.DAMAGE_FOUND),
    (apsw.ReadOnlyError, _READ_ONLY, TroubleKind.READ_ONLY),
    (apsw.CantOpenError, _CLOSED, TroubleKind.CANNOT_OPEN),
    (apsw.PermissionsError, _READ_ONLY, TroubleKind.READ_ONLY),
    (
        apsw.IOError,
        _BROKEN,
        TroubleKind.DISK_FAULT,
    ),
    (
        apsw.NoMemError,
        "the machine is out of memory; close other programs",
        TroubleKind.NO_MEMORY,
    ),
)

_NO_ROOM: Final = (_FULL, TroubleKind.DISK_FULL)
_NO_ROOM_CODES: Final = frozenset({apsw.SQLITE_IOERR_SHMSIZE})
"""On a full disk SQLite cannot make the memory beside a database that it opens."""
_NO_WRITING: Final = (_READ_ONLY, TroubleKind.READ_ONLY)
_BY_ERRNO: Final = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: _NO_ROOM,
    errno.EACCES: _NO_WRITING,
    errno.EPERM: _NO_WRITING,
    errno.EROFS: _NO_WRITING,
}


def explain_fault(fault: apsw.Error, what: str) -> StoreFault:
    """Turn a database's fault into a sentence about `what`, such as "the journal"."""
    if isinstance(fault, apsw.IOError) and getattr(fault, "extendedresult", 0) in _NO_ROOM_CODES:
        return _fault(what, *_NO_ROOM)
    for of, advice, kind in _BY_CLASS:
        if isinstance(fault, of):
            return _fault(what, advice, kind)
    return _fault(what, f"the database failed: {fault}", TroubleKind.STORE)


def explain_os_fault(fault: OSError, what: str) -> StoreFault:
    """Turn the operating system's fault into a sentence about `what`."""
    unknown = (fault.strerror or str(fault), TroubleKind.DISK_FAULT)
    return _fault(what, *_BY_ERRNO.get(fault.errno or 0, unknown))


def explain_closed_file(what: str) -> StoreFault:
    """Say that a file may not be read by who runs the program."""
    return _fault(what, _CLOSED, TroubleKind.CANNOT_OPEN)


def _fault(what: str, advice: str, kind: TroubleKind) -> StoreFault:
    made = StorageFull if kind is TroubleKind.DISK_FULL else StoreFault
    return made(f"{what}: {advice}", kind=kind)


def close_after_all(connection: apsw.Connection) -> None:
    """Close a database that was only looked into, or has failed; what closing meets is no news.

    SQLite writes its log into the database then, for which a full disk has no room.
    """
    with suppress(apsw.Error):
        connection.close()


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Let faults of database and disk leave the block as `StoreFault` about `what`.

    Raises:
        StoreFault: in place of what the database or the system raised.
    """
    try:
        yield
    except apsw.Error as fault:
        raise explain_fault(fault, what) from fault
    except OSError as fault:
        raise explain_os_fault(fault, what) from fault

"""Every fault of the database or the disk as one sentence that says what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import apsw

from shared.kernel.errors import StorageFull, StoreFault

_FULL: Final = "the disk is full; free some space, nothing that was answered is lost"
_READ_ONLY: Final = (
    "the folder cannot be written to; check its owner and that the disk is not write-protected"
)

_DAMAGED: Final = (
    "the file is damaged; keep the folder as it is for the organizer, and enrol again into a new"
    " folder"
)
_BY_CLASS: Final[tuple[tuple[type[apsw.Error], str], ...]] = (
    (apsw.FullError, _FULL),
    (apsw.BusyError, "another program keeps the file locked; close it and try again"),
    (apsw.LockedError, "another program keeps the file locked; close it and try again"),
    (
        apsw.CorruptError,
        _DAMAGED,
    ),
    (
        apsw.NotADBError,
        _DAMAGED,
    ),
    (apsw.ReadOnlyError, _READ_ONLY),
    (apsw.CantOpenError, "the file cannot be opened; check that the folder exists and is yours"),
    (apsw.PermissionsError, _READ_ONLY),
    (apsw.IOError, "the disk reported a fault; check it, and copy the folder to a sound one"),
    (apsw.NoMemError, "the machine has no memory left; close other programs"),
)

_BY_ERRNO: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.EROFS: _READ_ONLY,
}


def explain_fault(fault: apsw.Error, what: str) -> StoreFault:
    """Turn a database's fault into a sentence about `what`, such as "the journal"."""
    for kind, advice in _BY_CLASS:
        if isinstance(fault, kind):
            return _fault(what, advice)
    return StoreFault(f"{what}: the database failed: {fault}")


def explain_os_fault(fault: OSError, what: str) -> StoreFault:
    """Turn the operating system's fault into a sentence about `what`."""
    advice = _BY_ERRNO.get(fault.errno or 0, fault.strerror or str(fault))
    return _fault(what, advice)


def _fault(what: str, advice: str) -> StoreFault:
    kind = StorageFull if advice == _FULL else StoreFault
    return kind(f"{what}: {advice}")


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

"""The second file beside the journal's: that there was a journal, and which numbers it may use.

A journal that has vanished, or is empty after a power cut, would else look like that of a new
device: its numbers would be used twice, and nobody would hear what is missing.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.store.disk import Disk
from shared.journal.chain import ChainHead
from shared.journal.entry import BOOT_SIZE, HASH_SIZE, NO_HASH
from shared.kernel.errors import StoreFault
from shared.kernel.undecodable import UNDECODABLE

MARK_NAME: Final = "journal.mark"
RESERVED: Final = 4_096
"""Numbers are set aside so many at a time: a write of this file for as many scans."""
_VERSION: Final = 1


class Reservation(msgspec.Struct, frozen=True):
    """What stands in the file.

    Attributes:
        seq: Numbers up to this one may have been used.
        boot: The newest boot's id, as hex digits; "" before the first.
        hash: Its first entry's hash, as hex digits.
        v: The form's version.
    """

    seq: int
    boot: str = ""
    hash: str = ""
    v: int = _VERSION

    @property
    def head(self) -> ChainHead:
        """The newest entry that a new boot can name where the journal is gone."""
        boot, content = bytes.fromhex(self.boot), bytes.fromhex(self.hash)
        if len(boot) != BOOT_SIZE or len(content) != HASH_SIZE:
            return ChainHead(b"", 0, NO_HASH)
        return ChainHead(boot, 1, content)


def read_reservation(disk: Disk) -> Reservation | None:
    """Return what the file says; None if there is none, or it is damaged itself."""
    content = disk.read(MARK_NAME)
    if content is None:
        return None
    try:
        mark = msgspec.json.decode(content, type=Reservation)
        _ = mark.head
    except (ValueError, *UNDECODABLE):
        return Reservation(0)  # that it is there is word enough that a journal was, too
    return mark


def write_reservation(disk: Disk, mark: Reservation) -> bool:
    """Write the file durably; returns whether the disk took it."""
    try:
        disk.write(MARK_NAME, msgspec.json.encode(mark))
    except StoreFault:
        return False  # a disk that is full refuses the next scan too, which says so
    return True

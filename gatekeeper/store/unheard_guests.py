"""The file in which a till holds who its guests are, sealed, until the server has heard it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gatekeeper.store.disk import Disk
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId
from shared.kernel.packing import pack, unpack
from shared.manifest.header import NameSeal

_NAME: Final = "guests"


class SealedGuest(msgspec.Struct, frozen=True, array_like=True):
    """A guest of a sale.

    Attributes:
        event_id: Of the sale.
        sale_id: Which.
        key: The name's key, sealed to the badge of whoever has written it.
        box: The name.
    """

    event_id: EventId
    sale_id: str
    key: NameSeal
    box: bytes


_FILE: Final = msgspec.msgpack.Decoder(list[SealedGuest])


def is_guest_name(name: str) -> bool:
    """Tell whether a file of a profile holds guests."""
    return name == _NAME


def read_guests(disk: Disk) -> list[SealedGuest]:
    """Return who is held, in the order written; of a file that is damaged, nobody.

    Raises:
        StoreFault: if the disk cannot be read.
    """
    content = disk.read(_NAME)
    if content is None:
        return []
    try:
        return unpack(content, _FILE, "the file of guests")
    except Malformed:
        return []


def keep_guests(disk: Disk, guests: Sequence[SealedGuest]) -> None:
    """Hold these in place of what was held.

    Raises:
        StoreFault: if the disk refuses.
    """
    if guests:
        disk.write(_NAME, pack(list(guests)))
    else:
        disk.remove(_NAME)

"""The file in which a till holds an event's buyers, as sealed as they came."""

from __future__ import annotations

from typing import Final

from gatekeeper.store.disk import Disk
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId
from shared.manifest.sealed_buyer_list import BuyerFile, read_buyer_file

_PREFIX: Final = "buyers-"


def is_buyer_name(name: str) -> bool:
    """Tell whether a file of a profile holds buyers."""
    return name.startswith(_PREFIX)


def read_buyers(disk: Disk, event_id: EventId) -> BuyerFile | None:
    """Return what a till holds of an event's buyers; None for nothing, or nothing that is whole.

    Raises:
        StoreFault: if the disk cannot be read.
    """
    content = disk.read(_PREFIX + event_id)
    if content is None:
        return None
    try:
        return read_buyer_file(content)
    except Malformed:
        return None  # the next exchange brings it again


def keep_buyers(disk: Disk, event_id: EventId, content: bytes) -> None:
    """Hold what came in place of what was held, of this event or another.

    Raises:
        Malformed: if it is none.
        StoreFault: if the disk refuses.
    """
    read_buyer_file(content)
    disk.write(_PREFIX + event_id, content)
    for name in disk.names(""):
        if is_buyer_name(name) and name != _PREFIX + event_id:
            disk.remove(name)

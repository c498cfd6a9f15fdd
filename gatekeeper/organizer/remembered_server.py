"""What a desk remembers from one start to the next: which server, and as whom."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.store.disk import Disk
from shared.kernel.errors import StoreFault
from shared.kernel.trouble import TroubleKind
from shared.kernel.undecodable import UNDECODABLE

FILE: Final = "desk.json"


class DeskMemory(msgspec.Struct, frozen=True, kw_only=True):
    """A desk's server. No password and no token is kept: whoever opens the desk signs in.

    Attributes:
        url: The server's address; of one that runs here, as it was last.
        authority_pem: The one authority to trust, or None for the system's.
        email: Who signed in last; "" for nobody yet.
        port: Where the server of this laptop listens; None where the server is elsewhere.
        has_sheet: Somebody has said that the recovery sheet is on paper.
    """

    url: str
    authority_pem: str | None = None
    email: str = ""
    port: int | None = None
    has_sheet: bool = False

    @property
    def is_own(self) -> bool:
        """Whether the server runs on this laptop."""
        return self.port is not None


def load_memory(disk: Disk) -> DeskMemory | None:
    """Return what is remembered; None at the first start.

    Raises:
        StoreFault: if the file cannot be read.
    """
    content = disk.read(FILE)
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=DeskMemory)
    except UNDECODABLE as fault:
        message = (
            f"the file {FILE} is damaged; remove it to choose the server again:"
            " nothing else is lost"
        )
        raise StoreFault(message, kind=TroubleKind.PROFILE_DAMAGED) from fault


def save_memory(disk: Disk, memory: DeskMemory) -> None:
    """Remember from now on.

    Raises:
        StoreFault: if the disk refuses.
    """
    disk.write(FILE, msgspec.json.format(msgspec.json.encode(memory)))

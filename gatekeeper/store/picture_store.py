"""Pictures of tickets on this machine's disk, each by the hash that its plan signed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gatekeeper.store.disk import Disk
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import BadSignature, StoreFault
from shared.manifest.event_config import EventConfig
from shared.manifest.ticket_design import PictureMark

_FOLDER: Final = "pictures"
_DIGEST_SIZE: Final = 64
_HEX: Final = frozenset("0123456789abcdef")


def pictures_of(config: EventConfig) -> tuple[PictureMark, ...]:
    """Return the pictures that an event's tickets show."""
    if config.design is None:
        return ()
    marks = (config.design.logo, config.design.band)
    return tuple(one for one in marks if one is not None and is_digest(one.digest))


def is_digest(text: str) -> bool:
    """Tell whether a text is a SHA-256 in hex: nothing else names a file here."""
    return len(text) == _DIGEST_SIZE and _HEX.issuperset(text)


class PictureStore:
    """The folder of pictures."""

    def __init__(self, disk: Disk) -> None:
        """Use a profile's disk."""
        self._disk = disk

    def read(self, digest: str) -> bytes | None:
        """Return a picture; None where there is none, it is spoilt, or the disk refuses."""
        if not is_digest(digest):
            return None
        try:
            content = self._disk.read(f"{_FOLDER}/{digest}")
        except StoreFault:
            return None
        return content if content is not None and sha256(content).hex() == digest else None

    def missing(self, marks: Iterable[PictureMark]) -> list[PictureMark]:
        """Return the pictures that are not here, whole."""
        return [one for one in marks if self.read(one.digest) is None]

    def put(self, mark: PictureMark, content: bytes) -> None:
        """Keep a picture that was fetched, if it is the one that the plan names.

        Raises:
            BadSignature: if it is not.
            StoreFault: if the disk refuses.
        """
        if not is_digest(mark.digest) or sha256(content).hex() != mark.digest:
            message = (
                "the server sent a different picture from the one in the plan; it was not kept"
            )
            raise BadSignature(message)
        self._disk.write(f"{_FOLDER}/{mark.digest}", content, durable=False)

    def keep_only(self, marks: Iterable[PictureMark]) -> None:
        """Remove the pictures that no ticket shows any more.

        Raises:
            StoreFault: if the disk refuses.
        """
        wanted = {one.digest for one in marks}
        for name in self._disk.names(_FOLDER):
            if name not in wanted:
                self._disk.remove(f"{_FOLDER}/{name}")

"""What a driver must offer, so that one code reads and writes tags on every reader."""

from __future__ import annotations

from enum import Enum
from typing import Final, Protocol

from shared.kernel.instant import Duration

RANDOM_UID_SIZE: Final = 4
RANDOM_UID_FIRST: Final = 0x08


class Technology(Enum):
    """How a tag wants to be spoken to (NFC Forum tag types)."""

    TYPE_2 = "type 2"  # NTAG 21x, Ultralight: commands on pages of 4 bytes
    TYPE_4 = "type 4"  # NTAG 424, DESFire, phones: ISO 7816 files
    UNKNOWN = "unknown"


class TagLink(Protocol):
    """One activated tag in the field."""

    @property
    def uid(self) -> bytes:
        """4, 7 or 10 bytes, in the order in which the tag sends them."""

    @property
    def technology(self) -> Technology:
        """How to speak to it."""

    def exchange(self, command: bytes) -> bytes:
        """Send a type 2 command, or an APDU to a type 4 tag, and return the whole answer.

        Raises:
            TagSilent: if no usable answer came.
            ReaderLost: if the reader itself is gone.
        """

    def revive(self) -> bool:
        """Activate the same tag anew after a silence or a refusal; False if it is gone.

        Raises:
            ReaderLost: if the reader itself is gone.
        """


class TagReader(Protocol):
    """One reader. All calls come from one thread."""

    @property
    def name(self) -> str:
        """What a person calls it; may become more precise once it is open."""

    def open(self) -> None:
        """Take the reader.

        Raises:
            ReaderLost: if it is not there or cannot be taken; the text says what to do.
        """

    def sense(self, wait: Duration) -> bytes | None:
        """Return the UID of a tag in the field, or None after at most about `wait`.

        Raises:
            ReaderLost: if the reader is gone.
        """

    def activate(self) -> TagLink | None:
        """Open the tag that `sense` just found, or return None if it has left.

        Raises:
            ReaderLost: if the reader is gone.
        """

    def close(self) -> None:
        """Let the reader go. Never raises; may be called at any time and twice."""


def is_random_uid(uid: bytes) -> bool:
    """Tell whether a UID is drawn anew at each tap, as by phones (ISO/IEC 14443-3, table 5)."""
    return len(uid) == RANDOM_UID_SIZE and uid[0] == RANDOM_UID_FIRST

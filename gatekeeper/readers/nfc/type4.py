"""NTAG 424, DESFire and phones that play a tag: NDEF in ISO 7816 files.

Source: NFC Forum, Type 4 Tag 2.0, sections 5 and 7 (mapping version 2 and later).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gatekeeper.readers.nfc.ports import TagLink
from gatekeeper.readers.nfc.tag_faults import TagLost, TagSilent, TagUnusable

_SELECT_APPLICATION: Final = bytes.fromhex("00a4040007d276000085010100")
_SELECT_FILE: Final = bytes.fromhex("00a4000c02")
_READ: Final = bytes.fromhex("00b0")
_UPDATE: Final = bytes.fromhex("00d6")
_OK: Final = b"\x90\x00"

_CONTAINER_FILE: Final = b"\xe1\x03"
_CONTAINER_SIZE: Final = 15
_NDEF_FILE_CONTROL: Final = b"\x04\x06"
_FREE: Final = 0x00
_LENGTH_SIZE: Final = 2
_PIECE_MAX: Final = 128
"""Bytes per command: half of what chips offer, so that every reader takes it."""


@dataclass(frozen=True, slots=True)
class _Container:
    file_id: bytes
    file_size: int
    is_readable: bool
    is_writable: bool
    read_max: int
    write_max: int


class Type4Tag:
    """One type 4 tag in the field.

    Attributes:
        product: What is known of the chip.
    """

    def __init__(self, link: TagLink) -> None:
        """Take an activated tag."""
        self._link = link
        self.product = "type 4 tag"

    def read_signature(self) -> None:
        """Return None: these chips sign otherwise, and prove more by a SUN message."""
        return

    def read_message(self) -> bytes | None:
        """Return the NDEF message, or None if there is none that can be read.

        Raises:
            TagLost: if it left.
        """
        container = self._container()
        if container is None or not container.is_readable:
            return None
        # The length and, mostly, all of the message in one command.
        head = self._read(0, min(container.read_max, container.file_size))
        if head is None or len(head) < _LENGTH_SIZE:
            return None
        end = _LENGTH_SIZE + int.from_bytes(head[:_LENGTH_SIZE], "big")
        if end > container.file_size:
            return None
        while len(head) < end:
            piece = self._read(len(head), min(container.read_max, end - len(head)))
            if not piece:
                return None
            head += piece
        return head[_LENGTH_SIZE:end]

    def write_message(self, message: bytes) -> None:
        """Write an NDEF message in place of the present one; the length last.

        Raises:
            TagUnusable: if it has no NDEF file, or is locked or too small.
            TagLost: if it left.
        """
        container = self._container()
        if container is None:
            raise TagUnusable("this tag is not formatted for NDEF; use another one")
        if not container.is_writable:
            raise TagUnusable("this tag is locked; use another one")
        room = container.file_size - _LENGTH_SIZE
        if len(message) > room:
            needed = f"it holds {room} bytes and the ticket needs {len(message)}"
            raise TagUnusable(f"this tag is too small: {needed}")
        self._update(0, bytes(_LENGTH_SIZE))
        for at in range(0, len(message), container.write_max):
            self._update(_LENGTH_SIZE + at, message[at : at + container.write_max])
        self._update(0, len(message).to_bytes(_LENGTH_SIZE, "big"))

    def _container(self) -> _Container | None:
        """Select the NDEF application and its file; None if there is none."""
        if self._ask(_SELECT_APPLICATION) is None or not self._select(_CONTAINER_FILE):
            return None
        told = self._read(0, _CONTAINER_SIZE)
        if told is None or len(told) != _CONTAINER_SIZE or told[7:9] != _NDEF_FILE_CONTROL:
            return None
        container = _Container(
            file_id=told[9:11],
            file_size=int.from_bytes(told[11:13], "big"),
            is_readable=told[13] == _FREE,
            is_writable=told[14] == _FREE,
            read_max=min(int.from_bytes(told[3:5], "big"), _PIECE_MAX),
            write_max=min(int.from_bytes(told[5:7], "big"), _PIECE_MAX),
        )
        is_sane = container.read_max >= _LENGTH_SIZE and container.write_max >= _LENGTH_SIZE
        return container if is_sane and self._select(container.file_id) else None

    def _select(self, file_id: bytes) -> bool:
        return self._ask(_SELECT_FILE + file_id) is not None

    def _read(self, offset: int, size: int) -> bytes | None:
        return self._ask(_READ + offset.to_bytes(2, "big") + bytes((size,)))

    def _update(self, offset: int, content: bytes) -> None:
        apdu = _UPDATE + offset.to_bytes(2, "big") + bytes((len(content),)) + content
        if self._ask(apdu) is None:
            raise TagUnusable("this tag cannot be written; use another one")

    def _ask(self, apdu: bytes) -> bytes | None:
        """Return the answer without its status, or None if the status is not 9000."""
        try:
            answer = self._link.exchange(apdu)
        except TagSilent:
            raise TagLost("hold the tag still until the screen answers") from None
        return answer[:-2] if answer[-2:] == _OK else None

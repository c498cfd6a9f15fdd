"""NTAG 21x, Ultralight and their like: pages of 4 bytes.

Sources: NFC Forum, Type 2 Tag 1.2; NXP NTAG213/215/216 data sheet, sections 8 and 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gatekeeper.readers.nfc.ports import TagLink
from gatekeeper.readers.nfc.tag_faults import TagLost, TagSilent, TagUnusable
from gatekeeper.readers.nfc.tlv import (
    SHORT_LENGTH_MAX,
    find_free_block,
    find_message,
    message_block,
)
from shared.credential.tag_originality import ORIGINALITY_SIZE

_READ: Final = 0x30
_FAST_READ: Final = 0x3A
_WRITE: Final = 0xA2
_GET_VERSION: Final = b"\x60"
_READ_SIGNATURE: Final = b"\x3c\x00"
_ACKNOWLEDGED: Final = b"\x0a"

_PAGE: Final = 4
_AREA_AT: Final = 16
_AREA_MAX: Final = 256 * 4 - _AREA_AT
"""Bytes that a page's number of one byte reaches, whatever a chip claims to have."""
_FAST_PAGES_MAX: Final = 15
"""60 bytes an answer: with its checksum it fits the smallest frame that readers take, 64."""
_FORMATTED: Final = 0xE1


@dataclass(frozen=True, slots=True)
class _Model:
    name: str
    lock_page: int | None = None
    """Dynamic lock bits; the configuration, with the first page under password, follows."""


_MODELS: Final = {
    (0x04, 0x0B): _Model("NTAG210"),
    (0x04, 0x0E): _Model("NTAG212", 36),
    (0x04, 0x0F): _Model("NTAG213", 40),
    (0x04, 0x11): _Model("NTAG215", 130),
    (0x04, 0x13): _Model("NTAG216", 226),
    (0x03, 0x0B): _Model("Ultralight EV1 (48 B)"),
    (0x03, 0x0E): _Model("Ultralight EV1 (128 B)", 36),
}
"""By product type and storage size, bytes 2 and 6 of GET_VERSION's answer."""
_OTHER: Final = _Model("type 2 tag")


class Type2Tag:
    """One type 2 tag in the field; its memory is read as far as it is needed, once.

    Attributes:
        product: The chip's name, such as `NTAG213`.
    """

    def __init__(self, link: TagLink) -> None:
        """Ask the chip what it is.

        Raises:
            TagLost: if it left.
        """
        self._link = link
        version = self._ask(_GET_VERSION)
        is_told = version is not None and len(version) == 8
        self._model = (
            _MODELS.get((version[2], version[6]), _OTHER) if version and is_told else _OTHER
        )
        self._has_fast_read = is_told
        self.product = self._model.name
        self._memory = b""

    def read_signature(self) -> bytes | None:
        """Return the 32 bytes of NXP's originality signature, or None if the chip has none.

        Raises:
            TagLost: if it left.
        """
        signature = self._ask(_READ_SIGNATURE)
        if signature is None or len(signature) != ORIGINALITY_SIZE or not any(signature):
            return None
        return signature

    def read_message(self) -> bytes | None:
        """Return the NDEF message, or None if there is none that can be read.

        Raises:
            TagLost: if it left.
        """
        try:
            area_size = self._area_size()
            if area_size is None:
                return None
            spot = find_message(self._read_area, area_size)
            if spot is None:
                return None
            return self._read_area(spot.begin, spot.begin + spot.size)
        except _Unreadable:
            return None

    def write_message(self, message: bytes) -> None:
        """Write an NDEF message in place of the present one.

        The length is made zero first and right last, so that a tag torn away in between is empty,
        never half a ticket.

        Raises:
            TagUnusable: if it is not formatted, locked, protected or too small; nothing was
                changed then, unless only the chip's refusal told.
            TagLost: if it left.
        """
        assert len(message) <= SHORT_LENGTH_MAX
        try:
            area_size = self._area_size()
            if area_size is None or self._memory[15] & 0xF0 == 0xF0:
                raise TagUnusable("this tag is not formatted for NDEF; use another one")
            block = find_free_block(self._read_area, area_size)
            content = message_block(message)
            room = area_size - block - 2
            if len(message) > room:
                needed = f"it holds {max(room, 0)} bytes and the ticket needs {len(message)}"
                raise TagUnusable(f"this tag is too small: {needed}")
            content = content[: area_size - block]  # a full area needs no terminator
            self._refuse_if_locked(_AREA_AT + block + len(content))
            self._read_area(block, block + len(content))  # what an unknown chip protects
        except _Unreadable:
            raise TagUnusable("this tag is password-protected") from None
        self._write_block(block, content)

    # -- writing -----------------------------------------------------------------------------

    def _refuse_if_locked(self, end: int) -> None:
        """Refuse before anything is changed, where the chip says that it will not take it."""
        locked = TagUnusable("this tag is locked; use another one")
        if self._memory[15] & 0x0F or any(self._memory[10:12]):
            raise locked
        page = self._model.lock_page
        if page is None:
            return
        locks = self._ask(bytes((_READ, page)))
        if locks is None or len(locks) != 16 or locks[7] < -(-end // _PAGE):
            raise TagUnusable("this tag is password-protected")
        if any(locks[:2]) and end > 16 * _PAGE:
            raise locked

    def _write_block(self, block: int, content: bytes) -> None:
        start = _AREA_AT + block
        first = start - start % _PAGE
        end = start + len(content)
        whole_end = end + -end % _PAGE
        self._load(whole_end)
        image = self._memory[first:start] + content + self._memory[end:whole_end]
        pages = {
            (first + at) // _PAGE: image[at : at + _PAGE] for at in range(0, len(image), _PAGE)
        }
        length_page, at = divmod(start + 1, _PAGE)
        empty = bytearray(pages[length_page])
        empty[at] = 0
        self._write_page(length_page, bytes(empty))
        for page, page_bytes in pages.items():
            if page != length_page:
                self._write_page(page, page_bytes)
        self._write_page(length_page, pages[length_page])
        self._memory = b""

    def _write_page(self, page: int, content: bytes) -> None:
        if self._ask(bytes((_WRITE, page)) + content, expects=1) != _ACKNOWLEDGED:
            raise TagUnusable("this tag cannot be written; use another one")

    # -- reading -----------------------------------------------------------------------------

    def _area_size(self) -> int | None:
        """Return the data area's size in bytes, or None if the tag is not formatted for NDEF."""
        self._load(_AREA_AT)
        magic, version, size, access = self._memory[12:16]
        if magic != _FORMATTED or version >> 4 != 1 or access >> 4 != 0:
            return None
        return min(8 * int(size), _AREA_MAX)

    def _read_area(self, begin: int, end: int) -> bytes:
        self._load(_AREA_AT + end)
        return self._memory[_AREA_AT + begin : _AREA_AT + end]

    def _load(self, end: int) -> None:
        while len(self._memory) < end:
            first = len(self._memory) // _PAGE
            if self._has_fast_read:
                last = min(-(-end // _PAGE) - 1, first + _FAST_PAGES_MAX - 1)
                last = max(last, first + 3)
                pages = self._ask(bytes((_FAST_READ, first, last)))
                if pages is not None and len(pages) == _PAGE * (last - first + 1):
                    self._memory += pages
                    continue
                self._has_fast_read = False
            command = bytes((_READ, first))
            # Asked twice: a frame may be spoilt on the air.
            pages = self._ask(command) or self._ask(command)
            if pages is None or len(pages) != 4 * _PAGE:
                raise _Unreadable
            self._memory += pages

    def _ask(self, command: bytes, expects: int = 0) -> bytes | None:
        """Return the answer, or None if the chip refuses or does not know the command."""
        try:
            answer = self._link.exchange(command)
        except TagSilent:
            answer = b""
        if len(answer) > 1 or (expects and answer == _ACKNOWLEDGED):
            return answer
        # After a refusal and after an unknown command the chip is mute until it is sensed anew.
        if not self._link.revive():
            raise TagLost("hold the tag still until the screen answers")
        return None


class _Unreadable(Exception):
    """The chip refuses to be read there."""

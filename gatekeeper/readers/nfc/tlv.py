"""Where an NDEF message lies in a type 2 tag's data area.

The area begins at byte 16 of the memory and is a row of blocks: type, length, value. Source: NFC
Forum, Type 2 Tag 1.2, section 4.4. Offsets here count from the beginning of the area.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

NULL: Final = 0x00
LOCK_CONTROL: Final = 0x01
MEMORY_CONTROL: Final = 0x02
NDEF_MESSAGE: Final = 0x03
TERMINATOR: Final = 0xFE
_LONG_FORM: Final = 0xFF

SHORT_LENGTH_MAX: Final = 0xFE


@dataclass(frozen=True, slots=True)
class MessageSpot:
    """One NDEF message block.

    Attributes:
        block: Where its type byte stands.
        begin: Where the message begins.
        size: How long the message is, in bytes.
    """

    block: int
    begin: int
    size: int


def find_message(read: Callable[[int, int], bytes], area_size: int) -> MessageSpot | None:
    """Find the first NDEF message block.

    Args:
        read: Returns the area's bytes from the first offset up to the second; called for as
            little as is needed.
        area_size: The size of the area in bytes.

    Returns:
        Its place, or None if the area has none, or if its blocks run over the area's end.
    """
    offset = 0
    while offset + 2 <= area_size:
        kind, length = read(offset, offset + 2)
        if kind == NULL:
            offset += 1
            continue
        if kind == TERMINATOR:
            return None
        begin = offset + 2
        if length == _LONG_FORM:
            begin = offset + 4
            if begin > area_size:
                return None
            length = int.from_bytes(read(offset + 2, begin), "big")
        if kind == NDEF_MESSAGE:
            return MessageSpot(offset, begin, length) if begin + length <= area_size else None
        offset = begin + length
    return None


def find_free_block(read: Callable[[int, int], bytes], area_size: int) -> int:
    """Return where a message block may be written: over the present one, or after the controls.

    Lock and memory control blocks, which some tags carry from the factory, are kept.
    """
    spot = find_message(read, area_size)
    if spot is not None:
        return spot.block
    offset = 0
    while offset + 2 <= area_size:
        kind, length = read(offset, offset + 2)
        if kind not in {LOCK_CONTROL, MEMORY_CONTROL}:
            break
        offset += 2 + length
    return offset


def message_block(message: bytes) -> bytes:
    """Spell a message of at most 254 bytes as a block, with a terminator after it."""
    assert len(message) <= SHORT_LENGTH_MAX
    return bytes((NDEF_MESSAGE, len(message))) + message + bytes((TERMINATOR,))

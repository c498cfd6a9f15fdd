"""The bytes of ZVT: messages, fields, packed digits; whatever comes is read, or said to be none.

Source:
    PA00P015, revision 13.13: chapters 1 (APDU), 3 (commands of the terminal), 11 (bitmaps)
"""

from __future__ import annotations

from typing import Final, NamedTuple

_SHORT_MAX: Final = 0xFE
_LONG_MARK: Final = 0xFF
_HEAD: Final = 3
_LONG_HEAD: Final = 5
DATA_MAX: Final = 0xFFFF
_CONTAINER: Final = 0x06

_SIZES: Final = {
    **dict.fromkeys((0x01, 0x02, 0x03, 0x05, 0x19, 0x27, 0x8A, 0x8C, 0xA0, 0xD0, 0xD2, 0xD3), 1),
    **dict.fromkeys((0x0D, 0x0E, 0x17, 0x3A, 0x49, 0x87), 2),
    **dict.fromkeys((0x0B, 0x0C, 0x37, 0x3D, 0x88, 0xAA), 3),
    0x29: 4,
    0xBA: 5,
    0x04: 6,
    0x3B: 8,
    0x2A: 15,
}
"""Bytes of each field that is always as long."""
_COUNTED: Final = {
    **dict.fromkeys((0x22, 0x23, 0x2D, 0x8B, 0xA7, 0xD1), 2),
    **dict.fromkeys((0x24, 0x2E, 0x3C, 0x60, 0x9A, 0xAF), 3),
}
"""Digits of the length that stands before the others, each in a byte `F0` to `F9`."""


class Apdu(NamedTuple):
    """One message.

    Attributes:
        command: Its class and instruction, as one number.
        data: What goes with it.
    """

    command: int
    data: bytes = b""

    def encode(self) -> bytes:
        """Return its bytes.

        Raises:
            ValueError: if it is too long for a message.
        """
        size = len(self.data)
        if size > DATA_MAX:
            raise ValueError(f"a message holds {DATA_MAX} bytes, not {size}")
        head = self.command.to_bytes(2, "big")
        if size <= _SHORT_MAX:
            return head + bytes((size,)) + self.data
        return head + bytes((_LONG_MARK,)) + size.to_bytes(2, "little") + self.data


class ApduReader:
    """Cuts what comes over a line into messages; holds one message at most, and its successor."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept = bytearray()

    def feed(self, data: bytes) -> list[Apdu]:
        """Take what came, and return the messages that are whole by now."""
        self._kept += data
        found = []
        while (size := self._whole()) is not None:
            head = _LONG_HEAD if self._kept[2] == _LONG_MARK else _HEAD
            command = int.from_bytes(self._kept[:2], "big")
            found.append(Apdu(command, bytes(self._kept[head:size])))
            del self._kept[:size]
        return found

    def _whole(self) -> int | None:
        """Return how long the first message is, or None while some of it is missing."""
        kept = self._kept
        if len(kept) < _HEAD:
            return None
        if kept[2] != _LONG_MARK:
            size = _HEAD + kept[2]
        elif len(kept) < _LONG_HEAD:
            return None
        else:
            size = _LONG_HEAD + int.from_bytes(kept[3:5], "little")
        return size if len(kept) >= size else None


class ZvtFields(NamedTuple):
    """The fields of a message.

    Attributes:
        by_tag: The bytes of each, the first where one stands twice.
        rest: What could not be read: from an unknown field on, or one that is cut off.
    """

    by_tag: dict[int, bytes]
    rest: bytes


def read_fields(data: bytes) -> ZvtFields:
    """Read fields until the end, or until one is unknown or cut off; never raises."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        tag = data[at]
        span = _span(tag, data, at + 1)
        if span is None or span[1] > len(data):
            return ZvtFields(found, data[at:])
        first, end = span
        found.setdefault(tag, data[first:end])
        at = end
    return ZvtFields(found, b"")


def _span(tag: int, data: bytes, at: int) -> tuple[int, int] | None:
    """Return where a field's bytes begin and end; None if it is unknown or says no length."""
    if tag in _SIZES:
        return at, at + _SIZES[tag]
    if tag in _COUNTED:
        end = at + _COUNTED[tag]
        signs = data[at:end]
        if len(signs) < _COUNTED[tag] or any(sign >> 4 != 0xF or sign & 0xF > 9 for sign in signs):
            return None
        return end, end + int("".join(str(sign & 0xF) for sign in signs))
    return _tlv_span(data, at) if tag == _CONTAINER else None


def _tlv_span(data: bytes, at: int) -> tuple[int, int] | None:
    """Read a length as BER-TLV has it: up to 127 in one byte, else one or two bytes follow."""
    if at >= len(data):
        return None
    first = data[at]
    if first < 0x80:
        return at + 1, at + 1 + first
    count = first & 0x7F
    if count not in {1, 2} or at + 1 + count > len(data):
        return None
    size = int.from_bytes(data[at + 1 : at + 1 + count], "big")
    return at + 1 + count, at + 1 + count + size


def read_container(data: bytes) -> list[tuple[int, bytes]]:
    """Return the objects of a container, in order, as far as they can be read; never raises."""
    found = []
    at = 0
    while at < len(data):
        tag, at = data[at], at + 1
        if tag & 0x1F == 0x1F:
            while at < len(data):
                tag, at = tag << 8 | data[at], at + 1
                if not data[at - 1] & 0x80 or tag > 0xFFFFFF:
                    break
        span = _tlv_span(data, at)
        if span is None or span[1] > len(data):
            break
        found.append((tag, data[span[0] : span[1]]))
        at = span[1]
    return found


def pack_digits(number: int, size: int) -> bytes:
    """Write a number as packed digits.

    Raises:
        ValueError: if it is negative, or has more than `2 * size` digits.
    """
    digits = f"{number:0{2 * size}d}"
    if number < 0 or len(digits) > 2 * size:
        raise ValueError(f"{number} does not fit {2 * size} digits")
    return bytes.fromhex(digits)


def read_digits(data: bytes | None) -> int | None:
    """Return the number that packed digits are; None if there are none, or others than digits."""
    digits = "" if data is None else data.hex()
    return int(digits) if digits.isdecimal() else None

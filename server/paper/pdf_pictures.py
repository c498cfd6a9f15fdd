"""Kept pictures as a PDF has them: their own bytes, for a reader unpacks PNG and JPEG itself."""

from __future__ import annotations

import struct
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8"
_SIZES: Final = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC)})
"""Parts of a JPEG that tell its size."""
_OF_PNG: Final = (8, 2, 0, 0, 0)
"""Eight bits of red, green and blue, not interlaced: how the server writes pictures."""


def picture_size(content: bytes) -> tuple[int, int]:
    """Return a picture's dots across and down, as the server has written it.

    Raises:
        ValueError: if it is none of those.
    """
    if content.startswith(_PNG):
        width, height, *kind = struct.unpack(">IIBBBBB", content[16:29])
        if tuple(kind) == _OF_PNG:
            return width, height
    if content.startswith(_JPEG):
        place = 2
        while place + 9 < len(content) and content[place] == 0xFF:
            if content[place + 1] in _SIZES:
                height, width = struct.unpack(">HH", content[place + 5 : place + 9])
                return width, height
            place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    raise ValueError("no picture of the server's own")


def picture_stream(content: bytes) -> tuple[str, bytes]:
    """Return what a PDF says of a picture, and its bytes as they stand in it.

    Raises:
        ValueError: if it is no picture as the server writes them.
    """
    width, height = picture_size(content)
    fields = (
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height}"
        " /ColorSpace /DeviceRGB /BitsPerComponent 8"
    )
    if content.startswith(_JPEG):
        return f"{fields} /Filter /DCTDecode", content
    unpacked = f"/DecodeParms << /Predictor 15 /Colors 3 /Columns {width} >>"
    return f"{fields} /Filter /FlateDecode {unpacked}", _dots_of(content)


def _dots_of(content: bytes) -> bytes:
    parts, place = [], len(_PNG)
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        if content[place + 4 : place + 8] == b"IDAT":
            parts.append(content[place + 8 : place + 8 + size])
        place += size + 12
    return b"".join(parts)

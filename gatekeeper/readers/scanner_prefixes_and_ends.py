"""What scanners put around a code (STX, ETX, line ends, AIM identifiers), by cable or as keys."""

from __future__ import annotations

from typing import Final

STX: Final = "\x02"
ETX: Final = "\x03"
_AIM_SIZE: Final = 3
_AIM_SYMBOLOGIES: Final = frozenset("ACEFGILQUdez")
"""By their letter: Code 39, Code 128, EAN-13, Codabar, Code 93, ITF, PDF417, QR code, MaxiCode,
Data Matrix, DataBar and Aztec."""


def strip_frame(text: str) -> str:
    """Take off what a scanner put around a code."""
    bare = text.lstrip(STX).rstrip("\r\n\t" + ETX)
    if len(bare) > _AIM_SIZE and bare[0] == "]" and bare[2].isascii() and bare[2].isalnum():
        return bare[_AIM_SIZE:] if bare[1] in _AIM_SYMBOLOGIES else bare
    return bare

"""What scanners put around a code (STX, ETX, line ends, AIM identifiers), by cable or as keys."""

from __future__ import annotations

from typing import Final

STX: Final = "\x02"
ETX: Final = "\x03"
_AIM_SIZE: Final = 3
_AIM_SYMBOLOGIES: Final = {
    "A": "Code39",
    "C": "Code128",
    "E": "EAN13",
    "F": "Codabar",
    "G": "Code93",
    "I": "ITF",
    "L": "PDF417",
    "Q": "QRCode",
    "U": "MaxiCode",
    "d": "DataMatrix",
    "e": "DataBar",
    "z": "Aztec",
}


def strip_frame(text: str) -> tuple[str, str | None]:
    """Take off what a scanner put around a code.

    Returns:
        The code, and its symbology by the AIM identifier, or None.
    """
    bare = text.lstrip(STX).rstrip("\r\n\t" + ETX)
    if len(bare) > _AIM_SIZE and bare[0] == "]" and bare[2].isascii() and bare[2].isalnum():
        symbology = _AIM_SYMBOLOGIES.get(bare[1])
        if symbology is not None:
            return bare[_AIM_SIZE:], symbology
    return bare, None

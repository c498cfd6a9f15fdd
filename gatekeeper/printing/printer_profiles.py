"""What a printer understands and how wide its paper is."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from shared.kernel.languages import ENGLISH
from shared.paper.code_sizes import MODULE_DOTS, MODULE_DOTS_NARROW

ROLLS: Final = {"80mm": (576, 48), "80mm-180dpi": (512, 42), "58mm": (384, 32)}
"""Of receipt printers: dots and letters of a line, by the roll's name."""
DRAWER_PINS: Final = (0, 2, 5)
WIDE_DOTS: Final = 400
"""A line of more is wide enough for larger codes."""


class PageSize(StrEnum):
    """A page of PDF."""

    A4 = "a4"
    BADGE = "badge"
    """A6 upright, as badge pouches have it."""
    WALLET = "wallet"
    """A bank card's size."""


class EscposProfile(msgspec.Struct, frozen=True, kw_only=True, tag="escpos"):
    """A receipt printer that speaks ESC/POS.

    Attributes:
        language: What its papers are written in.
        dots: How many dots a line has: 576 on 80 mm at 203 dpi, 512 at 180 dpi, 384 on 58 mm.
        columns: How many letters of its own font fit on a line.
        module_dots: Dots of one module of the QR code.
        native_code: The printer draws the QR code: for serial lines, where a picture is slow.
        drawer_pin: Which of the two drawer contacts is wired, 2 or 5; 0 for none.
        has_cutter: It cuts the paper.
        tells_status: It answers `DLE EOT`.
        tells_done: It answers `GS ( H` when everything before is printed.
        forgets: It clears its buffer on `DLE DC4 8`.
    """

    language: str = ENGLISH
    dots: int = 576
    columns: int = 48
    module_dots: int = MODULE_DOTS
    native_code: bool = False
    drawer_pin: int = 0
    has_cutter: bool = True
    tells_status: bool = True
    tells_done: bool = True
    forgets: bool = True


class PdfProfile(msgspec.Struct, frozen=True, kw_only=True, tag="pdf"):
    """Pages of PDF: for the system's printers, a file or a stick.

    Attributes:
        language: What they are written in.
        size: Of a ticket's or badge's page; receipts and reports are as long as they need.
    """

    language: str = ENGLISH
    size: PageSize = PageSize.A4


class PictureProfile(msgspec.Struct, frozen=True, kw_only=True, tag="picture"):
    """A picture as PNG: for the customer's display, where there is no printer at all.

    Attributes:
        language: What it is written in.
        dots: How wide it is.
    """

    language: str = ENGLISH
    dots: int = 576


PaperProfile = EscposProfile | PdfProfile | PictureProfile


def escpos_profile(language: str, roll: str, drawer_pin: int) -> EscposProfile:
    """Describe a receipt printer by what a person knows of it.

    Args:
        language: What its papers are written in.
        roll: Of `ROLLS`.
        drawer_pin: Of `DRAWER_PINS`.
    """
    dots, columns = ROLLS[roll]
    return EscposProfile(
        language=language,
        dots=dots,
        columns=columns,
        module_dots=MODULE_DOTS if dots > WIDE_DOTS else MODULE_DOTS_NARROW,
        drawer_pin=drawer_pin,
    )


def roll_of(profile: EscposProfile) -> str:
    """Return the name of a printer's roll."""
    return next(name for name, (dots, _) in ROLLS.items() if dots == profile.dots)

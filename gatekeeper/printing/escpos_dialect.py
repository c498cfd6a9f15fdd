"""Slips as ESC/POS: the printer's own letters where it has them, else lines painted as pictures.

The words are those of Epson's published command reference, as far as cheaper printers know them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gatekeeper.printing.letters_as_dots import Canvas
from gatekeeper.printing.line_breaks_and_text_runs import wrap
from gatekeeper.printing.painting import Painter
from gatekeeper.printing.pictures_as_dots import FindPicture
from gatekeeper.printing.printer_profiles import EscposProfile
from gatekeeper.printing.slip_items import Gap, Height, Item, Pair, Rule, Slip, SlipCode, SlipText
from shared.kernel.languages import RIGHT_TO_LEFT
from shared.paper.letters_in_drawn_order import has_right_to_left

if TYPE_CHECKING:
    from escpos.printer import Dummy

_PAGE: Final = b"\x1bt\x13"
"""`ESC t 19`: code page 858, Latin letters with the euro."""
_ENCODING: Final = "cp858"
_UPRIGHT: Final = b"\x1b{\x00\x1b2\x1dL\x00\x00"
_LIKE: Final = str.maketrans(
    {
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "\u2212": "-", "\u2010": "-",
        "\u2011": "-", "\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"',
        "\u201d": '"', "\u201e": '"', "\u2026": "...", "\u2022": "\u00b7",
    }
)  # fmt: skip
"""What code page 858 writes otherwise, and nobody misses."""
_STRIP_ROWS: Final = 256
"""Rows of one raster picture: printers with little memory take no more at once."""
_RULE: Final = "-"


class EscposWriter:
    """Writes items for one printer."""

    def __init__(self, profile: EscposProfile, find_picture: FindPicture) -> None:
        """Begin with the printer set back to its defaults."""
        self._profile = profile
        starts_right = profile.language in RIGHT_TO_LEFT
        self._paints_all = starts_right
        self._painter = Painter(
            profile.dots,
            profile.module_dots,
            starts_right=starts_right,
            find_picture=find_picture,
        )
        self._printer = _dummy()
        self._printer.hw("INIT")
        self._printer._raw(_UPRIGHT + _PAGE)  # noqa: SLF001 - the library's only way to send bytes as they are

    def write(self, slip: Slip) -> bytes:
        """Return a slip's bytes, with feed and cut."""
        for item in slip:
            self._put(item)
        if self._profile.has_cutter:
            self._printer.cut(mode="PART", feed=True)
        else:
            self._printer.print_and_feed(5)
        return bytes(self._printer.output)

    def _put(self, item: Item) -> None:
        match item:
            case SlipText() | Pair() if not self._paints_all and (lines := self._letters(item)):
                self._say(item, lines)
            case SlipCode() if self._profile.native_code and not item.is_small:
                self._native_code(item)
            case Rule() if not self._paints_all:
                self._raw(_RULE.encode() * self._profile.columns + b"\n")
            case Gap():
                self._raw(b"\x1bJ\x10")
            case _:
                self._raster(self._painter.paint(item))

    def _letters(self, item: SlipText | Pair) -> list[bytes]:
        """Return an item's lines in the printer's own letters; none if it lacks some.

        None for an amount that is wider than the paper either: the printer would break it amid
        its digits, and painted it is made to fit.
        """
        columns = self._profile.columns // (2 if item.height is Height.LARGE else 1)
        text = _plain(item.text)
        lines = (
            _pair_lines(text, _plain(item.amount), columns)
            if isinstance(item, Pair)
            else wrap(text, columns, len)
        )
        if any(len(line) > columns or has_right_to_left(line) for line in lines):
            return []
        try:
            return [line.encode(_ENCODING) for line in lines]
        except UnicodeEncodeError:
            return []

    def _say(self, item: SlipText | Pair, lines: list[bytes]) -> None:
        is_large = item.height is Height.LARGE
        is_centred = isinstance(item, SlipText) and item.is_centred
        self._raw(
            (b"\x1ba\x01" if is_centred else b"\x1ba\x00")
            + (b"\x1bE\x01" if item.is_bold else b"\x1bE\x00")
            + (b"\x1d!\x11" if is_large else b"\x1d!\x00")
        )
        self._raw(b"".join(line + b"\n" for line in lines))
        self._raw(b"\x1ba\x00\x1bE\x00\x1d!\x00")

    def _native_code(self, code: SlipCode) -> None:
        from escpos.constants import QR_ECLEVEL_M

        self._raw(b"\n\x1ba\x01")
        self._printer.qr(code.text, ec=QR_ECLEVEL_M, size=self._profile.module_dots, native=True)
        self._raw(b"\n\x1ba\x00")

    def _raster(self, canvas: Canvas) -> None:
        rows = np.packbits(canvas > 127, axis=1)
        for first in range(0, len(rows), _STRIP_ROWS):
            strip = rows[first : first + _STRIP_ROWS]
            size = strip.shape[1].to_bytes(2, "little") + len(strip).to_bytes(2, "little")
            self._raw(b"\x1dv0\x00" + size + strip.tobytes())

    def _raw(self, data: bytes) -> None:
        self._printer._raw(data)  # noqa: SLF001 - the library's only way to send bytes as they are


def kick_drawer(pin: int, *, at_once: bool = False) -> bytes:
    """Return what opens the drawer that is wired to a pin, 2 or 5.

    Args:
        pin: The contact.
        at_once: For a printer that is offline, as without paper: it would open it much later.
    """
    if at_once:
        return b"\x10\x14\x01" + (b"\x00" if pin == 2 else b"\x01") + b"\x02"
    printer = _dummy()
    printer.cashdraw(pin)
    return bytes(printer.output)


def _dummy() -> Dummy:
    # Imported here, because it reads a list of all the world's printers.
    from escpos.printer import Dummy

    printer: Any = Dummy()
    return printer


def _plain(text: str) -> str:
    """Return a text as code page 858 may have it; what commands printers is taken out."""
    return "".join(letter for letter in text.translate(_LIKE) if letter.isprintable())


def _pair_lines(text: str, amount: str, columns: int) -> list[str]:
    room = columns - len(amount) - 1
    if amount and max(map(len, text.split()), default=0) > room:
        return [*wrap(text, columns, len), amount.rjust(columns)]
    *firsts, last = wrap(text, room, len)
    return [*firsts, last + amount.rjust(columns - len(last))]

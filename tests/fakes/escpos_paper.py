"""What a receipt printer makes of bytes: a picture and what else happened; unknown words raise.

The letters are ours, in cells as wide as the printer's own; what stands where is the same.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from gatekeeper.printing.letters_as_dots import draw_text, text_width
from gatekeeper.printing.qr_modules import qr_modules

CELL: Final = (12, 24)
_LENGTHS: Final = {  # bytes after the two of the command
    b"\x1b@": 0, b"\x1ba": 1, b"\x1b!": 1, b"\x1bE": 1, b"\x1bM": 1, b"\x1bt": 1, b"\x1bd": 1,
    b"\x1bJ": 1, b"\x1bp": 3, b"\x1b{": 1, b"\x1b2": 0, b"\x1d!": 1, b"\x1dB": 1, b"\x1dL": 2,
    b"\x1dh": 1, b"\x1dw": 1, b"\x1dH": 1, b"\x1dW": 2, b"\x1dr": 1, b"\x1da": 1, b"\x10\x04": 1,
}  # fmt: skip


class UnknownWord(Exception):
    """The printer would print rubbish here."""


class Event(NamedTuple):
    """Something that the printer did: `text`, `raster`, `qr`, `cut`, `drawer`, `job`, `forget`."""

    kind: str
    value: Any = None
    size: int = 1


class EscposPaper:
    """Understands bytes as they come, also in pieces.

    Attributes:
        events: What happened, in order.
        dots: Dots of a line.
    """

    def __init__(self, dots: int = 576) -> None:
        self.events: list[Event] = []
        self.dots = dots
        self._bytes = b""
        self._line = bytearray()
        self._strips: list[NDArray[np.uint8]] = []
        self._code = b""
        self._reset()

    def _reset(self) -> None:
        self._align, self._bold, self._size, self._module = 0, False, 0, 3

    @property
    def picture(self) -> NDArray[np.uint8]:
        """The paper, black on white, with a margin."""
        rows = self._strips or [np.zeros((1, self.dots), np.uint8)]
        return np.asarray(255 - np.pad(np.vstack(rows), 24), dtype=np.uint8)

    @property
    def is_amid(self) -> bool:
        """Whether a part of a word is missing still: what comes next is taken for it."""
        return bool(self._bytes)

    def open_drawer(self, pin: int) -> None:
        """Open the drawer at once."""
        self.events.append(Event("drawer", 2 if pin == 0 else 5))

    def forget(self) -> None:
        """Begin anew: what is missing of a word does not come any more."""
        self._bytes = b""
        self._line.clear()
        self._reset()
        self.events.append(Event("forget"))

    def feed(self, data: bytes) -> None:
        """Take in bytes; a word of which a part is missing waits for the rest."""
        self._bytes += data
        while self._bytes and (used := self._take(self._bytes)):
            self._bytes = self._bytes[used:]

    def _take(self, data: bytes) -> int:
        if data[0] == 0x0A:
            self._end_line()
            return 1
        if data[0] not in b"\x1b\x1d\x10":
            if data[0] < 0x20:
                raise UnknownWord(data[:8].hex())
            self._line.append(data[0])
            return 1
        if len(data) < 3 and data[:2] not in {b"\x1b@", b"\x1b2"}:
            return 0
        word = data[:2]
        if word in _LENGTHS:
            length = 2 + _LENGTHS[word]
            if len(data) >= length:
                self._obey(word, data[2:length])
                return length
            return 0
        return self._take_long(word, data)

    def _take_long(self, word: bytes, data: bytes) -> int:
        """Take a word that says itself how long it is; 0 while a part of it is missing."""
        length = _length(word, data)
        if not length or len(data) < length:
            return 0
        match word:
            case b"\x1dV":
                self.events.append(Event("cut"))
            case b"\x1dv":
                bits = np.frombuffer(data[8:length], np.uint8).reshape(-1, data[4] + data[5] * 256)
                self._raster(np.unpackbits(bits, axis=1) * 255)
            case b"\x1d(":
                self._function(data[2:3], data[5:length])
            case _ if data[2] == 1:
                self.open_drawer(data[3])
            case _:
                self._line.clear()
                self.events.append(Event("forget"))
        return length

    def _obey(self, word: bytes, value: bytes) -> None:
        match word:
            case b"\x1b@":
                self._reset()
            case b"\x1ba":
                self._align = value[0] % 48
            case b"\x1bE":
                self._bold = bool(value[0] & 1)
            case b"\x1d!":
                self._size = value[0]
            case b"\x1bt" if value != b"\x13":
                raise UnknownWord(f"code page {value[0]}")
            case b"\x1bd":
                self._space(value[0] * 34)
            case b"\x1bJ":
                self._space(value[0])
            case b"\x1bp":
                self.events.append(Event("drawer", 2 if value[0] % 48 == 0 else 5))
            case b"\x10\x04":
                self.events.append(Event("status", value[0]))
            case _:
                pass

    def _function(self, group: bytes, data: bytes) -> None:
        if group == b"H" and data[:2] == b"00":
            self.events.append(Event("job", data[2:]))
        elif group == b"k" and data[:1] == b"1":
            match data[1]:
                case 67:
                    self._module = data[2]
                case 80:
                    self._code = data[3:]
                case 81:
                    self.events.append(Event("qr", self._code.decode()))
                    dark = qr_modules(self._code.decode()).astype(np.uint8) * 255
                    grown = np.kron(dark, np.ones((self._module,) * 2, np.uint8))
                    self._strips.append(self._placed(grown))
                case 65 | 69:
                    pass
                case _:
                    raise UnknownWord(data.hex())
        else:
            raise UnknownWord((group + data).hex())

    def _end_line(self) -> None:
        text = self._line.decode("cp858")
        self._line.clear()
        wide, high = (self._size >> 4) + 1, (self._size & 7) + 1
        width, height = CELL[0] * wide, CELL[1] * high
        assert len(text) * width <= self.dots, f"a line too long for the paper: {text!r}"
        cells = np.zeros((height + 10, max(1, len(text) * width)), np.uint8)
        for place, letter in enumerate(text):
            cell = _draw_letter(letter, width, height, is_bold=self._bold)
            cells[:height, place * width : (place + 1) * width] = cell
        self._strips.append(self._placed(cells))
        self.events.append(Event("text", text, high))

    def _raster(self, bits: NDArray[np.uint8]) -> None:
        assert not self._line, "a picture in the middle of a line"
        self._strips.append(self._placed(bits))
        self.events.append(Event("raster", bits.shape))

    def _placed(self, ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
        free = self.dots - ink.shape[1]
        assert free >= 0, f"{ink.shape[1]} dots on a paper of {self.dots}"
        left = (0, free // 2, free)[self._align]
        return np.asarray(np.pad(ink, ((0, 0), (left, free - left))), dtype=np.uint8)

    def _space(self, rows: int) -> None:
        if self._line:
            self._end_line()
        self._strips.append(np.zeros((rows, self.dots), np.uint8))

    def texts(self) -> str:
        """Return what was printed in the printer's own letters."""
        return "\n".join(str(one.value) for one in self.events if one.kind == "text")


def _length(word: bytes, data: bytes) -> int:
    """Return how long a word is with all that belongs to it; 0 while that is not known."""
    match word, data[2]:
        case b"\x1dV", kind:
            return 4 if kind in {65, 66} else 3
        case b"\x1dv", _:
            rows = data[4:6], data[6:8]
            width, height = (int.from_bytes(one, "little") for one in rows)
            return 8 + width * height if len(data) >= 8 else 0
        case b"\x1d(", _:
            return 5 + int.from_bytes(data[3:5], "little") if len(data) >= 5 else 0
        case b"\x10\x14", 1:
            return 5
        case b"\x10\x14", 8:
            return 10
        case _:
            raise UnknownWord(data[:8].hex())


@cache
def _draw_letter(letter: str, width: int, height: int, *, is_bold: bool) -> NDArray[np.uint8]:
    cell = np.zeros((height, width), np.uint8)
    em = height * 0.7
    free = width - text_width(letter, em, is_bold=is_bold)
    draw_text(cell, letter, (free / 2, height * 0.8), em, is_bold=is_bold)
    return cell


def save_picture(picture: NDArray[np.uint8], path: str) -> None:
    """Write a paper to a file, to be looked at."""
    cv2.imwrite(path, picture)

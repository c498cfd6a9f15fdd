"""The decoders of others, each behind one function: zxing-cpp, zbar and OpenCV.

What they share is here: a code's text is what its bytes say in their declared or detected
charset; a symbol that was found but not read is a `CodePlace`, whose grid is read by
`gatekeeper.readers.qr_grid`; and no picture makes them raise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

import cv2
import numpy as np
import zxingcpp

from gatekeeper.readers.qr_grid import CodePlace, Corners, Grey
from gatekeeper.readers.qr_symbol import Modules

try:
    from pyzbar import pyzbar
except ImportError:  # the system library libzbar is absent; the others do without it
    pyzbar = None

_F = zxingcpp.BarcodeFormat
QR: Final = zxingcpp.BarcodeFormats(_F.QRCodeModel2)
OTHERS: Final = zxingcpp.BarcodeFormats(
    [
        *(_F.Aztec, _F.DataMatrix, _F.PDF417, _F.MicroQRCode, _F.RMQRCode, _F.MaxiCode),
        *(_F.Code128, _F.Code93, _F.EAN13, _F.EAN8, _F.UPCA, _F.UPCE),
        *(_F.DataBarOmni, _F.DataBarStk, _F.DataBarExp, _F.DataBarExpStk, _F.DataBarLtd),
    ]
)
"""Symbologies with a check of their own. Those without one (Codabar, Code 39, ITF) say something
for any stripes, so they are never read."""
LIVE_OTHERS: Final = zxingcpp.BarcodeFormats([_F.Aztec, _F.DataMatrix, _F.PDF417, _F.Code128])
"""What a lane looks for beside QR codes, where time is short."""

_CORRECTING: Final = frozenset({_F.QRCode, _F.Aztec, _F.DataMatrix, _F.PDF417, _F.RMQRCode})
"""Symbologies whose correction says much by what of it was not needed; Micro QR has too little."""
_UNUSED_MIN = 0.1  # of a symbol's correction; a spoilt picture that needs more is read twice


@dataclass(frozen=True, slots=True)
class ReadSymbol:
    """One symbol that was read.

    Attributes:
        text: Its bytes in their charset; control characters and blanks belong to it.
        symbology: By zxing-cpp's name: QRCode, Aztec, DataMatrix, Code128 …
        engine: What read it, such as `zxing`, `zxing:adaptive`, `grid`, `zbar`.
        corners: In pixels of the picture, from the symbol's own top left on, clockwise.
        is_sure: Whether one reading is enough. If not, it counts when two readings agree.
    """

    text: str
    symbology: str
    engine: str
    corners: tuple[tuple[float, float], ...] = ()
    is_sure: bool = True


@dataclass(slots=True)
class PictureLook:
    """What one look at one picture gave."""

    codes: list[ReadSymbol] = field(default_factory=list)
    places: list[CodePlace] = field(default_factory=list)


def read_zxing(
    picture: Grey,
    *,
    scale: float = 1.0,
    engine: str = "zxing",
    formats: zxingcpp.BarcodeFormats = QR,
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage,
    is_plain: bool = True,
) -> PictureLook:
    """Read with zxing-cpp.

    Args:
        picture: Grey pixels.
        scale: Pixels of `picture` for one of the frame; corners are given in the frame's.
        engine: The name to give the reading.
        formats: zxing-cpp's formats to look for.
        binarizer: How it tells dark from light.
        is_plain: Whether the picture is as taken. A prepared one is trusted less.
    """
    reading = PictureLook()
    found = zxingcpp.read_barcodes(
        picture,
        formats=formats,
        text_mode=zxingcpp.TextMode.Plain,
        binarizer=binarizer,
        return_errors=True,
    )
    for one in found:
        corners = _corners_of(one, scale)
        extra: dict[str, Any] = one.extra if isinstance(one.extra, dict) else {}
        is_qr = one.format == _F.QRCode
        if one.valid:
            has_spare = float(extra.get("UEC", 0)) >= _UNUSED_MIN
            is_sure = (one.format in _CORRECTING and has_spare) or (is_qr and is_plain)
            around = tuple((float(x), float(y)) for x, y in corners)
            code = ReadSymbol(text_of(one), one.format.name, engine, around, is_sure)
            if code.text:
                reading.codes.append(code)
        elif is_qr and one.error is not None:
            version = str(extra.get("Version", ""))
            place = CodePlace(corners, int(version) if version.isdigit() else None)
            if place.edge >= 20:
                reading.places.append(place)
    return reading


def text_of(one: zxingcpp.Barcode) -> str:
    """Return a symbol's text, control characters of C1 understood as Windows means them."""
    text = one.text
    if any("\x80" <= character <= "\x9f" for character in text):
        # Nobody prints C1 controls: bytes 80 to 9F are Windows-1252's dashes and quotes.
        try:
            if one.bytes.decode("latin-1") == text:
                return one.bytes.decode("cp1252")
        except UnicodeDecodeError:
            pass
    return text


def read_modules(modules: Modules) -> str | None:
    """Decode mended modules; None if they make no text."""
    light = np.where(modules > 0, 0, 255).astype(np.uint8)
    drawn = np.kron(np.pad(light, 4, constant_values=255), np.ones((4, 4), dtype=np.uint8))
    found = zxingcpp.read_barcodes(drawn, formats=QR, text_mode=zxingcpp.TextMode.Plain)
    return next((text_of(one) for one in found if one.valid and one.text), None)


def read_zbar(picture: Grey, *, scale: float = 1.0) -> PictureLook:
    """Read QR codes with zbar, where it is installed.

    zbar guesses charsets badly, so only ASCII is taken, and each text needs a second reading.
    """
    reading = PictureLook()
    if pyzbar is None:
        return reading
    try:
        found = pyzbar.decode(picture, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except ValueError:  # it cannot name the orientation of some symbols
        return reading
    for one in found:
        if not one.data or not one.data.isascii():
            continue
        corners = np.array(one.polygon, dtype=np.float64).reshape(-1, 2) / scale
        around = tuple((float(x), float(y)) for x, y in corners)
        engine = "zbar" if scale == 1.0 else "zbar:larger"
        reading.codes.append(ReadSymbol(one.data.decode("ascii"), "QRCode", engine, around, False))
    return reading


def read_opencv(picture: Grey) -> PictureLook:
    """Read QR codes with OpenCV's own detector; each text needs a second reading."""
    reading = PictureLook()
    try:
        answer: Any = cv2.QRCodeDetector().detectAndDecodeMulti(picture)
    except (cv2.error, UnicodeDecodeError):
        return reading
    _, texts, corners, _ = answer
    if corners is None:
        return reading
    for text, four in zip(texts, np.asarray(corners, dtype=np.float64), strict=False):
        if text and text.isascii():
            around = tuple((float(x), float(y)) for x, y in four)
            reading.codes.append(ReadSymbol(text, "QRCode", "opencv", around, False))
        elif four.shape == (4, 2) and np.isfinite(four).all():
            place = CodePlace(four)
            if place.edge >= 20:
                reading.places.append(place)
    return reading


def with_engine(code: ReadSymbol, engine: str) -> ReadSymbol:
    """Return the code as one that a second engine confirmed."""
    return replace(code, engine=f"{code.engine}+{engine}", is_sure=True)


def _corners_of(one: zxingcpp.Barcode, scale: float) -> Corners:
    at = one.position
    points = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    return np.array([[point.x, point.y] for point in points], dtype=np.float64) / scale

"""Measuring a picture of a screen: shares of colours, heights of letters, lightness."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

Pixels = NDArray[np.uint8]

# Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
BLINDNESS: Final = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
_SRGB_TO_XYZ: Final = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
_WHITE: Final = np.array([0.95047, 1.0, 1.08883])


def pixels_of(image: QImage) -> Pixels:
    """Return rows of RGB."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : plain.width() * 3].reshape(plain.height(), plain.width(), 3).copy()


def cut(pixels: Pixels, box: QRectF) -> Pixels:
    """Return a part."""
    left, top = max(0, int(box.left())), max(0, int(box.top()))
    return pixels[top : int(box.bottom()), left : int(box.right())]


def is_color(pixels: Pixels, color: str, tolerance: int = 40) -> NDArray[np.bool_]:
    """Return where a colour is, as near as anti-aliasing leaves it."""
    found = np.ones(pixels.shape[:2], np.bool_)
    for place, value in enumerate(_channels(color)):
        channel = pixels[:, :, place]
        # Bytes stay bytes: differences of all three would be numbers of eight bytes each.
        found &= channel >= max(0, value - tolerance)
        found &= channel <= min(255, value + tolerance)
    return found


def _channels(color: str) -> tuple[int, int, int]:
    """Return red, green and blue of `#RRGGBB`."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def share_of(pixels: Pixels, color: str) -> float:
    """Return which part of a picture has exactly this colour."""
    return float(is_color(pixels, color, tolerance=0).mean())


def extent_of(pixels: Pixels, color: str) -> tuple[int, int]:
    """Return the width and height that the pixels of a colour span."""
    where = is_color(pixels, color)
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not len(rows):
        return 0, 0
    return int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def lab(color: str, blindness: str | None = None) -> NDArray[np.float64]:
    """Return a colour in CIE L*a*b*, perhaps as a person with that blindness sees it."""
    channels = np.array(_channels(color)) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    if blindness is not None:
        linear = np.clip(np.array(BLINDNESS[blindness]) @ linear, 0, 1)
    ratios = _SRGB_TO_XYZ @ linear / _WHITE
    roots = np.where(ratios > 0.008856, np.cbrt(ratios), 7.787 * ratios + 16 / 116)
    return np.array(
        [116 * roots[1] - 16, 500 * (roots[0] - roots[1]), 200 * (roots[1] - roots[2])]
    )


def distance(one: str, other: str, blindness: str | None = None) -> float:
    """Return how different two colours look (CIE76)."""
    return float(np.linalg.norm(lab(one, blindness) - lab(other, blindness)))

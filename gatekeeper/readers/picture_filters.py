"""Pictures prepared for a second look, each against one thing that spoils a code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from gatekeeper.readers.qr_grid import Grey


@dataclass(frozen=True, slots=True)
class Preparation:
    """One way to prepare a picture.

    Attributes:
        name: Appears in the engine's name of what was read so.
        prepare: Makes the picture; must not change its argument.
        scale: Pixels of the result for one of the picture.
        binarizer: zxing-cpp's way to tell dark from light.
    """

    name: str
    prepare: Callable[[Grey], Grey]
    scale: float = 1.0
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage


def as_grey(picture: NDArray[Any]) -> Grey:
    """Tell the type checker what OpenCV returned."""
    return np.asarray(picture, dtype=np.uint8)


def resized(picture: Grey, scale: float) -> Grey:
    """Scale; averaging when smaller, cubic when larger."""
    if scale == 1:
        return picture
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    height, width = picture.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return as_grey(cv2.resize(picture, size, interpolation=kind))


def blurred(picture: Grey, sigma: float) -> Grey:
    """Blur by a Gaussian of so many pixels."""
    return as_grey(cv2.GaussianBlur(picture, (0, 0), sigma))


def sharpened(picture: Grey, sigma: float, amount: float) -> Grey:
    """Take away the blur of so many pixels, so many times over."""
    soft = cv2.GaussianBlur(picture, (0, 0), sigma)
    return as_grey(cv2.addWeighted(picture, 1 + amount, soft, -amount, 0))


def thresholded(picture: Grey, block: int, below: float) -> Grey:
    """Tell dark from light by the neighbourhood: against uneven light, glare and bands."""
    return as_grey(
        cv2.adaptiveThreshold(
            picture, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, block, below
        )
    )


def stretched(picture: Grey) -> Grey:
    """Let the whole picture go from black to white: against the dark."""
    wide = np.zeros_like(picture)
    return as_grey(cv2.normalize(picture, wide, 0, 255, cv2.NORM_MINMAX))


def equalised(picture: Grey) -> Grey:
    """Stretch local contrast."""
    return as_grey(cv2.createCLAHE(4.0, (8, 8)).apply(picture))


def flattened(picture: Grey, width: int, height: int) -> Grey:
    """Give every neighbourhood of so many pixels the same mean and contrast."""
    light, window = picture.astype(np.float32), (width, height)
    mean = cv2.blur(light, window)
    spread = np.sqrt(np.maximum(cv2.blur(light * light, window) - mean * mean, 9.0))
    return as_grey(np.clip(128 + (light - mean) / spread * 60, 0, 255))


def against_ground(picture: Grey, share: float) -> Grey:
    """Take for dark what is darker than so much of the brightest around it: against faint print.

    Where ink is missing in places, what is left of a module is nearer to the paper's grey than to
    that of full ink, in the middle between which others tell dark from light.
    """
    soft = blurred(picture, 1.0)
    brightest = cv2.dilate(resized(soft, 0.25), np.ones((9, 9), dtype=np.uint8))
    limit = cv2.resize(as_grey(cv2.blur(brightest, (9, 9)) * share), picture.shape[::-1])
    return as_grey(cv2.bitwise_not(cv2.compare(soft, limit, cv2.CMP_LT)))


def _cut(level: int) -> Callable[[Grey], Grey]:
    return lambda picture: as_grey(cv2.threshold(picture, level, 255, cv2.THRESH_BINARY)[1])


def _morphed(kind: int, size: int) -> Callable[[Grey], Grey]:
    brush = np.ones((size, size), dtype=np.uint8)
    return lambda picture: as_grey(cv2.morphologyEx(picture, kind, brush))


ADAPTIVE: Final = Preparation(
    "adaptive", lambda picture: thresholded(blurred(picture, 1.5), 41, 0)
)
ADAPTIVE_HALF: Final = Preparation(
    "adaptive-half", lambda picture: thresholded(resized(picture, 0.5), 25, 2), 0.5
)
ADAPTIVE_FINE: Final = Preparation("adaptive-fine", lambda picture: thresholded(picture, 31, 5))
FAINT: Final = Preparation("faint", lambda picture: against_ground(picture, 0.87))
LARGER: Final = Preparation("larger", lambda picture: resized(picture, 2.0), 2.0)
LARGER_SHARP: Final = Preparation(
    "larger-sharp", lambda picture: sharpened(resized(picture, 2.0), 6.0, 4.0), 2.0
)
PLAIN: Final = Preparation("plain", lambda picture: picture)
SOFT: Final = Preparation("soft", lambda picture: blurred(picture, 0.8))
STRETCHED: Final = Preparation("stretched", lambda picture: stretched(blurred(picture, 1.0)))
CONTRAST: Final = Preparation("contrast", equalised)
FLAT: Final = Preparation("flat", lambda picture: flattened(blurred(picture, 1.0), 17, 17))
ROWS: Final = Preparation("rows", lambda picture: blurred(flattened(picture, 49, 1), 1.0))
"""Against the bands of a light that flickers, each row of a camera having its own exposure."""

CHEAP: Final = [ADAPTIVE_HALF, ADAPTIVE, ADAPTIVE_FINE]
DEAR: Final = [
    FAINT,
    LARGER_SHARP,
    ROWS,
    CONTRAST,
    FLAT,
    LARGER,
    Preparation("global", lambda picture: picture, 1.0, zxingcpp.Binarizer.GlobalHistogram),
    Preparation("sharp", lambda picture: sharpened(blurred(picture, 1.0), 3.0, 3.0)),
    Preparation("smooth", lambda picture: blurred(picture, 2.0)),
    Preparation("adaptive-41", lambda picture: thresholded(picture, 41, 2)),
    Preparation("median", lambda picture: as_grey(cv2.medianBlur(picture, 5))),
    Preparation("open", _morphed(cv2.MORPH_OPEN, 3)),
    Preparation("close", _morphed(cv2.MORPH_CLOSE, 3)),
    Preparation("close-wide", _morphed(cv2.MORPH_CLOSE, 5)),
    Preparation("smoother", lambda picture: blurred(picture, 3.5)),
    Preparation("third", lambda picture: resized(picture, 1 / 3), 1 / 3),
    *(Preparation(f"cut-{level}", _cut(level)) for level in (250, 225, 190, 150, 110, 75, 45, 25)),
    Preparation(
        "larger-adaptive",
        lambda picture: thresholded(blurred(resized(picture, 2.0), 1.5), 61, 2),
        2.0,
    ),
    Preparation("triple", lambda picture: sharpened(resized(picture, 3.0), 4.0, 2.0), 3.0),
]

"""Finding QR codes by their three finder patterns, under more blur than decoders stand.

A finder turned by every angle and averaged is a set of rings; the picture is compared with such
rings of several sizes, and three likely spots that stand in a right angle are a symbol. What
comes out is a guess; `gatekeeper.readers.qr_grid` settles or drops it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from math import ceil, cos, log, radians, sin
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gatekeeper.readers.qr_grid import CodePlace, Grey, fit_of
from gatekeeper.readers.qr_symbol import VERSION_MAX

_MODULES: Final = (1.5, 1.9, 2.4)  # sizes of a module, in pixels of a level
_LEVELS: Final = (640, 320)  # longest edges of the levels, in pixels
_LIKENESS_MIN = 0.35
_SPOTS_MAX = 14


@dataclass(frozen=True, slots=True)
class _Spot:
    at: complex  # pixels of the frame
    module: float
    likeness: float


def _rings(module: float) -> Grey:
    """Draw the average of a finder, its light border included, over all angles."""
    size = ceil(module * 10) | 1
    fine = 4
    axis = (np.arange(size * fine) + 0.5) / fine - size / 2
    x, y = np.meshgrid(axis, axis)
    light = np.zeros_like(x)
    for angle in range(0, 90, 15):
        cosine, sine = cos(radians(angle)), sin(radians(angle))
        away = np.maximum(abs(x * cosine + y * sine), abs(y * cosine - x * sine)) / module
        light += (away >= 1.5) & ((away < 2.5) | (away >= 3.5))
    drawn = cv2.resize((light * 40).astype(np.uint8), (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(drawn, dtype=np.uint8)


_PLACES_MAX: Final = 3
"""How many spots are guessed at most."""
_TEMPLATES = [(module, _rings(module)) for module in _MODULES]


def find_places(frame: Grey, *, version: int | None) -> list[CodePlace]:
    """Guess where symbols stand, the likeliest first.

    Args:
        frame: Dark symbols on light; give the negative for the others.
        version: The one that is looked for (tickets are version 5), or None for any: then each
            spot is guessed with the likeliest three, and all places come by how well they fit.
    """
    found = sorted(_triples(_spots(frame)), key=lambda each: -each[0])[:_PLACES_MAX]
    if version:
        return [_place(three, version) for _, three in found]
    places = [_place(three, guess) for _, three in found for guess in _versions_near(three)]
    return sorted(places, key=lambda place: -abs(fit_of(frame, place)))


def _spots(frame: Grey) -> list[_Spot]:
    found: list[_Spot] = []
    longest = max(frame.shape)
    for edge in _LEVELS:
        scale = edge / longest
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=kind)
        if min(small.shape) < 48:
            continue
        small = cv2.GaussianBlur(small, (0, 0), 0.8)
        found += _spots_of(np.asarray(small, dtype=np.uint8), scale)
    return sorted(found, key=lambda spot: -spot.likeness)[:_SPOTS_MAX]


def _spots_of(small: Grey, scale: float) -> list[_Spot]:
    best = np.full(small.shape, -1, dtype=np.float32)
    module_at = np.ones(small.shape, dtype=np.float32)
    for module, rings in _TEMPLATES:
        likeness = cv2.matchTemplate(small, rings, cv2.TM_CCOEFF_NORMED)
        half = rings.shape[0] // 2
        inner = (slice(half, half + likeness.shape[0]), slice(half, half + likeness.shape[1]))
        wins = likeness > best[inner]
        best[inner][wins] = likeness[wins]
        module_at[inner][wins] = module
    peak = cv2.dilate(best, np.ones((9, 9), dtype=np.uint8))
    rows, columns = np.nonzero((best >= peak) & (best > _LIKENESS_MIN))
    order = np.argsort(-best[rows, columns])[:_SPOTS_MAX]
    return [
        _Spot(
            complex((columns[at] + 0.5) / scale, (rows[at] + 0.5) / scale),
            float(module_at[rows[at], columns[at]]) / scale,
            float(best[rows[at], columns[at]]),
        )
        for at in order
    ]


def _triples(spots: list[_Spot]) -> list[tuple[float, tuple[_Spot, _Spot, _Spot]]]:
    """Rate every corner with a spot to its right and one below, as seen from it."""
    out = []
    for corner, right, below in permutations(spots, 3):
        across, down = right.at - corner.at, below.at - corner.at
        turn = across.conjugate() * down  # the real part is the cosine, the imaginary the sine
        if turn.imag <= 0:
            continue
        slant = abs(turn.real) / abs(turn)
        sizes = (corner.module, right.module, below.module)
        if slant > 0.45 or max(sizes) > 1.7 * min(sizes):
            continue
        ratio = abs(across) / abs(down)
        modules = (abs(across) + abs(down)) / 2 / (sum(sizes) / 3)
        if not (0.6 < ratio < 1.67 and 11 < modules < 75):
            continue
        likeness = corner.likeness + right.likeness + below.likeness
        out.append((likeness - 0.3 * slant - 0.3 * abs(log(ratio)), (corner, right, below)))
    return out


def _versions_near(three: tuple[_Spot, _Spot, _Spot]) -> list[int]:
    corner, right, below = three
    across, down = abs(right.at - corner.at), abs(below.at - corner.at)
    modules = (across + down) / 2 / (sum(spot.module for spot in three) / 3)
    nearest = round((modules - 10) / 4)
    return [guess for guess in (nearest, nearest - 1, nearest + 1) if 1 <= guess <= VERSION_MAX]


def _place(three: tuple[_Spot, _Spot, _Spot], version: int) -> CodePlace:
    corner, right, below = three
    between = 10 + 4 * version  # modules from one finder's middle to the next one's
    across, down = (right.at - corner.at) / between, (below.at - corner.at) / between
    size = between + 7
    start = corner.at - 3.5 * (across + down)
    points = [start, start + size * across, start + size * (across + down), start + size * down]
    corners: NDArray[np.float64] = np.array([[point.real, point.imag] for point in points])
    return CodePlace(corners, version, is_rough=True)

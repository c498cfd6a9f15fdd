"""Finding QR codes by their three finder patterns, where decoders do not find them.

Decoders want light around a finder. Its own light ring is closed whatever stands there: a phone's
black without a quiet zone, white paper around an inverted code. Under much blur no ring is to be
told. There a finder turned by every angle and averaged, which is a set of rings, is compared with
the picture in several sizes. Three likely spots that stand in a right angle are a symbol. What
comes out is a guess; `gatekeeper.readers.qr_grid` settles or drops it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from math import ceil, cos, hypot, log, radians, sin, sqrt
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gatekeeper.readers.picture_filters import blurred, resized
from gatekeeper.readers.qr_grid import CodePlace, Grey, fit_of
from gatekeeper.readers.qr_symbol import VERSION_MAX

_MODULES: Final = (1.5, 1.9, 2.4)  # sizes of a module, in pixels of a level
_LEVELS: Final = (640, 320)  # longest edges of the levels, in pixels
_EDGE_MIN = 48  # pixels of a level's shorter edge
_LIKENESS_MIN = 0.35
_SPOTS_MAX = 14
_AROUND: Final = np.ones((11, 11), dtype=np.uint8)
"""Around a dot, in every fourth: between the darkest and the brightest there stands its limit."""
_STEP: Final = 6  # grey levels beyond that limit
_OUTLINES_MAX: Final = 8_000  # more than any picture of things has; grain has more
_HOLE_MIN: Final = 9.0  # dots of a finder's middle
_HOLE: Final = 9 / 25  # of what its light ring encloses
_SQUARE_MIN: Final = 0.7  # of the rectangle around it that a ring encloses
_CLOSED_FIT_MIN: Final = 0.4
"""Letters have rings too: these are symbols only if other parts of one stand where they should."""


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


def find_closed_places(frame: Grey) -> list[CodePlace]:
    """Guess where symbols stand by the closed rings of their finders, the likeliest first.

    Args:
        frame: Dark symbols on light or light ones on dark, of whatever version.
    """
    soft = blurred(frame, 0.8)
    coarse = resized(soft, 0.25)
    between = cv2.addWeighted(cv2.erode(coarse, _AROUND), 0.5, cv2.dilate(coarse, _AROUND), 0.5, 0)
    limit = cv2.resize(between, soft.shape[::-1]).astype(np.int16)
    beyond = soft - limit
    found: list[tuple[float, CodePlace]] = []
    for light in (beyond > _STEP, beyond < -_STEP):
        likely = sorted(_triples(_closed_rings(light)), key=lambda each: -each[0])[:_PLACES_MAX]
        for _, three in likely:
            places = [_place(three, version) for version in _versions_near(three)]
            found.append(max(((abs(fit_of(frame, one)), one) for one in places), key=_fit))
    return [
        place for fit, place in sorted(found, key=_fit, reverse=True) if fit >= _CLOSED_FIT_MIN
    ]


def _fit(rated: tuple[float, CodePlace]) -> float:
    return rated[0]


def _closed_rings(light: NDArray[np.bool_]) -> list[_Spot]:
    """Find what is enclosed by light as a finder's middle is."""
    outlines, family = cv2.findContours(
        light.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE
    )
    if not 0 < len(outlines) <= _OUTLINES_MAX:
        return []
    found = []
    for hole, (_, _, _, parent) in zip(outlines, family[0].tolist(), strict=True):
        if parent < 0 or len(hole) < 4:
            continue
        inside = cv2.contourArea(hole)
        if inside < _HOLE_MIN:
            continue
        whole = cv2.contourArea(outlines[parent])
        if not 0.5 < inside / whole / _HOLE < 1.8:
            continue
        (x, y), sides, _ = cv2.minAreaRect(outlines[parent])
        (inner_x, inner_y), _, _ = cv2.minAreaRect(hole)
        area = sides[0] * sides[1]
        module = sqrt(area) / 5
        square = whole / area
        if square < _SQUARE_MIN or hypot(x - inner_x, y - inner_y) > module:
            continue
        likeness = square - abs(inside / whole - _HOLE)
        found.append(_Spot(complex(x + 0.5, y + 0.5), module, likeness))
    return sorted(found, key=lambda spot: -spot.likeness)[:_SPOTS_MAX]


def _spots(frame: Grey) -> list[_Spot]:
    found: list[_Spot] = []
    longest = max(frame.shape)
    for edge in _LEVELS:
        scale = edge / longest
        if min(frame.shape) * scale < _EDGE_MIN:
            continue
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=kind)
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

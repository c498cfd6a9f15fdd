"""Reading a QR code whose place is known and whose modules are too spoilt for a plain decoder.

The symbol is laid on its grid by fitting the parts that every symbol has (finders, timing and
alignment patterns). Those same parts, whose truth is known, then teach a small linear equaliser
what this blur, this shake and these bands do to a module; it undoes them for the rest. The
decisions are graded, so that codewords under glare or dirt count as erased
(`gatekeeper.readers.qr_symbol.mend`). A symbol that is not flat is followed at last
(`gatekeeper.readers.qr_bend`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from gatekeeper.readers import qr_bend
from gatekeeper.readers.qr_bend import MARGIN, Bend
from gatekeeper.readers.qr_symbol import VERSION_MAX, Layout, Modules, Soft, layout_of, mend

Grey: TypeAlias = NDArray[np.uint8]
"""Rows of pixels, 0 black to 255 white."""
Corners: TypeAlias = NDArray[np.float64]
"""Top left, top right, bottom right, bottom left of a symbol without its quiet zone; (4, 2)."""

_FIT_MIN: Final = 0.35  # correlation with the known parts below which there is no symbol
_AGREEMENT_MIN: Final = 0.8  # of what was seen, weighted by how sure, with what was mended
_REACH = 3  # half modules that the equaliser looks to each side
_RIDGE = 3.0
_BRIGHT = 255
_SAMPLED_MAX: Final = 30_000
"""Points that OpenCV takes at once; a symbol of version 17 has more."""


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where a symbol stands in a frame.

    Attributes:
        corners: In pixels of the frame.
        version: 1 to 40, or None if the locator could not tell.
        is_rough: Whether the fourth corner was only guessed.
    """

    corners: Corners
    version: int | None = None
    is_rough: bool = False

    @property
    def edge(self) -> float:
        """The mean edge, in pixels."""
        steps = self.corners - np.roll(self.corners, 1, axis=0)
        return float(np.hypot(steps[:, 0], steps[:, 1]).mean())


@dataclass(frozen=True, slots=True)
class _Known:
    points: NDArray[np.float64]  # centres of modules whose truth is known, in modules
    truth: NDArray[np.float32]  # zero mean, unit length; dark is negative, as in the picture


@lru_cache(maxsize=VERSION_MAX)
def _known_of(version: int) -> _Known:
    known = layout_of(version).known
    rows, columns = np.nonzero(known >= 0)
    truth = 1.0 - 2.0 * known[rows, columns].astype(np.float32)
    truth -= truth.mean()
    points = np.column_stack([columns, rows]).astype(np.float64) + 0.5
    return _Known(points, (truth / np.linalg.norm(truth)).astype(np.float32))


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look saw at a place: perhaps not enough to read it, but something for the next.

    Attributes:
        place: Where the symbol was.
        soft: How dark each of its modules seemed.
        modules: Mended, or None if they could not be.
    """

    place: CodePlace
    soft: Soft
    modules: Modules | None


def resolve(
    frame: Grey, place: CodePlace, before: Soft | None = None, *, is_bent: bool = False
) -> Iterator[Sight | None]:
    """Try to read the symbol at a place, in a few ways, the likeliest first.

    Args:
        frame: Grey pixels.
        place: Where it may be.
        before: Module values of earlier looks at it: what light or noise hid in one frame, another
            may have shown. They help only where this frame agrees with what they come to.

    Yields:
        What was seen, or None where there seems to be no symbol: whoever is short of time stops.
    """
    size = 17 + 4 * (place.version or 5)
    module = place.edge / size
    near, offset = _cut_out(frame, place.corners, 8 * module)
    if min(near.shape) < 2 * MARGIN or module < 1:
        return
    local = replace(place, corners=place.corners - offset)
    for smooth in (0.3, 0.0):
        # Averaging over a third of a module takes the noise and leaves the modules.
        seen = cv2.GaussianBlur(near, (0, 0), smooth * module) if smooth else near
        is_there = False
        grey = np.asarray(seen, dtype=np.uint8)
        for sight in _resolve_on(grey, local, before, is_bent=is_bent):
            is_there |= sight is not None
            yield sight and _moved_by(sight, offset)
        if not is_there:
            return


def _moved_by(sight: Sight, offset: NDArray[np.float64]) -> Sight:
    return replace(sight, place=replace(sight.place, corners=sight.place.corners + offset))


def _resolve_on(
    seen: Grey, place: CodePlace, before: Soft | None, *, is_bent: bool
) -> Iterator[Sight | None]:
    for version in _versions(seen, place):
        corners, fit = _settle(seen, place, version)
        if abs(fit) < _FIT_MIN:
            yield None
            continue
        upright = seen if fit > 0 else np.asarray(_BRIGHT - seen, dtype=np.uint8)
        settled = CodePlace(corners, version)
        homography = _homographies(corners[None], 17 + 4 * version)[0]
        for soft in _graded(upright, homography, version, is_bent=is_bent):
            modules = mend(soft, version)
            if modules is None and before is not None and before.shape == soft.shape:
                modules = mend(soft + before, version)
            is_seen = modules is not None and _agreement(soft, modules) >= _AGREEMENT_MIN
            yield Sight(settled, soft, modules if is_seen else None)


def _graded(
    frame: Grey, homography: NDArray[np.float64], version: int, *, is_bent: bool
) -> Iterator[Soft]:
    """Yield module values of a symbol that is taken for flat, then of one that is not."""
    if not is_bent:
        yield from _equalised(frame, homography, layout_of(version))
    bend = qr_bend.follow(frame, homography, version)
    yield from _equalised(frame, homography, layout_of(version), bend)


def _cut_out(frame: Grey, corners: Corners, margin: float) -> tuple[Grey, NDArray[np.float64]]:
    """Return the part of the frame around a symbol, and where it begins (x, y)."""
    height, width = frame.shape
    low = np.maximum(corners.min(axis=0) - margin, 0).astype(int)
    high = np.minimum(corners.max(axis=0) + margin, (width, height)).astype(int)
    part = frame[low[1] : max(high[1], low[1]), low[0] : max(high[0], low[0])]
    return np.ascontiguousarray(part), low.astype(np.float64)


def _agreement(soft: Soft, modules: Modules) -> float:
    weight = np.abs(soft)
    same = (soft > 0) == (modules > 0)
    return float((weight * same).sum() / max(float(weight.sum()), 1e-6))


def _homographies(corners: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Map modules to pixels for several guesses of the corners; (n, 4, 2) gives (n, 3, 3)."""
    first, right, far, below = np.moveaxis(corners, 1, 0)
    one, other, skew = right - far, below - far, first - right + far - below
    area = one[:, 0] * other[:, 1] - other[:, 0] * one[:, 1]
    area = np.where(np.abs(area) < 1e-9, 1e-9, area)
    lean = np.column_stack(
        [
            (skew[:, 0] * other[:, 1] - other[:, 0] * skew[:, 1]) / area,
            (one[:, 0] * skew[:, 1] - skew[:, 0] * one[:, 1]) / area,
        ]
    )
    made = np.ones((len(corners), 3, 3))
    made[:, :2, 0] = (right - first + lean[:, :1] * right) / size
    made[:, :2, 1] = (below - first + lean[:, 1:] * below) / size
    made[:, :2, 2] = first
    made[:, 2, :2] = lean / size
    return made


def _sample(
    frame: Grey, homographies: NDArray[np.float64], points: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the picture at points, given in modules, for each homography; (n, points)."""
    spots = np.column_stack([points, np.ones(len(points))]).astype(np.float32)
    x, y, depth = np.moveaxis(homographies.astype(np.float32) @ spots.T, 1, 0)
    seen = cv2.remap(
        frame, x / depth - 0.5, y / depth - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(seen, dtype=np.float32)


def _fits_of(frame: Grey, corners: NDArray[np.float64], version: int) -> NDArray[np.float32]:
    """Correlate the picture with the known parts: 1 a perfect symbol, −1 its negative.

    Args:
        frame: Grey pixels.
        corners: Several guesses of them; shape (n, 4, 2).
        version: Of the symbol.
    """
    known = _known_of(version)
    values = _sample(frame, _homographies(corners, 17 + 4 * version), known.points)
    values -= values.mean(axis=1, keepdims=True)
    return np.asarray(values @ known.truth / (np.linalg.norm(values, axis=1) + 1e-3))


def fit_of(frame: Grey, place: CodePlace) -> float:
    """Tell how well the parts that every symbol of its version has fit at a place; −1 to 1."""
    return float(_fits_of(frame, place.corners[None], place.version or 5)[0])


def _versions(frame: Grey, place: CodePlace) -> list[int]:
    """Rank the versions that the place may hold by how well the known parts fit at once."""
    if place.version is not None:
        return [place.version]
    corners = place.corners[None]
    fits = [(abs(float(_fits_of(frame, corners, one)[0])), one) for one in range(1, 15)]
    return [version for fit, version in sorted(fits, reverse=True)[:2] if fit > 0.2]


_WAYS: Final = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)], dtype=np.float64)


def _settle(frame: Grey, place: CodePlace, version: int) -> tuple[Corners, float]:
    """Move the corners, by ever smaller steps, to where the known parts fit best."""
    corners = place.corners.copy()
    module = place.edge / (17 + 4 * version)
    best = float(_fits_of(frame, corners[None], version)[0])
    sign = 1.0 if best > 0 else -1.0
    best *= sign
    if place.is_rough:
        corners, best = _search_far_corner(frame, corners, version, sign=sign, best=best)
    for step in (1.0, 0.5, 0.25, 0.12):
        for _ in range(3):
            moved = False
            for corner in range(4):
                tried = np.repeat(corners[None], len(_WAYS), axis=0)
                tried[:, corner] += _WAYS * step * module
                fits = sign * _fits_of(frame, tried, version)
                likeliest = int(np.argmax(fits))
                if fits[likeliest] > best + 1e-4:
                    best, corners, moved = float(fits[likeliest]), tried[likeliest], True
            if not moved:
                break
    return corners, sign * best


def _search_far_corner(
    frame: Grey, corners: Corners, version: int, *, sign: float, best: float
) -> tuple[Corners, float]:
    """Look for the corner without a finder, up to a sixth of the symbol away."""
    size = 17 + 4 * version
    along = (corners[1] - corners[0]) / size
    down = (corners[3] - corners[0]) / size
    reach = max(3, size // 6)
    steps = np.arange(-reach, reach + 1, dtype=np.float64)
    right, lower = (part.reshape(-1, 1) for part in np.meshgrid(steps, steps, indexing="ij"))
    tried = np.repeat(corners[None], len(right), axis=0)
    tried[:, 2] += right * along + lower * down
    fits = sign * _fits_of(frame, tried, version)
    likeliest = int(np.argmax(fits))
    if fits[likeliest] > best:
        return tried[likeliest], float(fits[likeliest])
    return corners, best


def _equalised(
    frame: Grey, homography: NDArray[np.float64], layout: Layout, bend: Bend | None = None
) -> Iterator[Soft]:
    """Yield module values: as seen, equalised by the known parts, then by the surest decisions."""
    size = layout.size
    axis = np.arange(2 * (size + 2 * MARGIN) + 1) / 2.0 - MARGIN
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    parts = np.array_split(grid, 1 + len(grid) // _SAMPLED_MAX)
    points = parts if bend is None else [bend.moved(part) for part in parts]
    seen = np.concatenate([_sample(frame, homography[None], part)[0] for part in points])
    seen = seen.reshape(len(axis), len(axis))
    window = (19, 19)
    mean = cv2.blur(seen, window)
    spread = np.sqrt(np.maximum(cv2.blur(seen * seen, window) - mean * mean, 1.0))
    level = (mean - seen) / spread  # dark is positive
    centre = 2 * MARGIN + 1 + 2 * np.arange(size)
    # Under glare nothing varies: what stands there is noise made large.
    trust = np.clip(spread / np.median(spread), 0, 1)[np.ix_(centre, centre)]
    if bend is not None:
        trust = trust * (0.2 + bend.surety[MARGIN:-MARGIN, MARGIN:-MARGIN])
    reach = range(-_REACH, _REACH + 1)
    views = [level[np.ix_(centre + down, centre + along)] for down in reach for along in reach]
    middle = len(views) // 2
    views.append(np.ones((size, size), dtype=np.float32))
    features = np.stack(views, axis=-1).astype(np.float32)
    yield np.asarray(views[middle] * trust, dtype=np.float32)
    is_taught = layout.known >= 0
    lesson = np.where(is_taught, 2.0 * layout.known - 1.0, 0.0).astype(np.float32)
    plain = np.zeros(len(views), dtype=np.float32)
    plain[middle] = 0.7
    truth = lesson
    for _ in range(2):
        rows, weight = features[is_taught], trust[is_taught][:, None]
        normal = (rows * weight).T @ rows + _RIDGE * np.eye(len(views), dtype=np.float32)
        taps = np.linalg.solve(normal, (rows * weight).T @ truth[is_taught] + _RIDGE * plain)
        soft = (features @ taps).astype(np.float32)
        yield np.asarray(soft * trust, dtype=np.float32)
        sure = np.abs(soft) > np.quantile(np.abs(soft), 0.4)
        truth = np.where(layout.known >= 0, lesson, np.sign(soft)).astype(np.float32)
        is_taught = (layout.known >= 0) | sure

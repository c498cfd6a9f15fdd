"""Reading a QR code whose place is known and whose modules are too spoilt for a plain decoder.

The symbol is laid on its grid by fitting the parts that every symbol has (finders, timing and
alignment patterns). Those same parts, whose truth is known, then teach a small linear equaliser
what this blur, this shake and these bands do to a module; it undoes them for the rest. The
decisions are graded, so that codewords under glare or dirt count as erased
(`gatekeeper.readers.qr_symbol.mend`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from gatekeeper.readers.qr_symbol import VERSION_MAX, Layout, Modules, Soft, layout_of, mend

Grey: TypeAlias = NDArray[np.uint8]
"""Rows of pixels, 0 black to 255 white."""
Corners: TypeAlias = NDArray[np.float64]
"""Top left, top right, bottom right, bottom left of a symbol without its quiet zone; (4, 2)."""

_FIT_MIN: Final = 0.35  # correlation with the known parts below which there is no symbol
_AGREEMENT_MIN: Final = 0.8  # of what was seen, weighted by how sure, with what was mended
_MARGIN = 4  # modules around the symbol that are sampled too
_REACH = 3  # half modules that the equaliser looks to each side
_RIDGE = 3.0
_BRIGHT = 255


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


def resolve(frame: Grey, place: CodePlace) -> Iterator[Modules | None]:
    """Try to read the symbol at a place, in a few ways, the likeliest first.

    Yields:
        Mended modules, or None where a try gave nothing: whoever is short of time stops there.
    """
    size = 17 + 4 * (place.version or 5)
    module = place.edge / size
    near, offset = _cut_out(frame, place.corners, 8 * module)
    if min(near.shape) < 2 * _MARGIN or module < 1:
        return
    local = replace(place, corners=place.corners - offset)
    for smooth in (0.3, 0.0):
        # Averaging over a third of a module takes the noise and leaves the modules.
        seen = cv2.GaussianBlur(near, (0, 0), smooth * module) if smooth else near
        yield from _resolve_on(np.asarray(seen, dtype=np.uint8), local)


def _resolve_on(seen: Grey, place: CodePlace) -> Iterator[Modules | None]:
    for version in _versions(seen, place):
        corners, fit = _settle(seen, place, version)
        if abs(fit) < _FIT_MIN:
            yield None
            continue
        upright = seen if fit > 0 else np.asarray(_BRIGHT - seen, dtype=np.uint8)
        for soft in _equalised(upright, corners, layout_of(version)):
            modules = mend(soft, version)
            is_seen = modules is not None and _agreement(soft, modules) >= _AGREEMENT_MIN
            yield modules if is_seen else None


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


def _homography(corners: Corners, size: int) -> NDArray[np.float64]:
    square = np.array([[0, 0], [size, 0], [size, size], [0, size]], dtype=np.float32)
    made = cv2.getPerspectiveTransform(square, corners.astype(np.float32))
    return np.asarray(made, dtype=np.float64)


def _sample(
    frame: Grey, homography: NDArray[np.float64], points: NDArray[np.float64]
) -> NDArray[np.float32]:
    seen = points @ homography[:, :2].T + homography[:, 2]
    spots = (seen[:, :2] / seen[:, 2:] - 0.5).astype(np.float32)
    values = cv2.remap(
        frame,
        np.ascontiguousarray(spots[:, :1]),
        np.ascontiguousarray(spots[:, 1:]),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(values, dtype=np.float32).ravel()


def _fit_of(frame: Grey, corners: Corners, version: int) -> float:
    """Correlate the picture with the known parts: 1 a perfect symbol, −1 its negative."""
    known = _known_of(version)
    values = _sample(frame, _homography(corners, 17 + 4 * version), known.points)
    values -= values.mean()
    return float(values @ known.truth / (np.linalg.norm(values) + 1e-3))


def _versions(frame: Grey, place: CodePlace) -> list[int]:
    """Rank the versions that the place may hold by how well the known parts fit at once."""
    if place.version is not None:
        return [place.version]
    fits = [(abs(_fit_of(frame, place.corners, one)), one) for one in range(1, 15)]
    return [version for fit, version in sorted(fits, reverse=True)[:2] if fit > 0.2]


def _settle(frame: Grey, place: CodePlace, version: int) -> tuple[Corners, float]:
    """Move the corners, by ever smaller steps, to where the known parts fit best."""
    corners = place.corners.copy()
    module = place.edge / (17 + 4 * version)
    best = _fit_of(frame, corners, version)
    sign = 1.0 if best > 0 else -1.0
    best *= sign
    if place.is_rough:
        corners, best = _search_far_corner(frame, corners, version, sign=sign, best=best)
    for step in (1.0, 0.5, 0.25, 0.12):
        for _ in range(3):
            moved = False
            for corner in range(4):
                for axis, way in ((0, 1), (0, -1), (1, 1), (1, -1)):
                    tried = corners.copy()
                    tried[corner, axis] += way * step * module
                    fit = sign * _fit_of(frame, tried, version)
                    if fit > best + 1e-4:
                        best, corners, moved = fit, tried, True
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
    found = corners
    for right in range(-reach, reach + 1):
        for lower in range(-reach, reach + 1):
            tried = corners.copy()
            tried[2] += right * along + lower * down
            fit = sign * _fit_of(frame, tried, version)
            if fit > best:
                best, found = fit, tried
    return found, best


def _equalised(frame: Grey, corners: Corners, layout: Layout) -> Iterator[Soft]:
    """Yield module values: as seen, equalised by the known parts, then by the surest decisions."""
    size = layout.size
    axis = np.arange(2 * (size + 2 * _MARGIN) + 1) / 2.0 - _MARGIN
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    seen = _sample(frame, _homography(corners, size), grid).reshape(len(axis), len(axis))
    window = (19, 19)
    mean = cv2.blur(seen, window)
    spread = np.sqrt(np.maximum(cv2.blur(seen * seen, window) - mean * mean, 1.0))
    level = (mean - seen) / spread  # dark is positive
    centre = 2 * _MARGIN + 1 + 2 * np.arange(size)
    # Under glare nothing varies: what stands there is noise made large.
    trust = np.clip(spread / np.median(spread), 0, 1)[np.ix_(centre, centre)]
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

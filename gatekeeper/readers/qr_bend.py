"""Following a QR code whose sheet is not flat: crumpled or bent paper, foil, drops of water.

Its grid was laid by four corners. From the finders on, whose place is sure, each module's
neighbourhood is moved to where the picture agrees best with what was decided there so far; what
agrees leads the way for what lies beside it. A fold that hides a module is not followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from gatekeeper.readers.qr_symbol import VERSION_MAX, layout_of

MARGIN: Final = 4
"""Modules around the symbol that are looked at too."""

_Field: TypeAlias = NDArray[np.float32]
"""One value a module, margin included."""

_FINE: Final = 4  # pixels a module of the straightened picture
_ROUNDS: Final = 9
_GROWTH: Final = 2  # modules that the followed part grows by in a round
_LIKENESS_MIN: Final = 0.6  # of picture and decisions, where a neighbourhood is followed
_NEAR: Final = 2.0  # modules over which a move is averaged
_MOVE_MAX: Final = 0.4  # modules, in a round
_CONTRAST: Final = 0.9  # of a dark module in its neighbourhood's standard deviations
_RIDGE: Final = 0.02
_REACHES: Final = ((1.5, 1.0), (4.0, 0.02), (12.0, 0.0005))
"""How far a followed part tells others where they are, in modules, and by which weight."""


@dataclass(frozen=True, slots=True)
class Bend:
    """How a symbol's modules lie beside the grid of its four corners.

    Attributes:
        shift: Along and down, in modules; shape (2, n, n) with the margin.
        surety: 0 where nothing agrees, 1 where all does.
    """

    shift: NDArray[np.float32]
    surety: _Field

    def moved(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where points lie that are given in modules of the flat grid; shape (n, 2)."""
        at = (points + MARGIN - 0.5).astype(np.float32)
        along, down = np.ascontiguousarray(at[:, :1]), np.ascontiguousarray(at[:, 1:])
        shifts = [
            cv2.remap(part, along, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for part in self.shift
        ]
        return points + np.hstack(shifts)


@dataclass(frozen=True, slots=True)
class _Start:
    grid: NDArray[np.float32]  # along and down of each fine pixel, in modules
    truth: _Field  # 1 dark, −1 light, 0 unknown
    finders: NDArray[np.bool_]
    inside: NDArray[np.float32]


@lru_cache(maxsize=VERSION_MAX)
def _start_of(version: int) -> _Start:
    layout = layout_of(version)
    size = layout.size + 2 * MARGIN
    axis = ((np.arange(size * _FINE) + 0.5) / _FINE - MARGIN).astype(np.float32)
    known = np.pad(layout.known, MARGIN, constant_values=-1)
    truth = np.where(known >= 0, 2.0 * known - 1.0, 0.0).astype(np.float32)
    finders = np.zeros((size, size), dtype=np.bool_)
    far = layout.size - 8
    for row, column in ((0, 0), (0, far), (far, 0)):
        finders[row + MARGIN : row + MARGIN + 8, column + MARGIN : column + MARGIN + 8] = True
    inside = np.pad(np.ones((layout.size, layout.size), dtype=np.float32), MARGIN)
    return _Start(np.stack(np.meshgrid(axis, axis)), truth, finders, inside)


def follow(frame: NDArray[np.uint8], homography: NDArray[np.float64], version: int) -> Bend:
    """Follow a symbol over the unevenness of what it is printed on.

    Args:
        frame: Dark symbols on light.
        homography: From modules to pixels of the frame, right at the finders.
        version: The symbol's.
    """
    start = _start_of(version)
    shift = np.zeros((2, *start.truth.shape), dtype=np.float32)
    followed = start.finders
    surety = followed.astype(np.float32)
    brush = np.ones((2 * _GROWTH + 1, 2 * _GROWTH + 1), dtype=np.uint8)
    for _ in range(_ROUNDS):
        level = _straightened(frame, homography, start.grid + _enlarged(shift))
        decided = np.where(start.truth != 0, start.truth, np.tanh(2 * _middles(level)))
        drawn = _near(np.kron(decided, np.ones((_FINE, _FINE))).astype(np.float32), 0.35 * _FINE)
        moves = _moves(level, drawn, surety * start.inside)
        likeness = _likeness(level, drawn, start.inside)
        grown = cv2.dilate(followed.astype(np.uint8), brush) > 0
        followed = (grown & (likeness > _LIKENESS_MIN)) | start.finders
        surety = (followed * np.clip((likeness - 0.4) / 0.5, 0.05, 1)).astype(np.float32)
        shift = _spread(shift + moves, surety)
    return Bend(shift, surety)


def _straightened(
    frame: NDArray[np.uint8], homography: NDArray[np.float64], grid: NDArray[np.float32]
) -> _Field:
    """Return how dark each fine pixel is beside its neighbourhood, in its deviations."""
    along, down = grid
    way = homography.astype(np.float32)
    x, y, depth = (row[0] * along + row[1] * down + row[2] for row in way)
    seen = cv2.remap(
        frame, x / depth - 0.5, y / depth - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    window = (9 * _FINE + 1, 9 * _FINE + 1)
    mean = cv2.blur(seen, window)
    spread = np.sqrt(np.maximum(cv2.blur(seen * seen, window) - mean * mean, 1.0))
    return np.asarray((mean - seen) / spread, dtype=np.float32)


def _moves(level: _Field, drawn: _Field, weight: _Field) -> NDArray[np.float32]:
    """Return how far the picture lies beside what is drawn, around each module (Lucas, Kanade)."""
    along = cv2.Sobel(drawn, cv2.CV_32F, 1, 0, scale=_FINE / 8)
    down = cv2.Sobel(drawn, cv2.CV_32F, 0, 1, scale=_FINE / 8)
    error = level - _CONTRAST * drawn
    products = (along * along, along * down, down * down, along * error, down * error)
    aa, ad, dd, ae, de = (_near(_coarse(one) * weight, _NEAR) for one in products)
    aa, dd = aa + _RIDGE, dd + _RIDGE
    area = _CONTRAST * (aa * dd - ad * ad)
    moves = np.stack([(ad * de - dd * ae) / area, (ad * ae - aa * de) / area])
    return np.asarray(np.clip(moves, -_MOVE_MAX, _MOVE_MAX), dtype=np.float32)


def _likeness(level: _Field, drawn: _Field, inside: _Field) -> _Field:
    both, one, other = (
        _near(_coarse(product) * inside, 1.5)
        for product in (level * drawn, level * level, drawn * drawn)
    )
    return np.asarray(both / np.sqrt(one * other + 1e-6), dtype=np.float32)


def _spread(shift: NDArray[np.float32], surety: _Field) -> NDArray[np.float32]:
    """Let the sure parts say where the others are, the nearest first."""
    weight = np.maximum(surety, 1e-6)
    total = sum(share * _near(weight, reach) for reach, share in _REACHES)
    parts = [
        sum(share * _near(weight * part, reach) for reach, share in _REACHES) / total
        for part in shift
    ]
    return np.asarray(parts, dtype=np.float32)


def _near(field: _Field, reach: float) -> _Field:
    return np.asarray(cv2.GaussianBlur(field, (0, 0), reach), dtype=np.float32)


def _coarse(fine: NDArray[Any]) -> _Field:
    kind = cv2.INTER_AREA
    made = cv2.resize(fine, None, fx=1 / _FINE, fy=1 / _FINE, interpolation=kind)
    return np.asarray(made, dtype=np.float32)


def _enlarged(shift: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.stack([cv2.resize(part, None, fx=_FINE, fy=_FINE) for part in shift])


def _middles(fine: _Field) -> _Field:
    count = fine.shape[0] // _FINE
    cells = fine.reshape(count, _FINE, count, _FINE)[:, 1:3, :, 1:3]
    return np.asarray(cells.mean(axis=(1, 3)), dtype=np.float32)

"""Where the seats of a map stand on the screen, and which one stands at a place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import hypot
from statistics import median
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTransform

from shared.seating.neighbouring_seats import SeatRows
from shared.seating.seat_map import PITCH, Seat

_LABEL_PITCHES: Final = 1.6
"""Around the seats there is so much room, for what rows are called."""
_PITCH_MOST: Final = 64.0
"""In a small room seats stand no further apart than so many pixels, or four letters."""
FRONT_PITCHES: Final = 0.55
"""So far in front of what everybody looks at its word ends."""
FRONT_LEAST: Final = 14
"""Pixels of that word's letters at least."""
_FRONT_HEIGHT: Final = 1.6 * FRONT_LEAST
"""Pixels that its sign is high then."""
_ASIDE: Final = 2.5
"""A seat aside of the way costs so much more than one further on."""


class SeatPlane:
    """Turns the map's hundredths into pixels and back.

    Attributes:
        pitch: How far apart seats stand, in pixels.
        fitting_pitch: The same where the whole map is seen.
        box: Around all seats, in the map's hundredths.
    """

    def __init__(self) -> None:
        self._seats: tuple[Seat, ...] = ()
        self._cells: dict[tuple[int, int], list[Seat]] = {}
        self._cell = float(PITCH)
        self._unit = float(PITCH)
        self._scale = self._least = 1.0
        self._left = self._top = 0.0
        self._front = 0.0
        self.box = QRectF(0, 0, 1, 1)

    @property
    def pitch(self) -> float:
        """How far apart seats stand, in pixels."""
        return self._unit * self._scale

    @property
    def fitting_pitch(self) -> float:
        """How far apart they stand where the whole map is seen."""
        return self._unit * self._least

    @property
    def view(self) -> tuple[float, float, float]:
        """What is seen: pixels per hundredth, and the hundredths at the left and the top."""
        return self._scale, self._left, self._top

    def transform(self) -> QTransform:
        """Return the same for a painter."""
        found = QTransform.fromScale(self._scale, self._scale)
        return found.translate(-self._left, -self._top)

    def set_room(self, room: SeatRows) -> None:
        """Hold another map."""
        self._seats = room.seat_map.seats
        gaps = [
            hypot(b.x - a.x, b.y - a.y)
            for block in room.blocks
            for a, b in pairwise(block.seats)
            if (a.x, a.y) != (b.x, b.y)
        ]
        self._unit = self._cell = float(max(1.0, median(gaps) if gaps else PITCH))
        cells: dict[tuple[int, int], list[Seat]] = {}
        for seat in self._seats:
            cells.setdefault(self._cell_of(seat.x, seat.y), []).append(seat)
        self._cells = cells
        xs = [seat.x for seat in self._seats] or [0]
        ys = [seat.y for seat in self._seats] or [0]
        focus_x, focus_y = room.focus
        edge = self._unit * _LABEL_PITCHES
        left, right = min(*xs, focus_x), max(*xs, focus_x)
        top, bottom = min(*ys, focus_y), max(*ys, focus_y)
        self.box = QRectF(
            left - edge, top - edge, right - left + 2 * edge, bottom - top + 2 * edge
        )
        self._front = focus_y - FRONT_PITCHES * self._unit - self.box.top()

    def fit(self, width: int, height: int, letter: int, *, is_whole: bool) -> None:
        """Know the room that there is; show the whole map, or as much of it as before."""
        across, down = width / self.box.width(), height / self.box.height()
        most = max(_PITCH_MOST, letter * 4.0) / self._unit
        self._least = max(1e-9, min(across, down, most))
        # The word in front stays as large as it must be to be read, however small the seats are.
        over = max(0.0, _FRONT_HEIGHT - self._front * self._least)
        down = (height - 2 * over) / self.box.height()  # the map stands in the middle
        self._least = max(1e-9, min(self._least, down))
        if is_whole or self._scale < self._least:
            self._scale = self._least
        self.keep_inside(width, height)

    def zoom(self, factor: float, at: QPointF, *, most: float) -> None:
        """Let seats stand further apart or closer, and what is at a place stay there."""
        x, y = self.back(at)
        scale = max(self._least, min(self._scale * factor, most / self._unit))
        self._scale = scale
        self._left, self._top = x - at.x() / scale, y - at.y() / scale

    def move(self, way: QPointF) -> None:
        """Move the map by pixels."""
        self._left -= way.x() / self._scale
        self._top -= way.y() / self._scale

    def keep_inside(self, width: int, height: int) -> bool:
        """Leave no more empty room than there must be; tell whether all of the map is seen."""
        seen_x, seen_y = width / self._scale, height / self._scale
        self._left = _bound(self._left, seen_x, self.box.left(), self.box.right())
        self._top = _bound(self._top, seen_y, self.box.top(), self.box.bottom())
        return self._scale <= self._least * 1.001

    def reveal(self, seat: Seat, width: int, height: int, edge: int) -> None:
        """Move the map until a seat is seen, not at the very edge."""
        at = self.place_of(seat)
        x = min(0.0, at.x() - edge) + max(0.0, at.x() - width + edge)
        y = min(0.0, at.y() - edge) + max(0.0, at.y() - height + edge)
        self.move(QPointF(-x, -y))

    def place(self, x: float, y: float) -> QPointF:
        """Return where a place of the map is on the screen."""
        return QPointF((x - self._left) * self._scale, (y - self._top) * self._scale)

    def place_of(self, seat: Seat) -> QPointF:
        """Return where a seat is on the screen."""
        return self.place(seat.x, seat.y)

    def seen(self, area: QRectF) -> Iterator[Seat]:
        """Yield the seats that stand in an area of the screen."""
        left, top = self._cell_of(*self.back(area.topLeft()))
        right, bottom = self._cell_of(*self.back(area.bottomRight()))
        if (right - left + 3) * (bottom - top + 3) > len(self._cells):
            yield from self._seats
            return
        for x in range(left - 1, right + 2):
            for y in range(top - 1, bottom + 2):
                yield from self._cells.get((x, y), ())

    def seat_at(self, at: QPointF) -> Seat | None:
        """Return the seat that stands at a place of the screen, or None."""
        seat = self.nearest(at, reach=1)
        if seat is None:
            return None
        x, y = self.back(at)
        return seat if hypot(seat.x - x, seat.y - y) <= self._unit * 0.6 else None

    def nearest(self, at: QPointF, reach: int | None = None) -> Seat | None:
        """Return the seat that is nearest to a place of the screen."""
        x, y = self.back(at)
        cell_x, cell_y = self._cell_of(x, y)
        near = (
            self._seats
            if reach is None
            else tuple(
                seat
                for step_x in range(-reach, reach + 1)
                for step_y in range(-reach, reach + 1)
                for seat in self._cells.get((cell_x + step_x, cell_y + step_y), ())
            )
        )
        return min(near, key=lambda one: (one.x - x) ** 2 + (one.y - y) ** 2, default=None)

    def beside(self, start: Seat, x: int, y: int) -> Seat | None:
        """Return the next seat that way, or None at the end."""
        best: tuple[float, Seat] | None = None
        for seat in self._seats:
            along = (seat.x - start.x) * x + (seat.y - start.y) * y
            if along <= 0:
                continue
            aside = abs((seat.x - start.x) * y) + abs((seat.y - start.y) * x)
            if aside > along:
                continue
            cost = along + aside * _ASIDE
            if best is None or cost < best[0]:
                best = (cost, seat)
        return None if best is None else best[1]

    def back(self, at: QPointF) -> tuple[float, float]:
        """Return where a place of the screen is on the map."""
        return at.x() / self._scale + self._left, at.y() / self._scale + self._top

    def _cell_of(self, x: float, y: float) -> tuple[int, int]:
        return int(x // self._cell), int(y // self._cell)


def _bound(start: float, seen: float, low: float, high: float) -> float:
    """Return where to begin so that what is seen holds as much of the map as it can."""
    if seen >= high - low:
        return (low + high - seen) / 2
    return max(low, min(start, high - seen))

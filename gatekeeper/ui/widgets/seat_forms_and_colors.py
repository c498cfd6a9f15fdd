"""The drawings of seats: each state has a form and a fill of its own, besides its colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.seat_picture import SeatMark, SeatPicture
from gatekeeper.ui.widgets.seat_plane import FRONT_LEAST, FRONT_PITCHES, SeatPlane
from gatekeeper.ui.widgets.window_fonts import make_font
from gatekeeper.wording.texts import TEXTS
from shared.seating.neighbouring_seats import Block

_POINTS_BELOW: Final = 9.0
"""Seats that stand closer than so many pixels are points."""
_NUMBERS_FROM: Final = 26.0
_ROWS_FROM: Final = 13.0
SEAT_SHARE: Final = 0.8
"""Of the pitch, a seat's width."""
_LETTER_SHARE: Final = 0.4
_CENTER: Final = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip)
_STRONG: Final = frozenset({SeatMark.FREE, SeatMark.ACCESSIBLE, SeatMark.COMPANION})


class SeatMapPainter:
    """Paints a room, and remembers what takes long to find out of it."""

    def __init__(self) -> None:
        self._picture: SeatPicture | None = None
        self._points: dict[SeatMark, QPolygonF] = {}

    def paint(
        self,
        painter: QPainter,
        area: QRectF,
        plane: SeatPlane,
        picture: SeatPicture,
        theme: Theme,
    ) -> None:
        """Paint what is seen of a room: what everybody looks at, rows, and seats."""
        _paint_front(painter, plane, picture, theme)
        if plane.pitch >= _POINTS_BELOW:
            _paint_seats(painter, area, plane, picture, theme)
            return
        base = picture._replace(chosen=frozenset())
        if self._picture != base:
            self._picture, self._points = base, gather_points(base)
        by_id = picture.room.by_id
        chosen = [by_id[one] for one in picture.chosen if one in by_id]
        over = {SeatMark.CHOSEN: QPolygonF([QPointF(one.x, one.y) for one in chosen])}
        _paint_points(painter, plane, self._points | over, theme)


def _paint_seats(
    painter: QPainter, area: QRectF, plane: SeatPlane, picture: SeatPicture, theme: Theme
) -> None:
    """Paint seats from near, with their numbers where there is room."""
    if plane.pitch >= _ROWS_FROM:
        _paint_rows(painter, area, plane, picture, theme)
    side = plane.pitch * SEAT_SHARE
    font = make_font(max(8, round(plane.pitch * _LETTER_SHARE)), is_bold=True)
    painter.setFont(font)
    for seat in plane.seen(area):
        box = QRectF(0, 0, side, side)
        box.moveCenter(plane.place_of(seat))
        mark = picture.mark(seat)
        paint_mark(painter, box, mark, theme)
        has_number = mark in {SeatMark.FREE, SeatMark.CHOSEN, SeatMark.OTHER}
        if has_number and plane.pitch >= _NUMBERS_FROM:
            is_chosen = mark is SeatMark.CHOSEN
            color = theme.on_accent if is_chosen else theme.panel.figure
            painter.setPen(QColor(theme.muted if mark is SeatMark.OTHER else color))
            painter.drawText(box, _CENTER, seat.number)


def paint_mark(painter: QPainter, box: QRectF, mark: SeatMark, theme: Theme) -> None:
    """Paint one seat, without its number."""
    painter.save()
    _FORMS[mark](painter, box, theme)
    painter.restore()


def _pen(color: str, width: float) -> QPen:
    pen = QPen(QColor(color), max(1.0, width))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen


def _paint_free(painter: QPainter, box: QRectF, theme: Theme) -> None:
    painter.setPen(_pen(theme.panel.figure, box.width() * 0.07))
    painter.setBrush(QColor(theme.panel.ground))
    painter.drawEllipse(box)


def _paint_chosen(painter: QPainter, box: QRectF, theme: Theme) -> None:
    painter.setPen(_pen(theme.page.figure, box.width() * 0.1))
    painter.setBrush(QColor(theme.accent))
    painter.drawRoundedRect(box, box.width() * 0.12, box.width() * 0.12)


def _paint_taken(painter: QPainter, box: QRectF, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.line))
    painter.drawEllipse(box.center(), box.width() * 0.22, box.width() * 0.22)


def _paint_other(painter: QPainter, box: QRectF, theme: Theme) -> None:
    pen = _pen(theme.muted, box.width() * 0.05)
    pen.setStyle(Qt.PenStyle.DotLine)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(box)


def _paint_killed(painter: QPainter, box: QRectF, theme: Theme) -> None:
    painter.setPen(_pen(theme.muted, box.width() * 0.09))
    half = box.width() * 0.22
    middle = box.center()
    for way in (1, -1):
        painter.drawLine(middle + QPointF(-half, -half * way), middle + QPointF(half, half * way))


def _paint_accessible(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """A wheelchair: a head, a back, a seat and a wheel."""
    _paint_square(painter, box, theme)
    painter.setPen(_pen(theme.panel.figure, box.width() * 0.08))
    side, left, top = box.width(), box.left(), box.top()
    painter.drawPolyline(
        QPolygonF(
            [
                QPointF(left + side * 0.44, top + side * 0.34),
                QPointF(left + side * 0.46, top + side * 0.58),
                QPointF(left + side * 0.66, top + side * 0.58),
                QPointF(left + side * 0.76, top + side * 0.8),
            ]
        )
    )
    wheel = QRectF(left + side * 0.24, top + side * 0.46, side * 0.38, side * 0.38)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(wheel, 100 * 16, 250 * 16)
    painter.setBrush(QColor(theme.panel.figure))
    painter.drawEllipse(QPointF(left + side * 0.43, top + side * 0.2), side * 0.07, side * 0.07)


def _paint_companion(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """A plus in a square: beside somebody."""
    _paint_square(painter, box, theme)
    painter.setPen(_pen(theme.panel.figure, box.width() * 0.1))
    middle, half = box.center(), box.width() * 0.24
    painter.drawLine(middle + QPointF(-half, 0), middle + QPointF(half, 0))
    painter.drawLine(middle + QPointF(0, -half), middle + QPointF(0, half))


def _paint_square(painter: QPainter, box: QRectF, theme: Theme) -> None:
    painter.setPen(_pen(theme.panel.figure, box.width() * 0.07))
    painter.setBrush(QColor(theme.panel.ground))
    painter.drawRect(box)


_FORMS: Final[Mapping[SeatMark, Callable[[QPainter, QRectF, Theme], None]]] = {
    SeatMark.FREE: _paint_free,
    SeatMark.ACCESSIBLE: _paint_accessible,
    SeatMark.COMPANION: _paint_companion,
    SeatMark.CHOSEN: _paint_chosen,
    SeatMark.TAKEN: _paint_taken,
    SeatMark.OTHER: _paint_other,
    SeatMark.KILLED: _paint_killed,
}


def _paint_points(
    painter: QPainter, plane: SeatPlane, points: Mapping[SeatMark, QPolygonF], theme: Theme
) -> None:
    """Paint seats from afar: what can be had is large and bright, the rest small and dim."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setTransform(plane.transform(), combine=True)
    large, small = max(1.0, plane.pitch * SEAT_SHARE), max(1.0, plane.pitch * 0.4)
    for mark, places in points.items():
        is_strong = mark in _STRONG
        color = theme.panel.figure if is_strong else theme.line
        width = large if is_strong else small
        if mark is SeatMark.CHOSEN:
            color, width = theme.accent, max(8.0, plane.pitch * 1.6)
        pen = QPen(QColor(color), width)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPoints(places)
    painter.restore()


def gather_points(picture: SeatPicture) -> dict[SeatMark, QPolygonF]:
    """Return where the seats of each mark are on the map."""
    found: dict[SeatMark, list[QPointF]] = {}
    for seat in picture.room.seat_map.seats:
        found.setdefault(picture.mark(seat), []).append(QPointF(seat.x, seat.y))
    return {mark: QPolygonF(places) for mark, places in found.items()}


def place_front(plane: SeatPlane, picture: SeatPicture) -> QRectF:
    """Return where the word for what everybody looks at stands."""
    metrics = QFontMetricsF(_front_font(plane))
    width = metrics.horizontalAdvance(TEXTS.say("seat.front")) + metrics.height() * 2
    middle = plane.place(*picture.room.focus)
    box = QRectF(middle.x() - width / 2, 0, width, metrics.height() * 1.1)
    box.moveBottom(middle.y() - plane.pitch * FRONT_PITCHES)
    return box


def _front_font(plane: SeatPlane) -> QFont:
    return make_font(max(FRONT_LEAST, min(22, round(plane.pitch * 0.6))), is_bold=True)


def _paint_front(painter: QPainter, plane: SeatPlane, picture: SeatPicture, theme: Theme) -> None:
    """Paint where everybody looks, with its word."""
    box = place_front(plane, picture)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.line))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(theme.page.ground))
    painter.setFont(_front_font(plane))
    painter.drawText(box, _CENTER, TEXTS.say("seat.front"))


def _paint_rows(
    painter: QPainter, area: QRectF, plane: SeatPlane, picture: SeatPicture, theme: Theme
) -> None:
    """Paint what rows are called, at both ends of each part."""
    painter.setFont(make_font(max(9, round(plane.pitch * 0.42)), is_bold=False))
    painter.setPen(QColor(theme.muted))
    wide = area.adjusted(-plane.pitch, -plane.pitch, plane.pitch, plane.pitch)
    for block in picture.room.blocks:
        for at in _ends(block, plane):
            if wide.contains(at):
                box = QRectF(0, 0, plane.pitch, plane.pitch)
                box.moveCenter(at)
                painter.drawText(box, _CENTER, block.seats[0].row)


def _ends(block: Block, plane: SeatPlane) -> tuple[QPointF, QPointF]:
    first, last = plane.place_of(block.seats[0]), plane.place_of(block.seats[-1])
    way = last - first
    length = (way.x() ** 2 + way.y() ** 2) ** 0.5
    step = QPointF(plane.pitch, 0) if not length else way * (plane.pitch / length)
    return first - step, last + step

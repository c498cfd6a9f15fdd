"""A map of seats: looked at whole, touched from near, walked by arrow keys.

What a seat is, is told by its form and fill as well as by its colour. Where seats are smaller than
a finger, the first touch brings them near and the second one takes one.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QInputDevice,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QSizePolicy, QWidget

from gatekeeper.presenters.colors import DARK, Theme
from gatekeeper.presenters.seat_picture import SeatPicture
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.widgets.seat_forms_and_colors import SeatMapPainter
from gatekeeper.ui.widgets.seat_plane import SeatPlane
from gatekeeper.wording.texts import TEXTS
from shared.seating.seat_map import Seat

_FINGER_SHARE: Final = 0.6
"""Seats stand apart by so much of a touch target at least to be taken by a finger."""
_MOUSE_PITCH: Final = 14
"""And by so many pixels for a mouse."""
_ZOOM: Final = 1.6
_TOUCHES_LEAST: Final = 3
WAYS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_NEARER: Final = frozenset({Qt.Key.Key_Plus, Qt.Key.Key_Equal})
_FARTHER: Final = frozenset({Qt.Key.Key_Minus})
_Shown = tuple[SeatPicture, tuple[float, float, float], QSize, Theme]
_SETTLE_MS: Final = 60
"""While a finger moves the map, what comes into sight is painted so long after it rests."""
_TAKES: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})


class SeatMapView(QWidget):
    """Shows a `SeatPicture`; a seat that is taken up or given back is told by `chosen`."""

    chosen = Signal(str)  # `seat:` and its id

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.setObjectName("seatMap")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(TEXTS.say("till.seats"))
        self.grabGesture(Qt.GestureType.PinchGesture)
        self._sizes, self._theme = sizes, DARK
        self._picture: SeatPicture | None = None
        self.plane = SeatPlane()
        self._cursor: Seat | None = None
        self._pressed_at: QPointF | None = None
        self._moved_from: QPointF | None = None
        self._is_whole = True
        self._painter = SeatMapPainter()
        self._layer: QPixmap | None = None
        self._layer_of: _Shown | None = None
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._repaint)

    @property
    def cursor_seat(self) -> Seat | None:
        """Where the keyboard stands."""
        return self._cursor

    def show_picture(self, picture: SeatPicture) -> None:
        """Show this."""
        if picture == self._picture:
            return
        before, self._picture = self._picture, picture
        if before is None or before.room is not picture.room:
            self.plane.set_room(picture.room)
            self._cursor, self._is_whole = None, True
            self._fit()
        self.update()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self.updateGeometry()
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Return room for a few fingers."""
        side = _TOUCHES_LEAST * self._sizes.touch_least
        return QSize(side, side)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Come nearer or go farther, by default around the middle; the whole map is the end."""
        middle = QPointF(self.width() / 2, self.height() / 2)
        self.plane.zoom(factor, middle if at is None else at, most=self._near())
        self._is_whole = self.plane.keep_inside(self.width(), self.height())
        self.update()

    def nearer(self) -> None:
        """Come nearer."""
        self.zoom(_ZOOM, self._cursor_at())

    def farther(self) -> None:
        """Go farther."""
        self.zoom(1 / _ZOOM, self._cursor_at())

    def take_key(self, key: int) -> bool:
        """Walk, zoom or take the seat by a key; tell whether it means one of these."""
        if key in _NEARER:
            self.nearer()
        elif key in _FARTHER:
            self.farther()
        elif key in WAYS:
            self._walk(*WAYS[Qt.Key(key)])
        elif key in _TAKES and self._cursor is not None:
            self.chosen.emit(f"seat:{self._cursor.id}")
            self._announce()
        else:
            return False
        return True

    # ---- Qt

    def event(self, event: QEvent) -> bool:
        """Take two fingers."""
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._pressed_at = None
                self.zoom(pinch.scaleFactor(), self.mapFromGlobal(pinch.centerPoint()))
                return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a touch, or to move the map."""
        self._pressed_at = self._moved_from = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the map under the finger."""
        if self._moved_from is None:
            return
        if self._pressed_at is not None and self._is_tap(event.position()):
            return
        self._pressed_at = None
        way = event.position() - self._moved_from
        self._moved_from = event.position()
        self.plane.move(way)
        self._is_whole = self.plane.keep_inside(self.width(), self.height())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take the seat that was touched, or bring it near."""
        is_tap = self._pressed_at is not None and self._is_tap(event.position())
        self._pressed_at = self._moved_from = None
        if not is_tap or self._picture is None:
            return
        is_finger = event.pointingDevice().type() == QInputDevice.DeviceType.TouchScreen
        least = self._sizes.touch_least * _FINGER_SHARE if is_finger else _MOUSE_PITCH
        if self.plane.pitch < min(least, self._near()):
            self.zoom(self._sizes.touch_least / self.plane.pitch, event.position())
            return
        seat = self.plane.seat_at(event.position())
        if seat is not None:
            self._cursor = None
            self.chosen.emit(f"seat:{seat.id}")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Come nearer where the mouse points."""
        if turn := event.angleDelta().y():
            self.zoom(_ZOOM if turn > 0 else 1 / _ZOOM, event.position())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the whole map, or as much of it as was shown."""
        self._fit()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        picture = self._picture
        if picture is None:
            return
        painter = QPainter(self)
        shown = (picture, self.plane.view, self.size(), self._theme)
        if self._layer is None or shown != self._layer_of:
            if self._can_shift(picture):
                self._settle.start()
            else:
                self._paint_layer(picture)
                self._layer_of = shown
        self._put_layer(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._cursor is not None:
            self._paint_cursor(painter, self._cursor)
        painter.end()

    # ---- inside

    def _can_shift(self, picture: SeatPicture) -> bool:
        """Tell whether what was painted is to be seen elsewhere only: a finger moves the map."""
        if self._layer is None or self._layer_of is None or self._moved_from is None:
            return False
        before, view, size, theme = self._layer_of
        same = before is picture and size == self.size() and theme is self._theme
        return same and view[0] == self.plane.view[0]

    def _paint_layer(self, picture: SeatPicture) -> None:
        ratio = self.devicePixelRatioF()
        layer = QPixmap(self.size() * ratio)
        layer.setDevicePixelRatio(ratio)
        layer.fill(Qt.GlobalColor.transparent)
        painter = QPainter(layer)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        self._painter.paint(painter, area, self.plane, picture, self._theme)
        painter.end()
        self._layer = layer

    def _put_layer(self, painter: QPainter) -> None:
        if self._layer is None or self._layer_of is None:
            return
        (scale, left, top), now = self._layer_of[1], self.plane.view
        painter.drawPixmap(QPointF((left - now[1]) * scale, (top - now[2]) * scale), self._layer)

    def _repaint(self) -> None:
        """Paint what came into sight while the map was moved."""
        self._layer = None
        self.update()

    def _near(self) -> float:
        """Return how far apart seats stand at most, in pixels."""
        return max(self._sizes.touch_least * 1.6, self.plane.fitting_pitch)

    def _fit(self) -> None:
        self.plane.fit(self.width(), self.height(), self._sizes.least, is_whole=self._is_whole)
        self.update()

    def _is_tap(self, at: QPointF) -> bool:
        if self._pressed_at is None:
            return False
        return (at - self._pressed_at).manhattanLength() < self._sizes.touch_least / 3

    def _cursor_at(self) -> QPointF | None:
        return None if self._cursor is None else self.plane.place_of(self._cursor)

    def _walk(self, x: int, y: int) -> None:
        """Go to the next seat that way; the first step is to the middle of what is seen."""
        if self._picture is None:
            return
        start = self._cursor
        middle = QPointF(self.width() / 2, self.height() / 2)
        found = self.plane.nearest(middle) if start is None else self.plane.beside(start, x, y)
        if found is None:
            return
        self._cursor = found
        if self.plane.pitch < self._sizes.least:
            self.zoom(self._sizes.touch_least / self.plane.pitch, self.plane.place_of(found))
        self.plane.reveal(found, self.width(), self.height(), self._sizes.touch_least)
        self._is_whole = self.plane.keep_inside(self.width(), self.height())
        self._announce()
        self.update()

    def _announce(self) -> None:
        if self._cursor is not None and self._picture is not None:
            said = self._picture.spell(self._cursor)
            self.setAccessibleDescription(said)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def _paint_cursor(self, painter: QPainter, seat: Seat) -> None:
        side = max(self.plane.pitch, self._sizes.least)
        box = QRectF(0, 0, side, side)
        box.moveCenter(self.plane.place_of(seat))
        pen = painter.pen()
        pen.setColor(self._theme.accent)
        pen.setWidth(max(3, self._sizes.px(5)))
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

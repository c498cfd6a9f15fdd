"""The sheet on which an organizer draws a seat map: choose, drag, and draw rows."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gatekeeper.organizer.prepare.seat_draft import SeatDraft
from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.seat_picture import SeatPicture
from gatekeeper.ui.widgets.seat_forms_and_colors import SEAT_SHARE, SeatMapPainter
from gatekeeper.ui.widgets.seat_map_view import WAYS
from gatekeeper.ui.widgets.seat_plane import SeatPlane
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import SeatId
from shared.seating.neighbouring_seats import SeatRows
from shared.seating.seat_map import HUNDREDTHS, PITCH, Seat, SeatKind, SeatMap

CHOOSE: Final = "choose"
ROW: Final = "row"
FOCUS: Final = "focus"
TOOLS: Final = (CHOOSE, ROW, FOCUS)
_DRAG_LEAST: Final = 8
_ZOOM: Final = 1.4
_PITCH_MOST: Final = 90.0
_SIDE_LEAST: Final = 260
_FAR: Final = 10
_ROOM: Final = SeatMap(
    (
        Seat(id=SeatId("1"), section="1", row="1", number="1", x=0, y=0),
        Seat(id=SeatId("2"), section="1", row="2", number="1", x=20 * PITCH, y=12 * PITCH),
    )
)
"""How large an empty sheet is."""


class SeatCanvas(QWidget):
    """Shows a draft and tells what a hand does on it; it changes nothing by itself but choices.

    Attributes:
        tool: What a drag does.
    """

    chose = Signal()
    drew_row = Signal(int, int, int, int)  # from where to where, in hundredths
    moved = Signal(int, int)  # the chosen seats, by hundredths
    put_focus = Signal(int, int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("seatCanvas")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(TEXTS.say("till.seats"))
        self.tool = CHOOSE
        self._theme = theme
        self.plane, self._painter = SeatPlane(), SeatMapPainter()
        self._draft = SeatDraft()
        self._room = SeatRows(_ROOM)
        self._picture = SeatPicture(self._room, frozenset())
        self._shown: tuple[Seat, ...] | None = None
        self._from: QPointF | None = None
        self._to: QPointF | None = None
        self._is_moving = False
        self._is_whole = True

    def show_draft(self, draft: SeatDraft) -> None:
        """Show a draft as it is now."""
        self._draft = draft
        seat_map = draft.seat_map()
        if self._shown is not draft.seats:
            self._shown = draft.seats
            self._room = SeatRows(seat_map if seat_map.seats else _ROOM)
        elif seat_map.seats:
            x, y = seat_map.focus_x, seat_map.focus_y
            if x is not None and y is not None:
                self._room.focus = (x, y)
        own = frozenset(one.id for one in seat_map.seats if one.kind is not SeatKind.KILLED)
        self._picture = SeatPicture(self._room, own, chosen=draft.selected)
        self.plane.set_room(self._room)
        self._fit()
        if len(draft.selected) == 1:
            self.setAccessibleDescription(self._spell_chosen())
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def nearer(self) -> None:
        """Come nearer."""
        self._zoom(_ZOOM, QPointF(self.width() / 2, self.height() / 2))

    def farther(self) -> None:
        """Go farther."""
        self._zoom(1 / _ZOOM, QPointF(self.width() / 2, self.height() / 2))

    def minimumSizeHint(self) -> QSize:
        """Return room to work in."""
        return QSize(_SIDE_LEAST, _SIDE_LEAST)

    # ---- Qt

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to choose, to move, or to draw."""
        at = event.position()
        self._from = self._to = at
        seat = self._seat_at(at)
        is_adding = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self._is_moving = (
            self.tool == CHOOSE
            and not is_adding
            and seat is not None
            and seat.id in self._draft.selected
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what the drag will do."""
        if self._from is not None:
            self._to = event.position()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Do it."""
        start, self._from = self._from, None
        self._to = None
        if start is None:
            return
        end = event.position()
        is_drag = (end - start).manhattanLength() >= _DRAG_LEAST
        (x1, y1), (x2, y2) = self._snapped(start), self._snapped(end)
        if self.tool == FOCUS:
            self.put_focus.emit(x2, y2)
        elif self.tool == ROW:
            if is_drag:
                self.drew_row.emit(x1, y1, x2, y2)
        elif self._is_moving and is_drag:
            x, y = self._way(start, end)
            self.moved.emit(x, y)
        else:
            self._choose(start, end, event, is_drag=is_drag)
        self._is_moving = False
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Choose the whole row."""
        seat = self._seat_at(event.position())
        if seat is not None and self.tool == CHOOSE:
            row = [
                x.id for x in self._draft.seats if (x.section, x.row) == (seat.section, seat.row)
            ]
            self._draft.select(row)
            self._from = None
            self.chose.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Come nearer where the mouse points."""
        if turn := event.angleDelta().y():
            self._zoom(_ZOOM if turn > 0 else 1 / _ZOOM, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move what is chosen by arrows; walk from seat to seat by Ctrl and arrows."""
        key = event.key()
        if key in WAYS:
            x, y = WAYS[Qt.Key(key)]
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._walk(x, y)
            elif self._draft.selected:
                is_far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                unit = HUNDREDTHS * (_FAR if is_far else 1)
                self.moved.emit(x * unit, y * unit)
            else:
                self._walk(x, y)
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.nearer()
        elif key == Qt.Key.Key_Minus:
            self.farther()
        elif key == Qt.Key.Key_Escape and self._draft.selected:
            self._draft.select(())
            self.chose.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the whole sheet, or as much of it as was shown."""
        self._fit()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the seats, and what the hand draws."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.panel.ground))
        if self._draft.seats:
            area = QRectF(self.rect())
            self._painter.paint(painter, area, self.plane, self._picture, self._theme)
        if self._from is not None and self._to is not None:
            self._paint_drag(painter, self._from, self._to)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    # ---- inside

    def _paint_drag(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        pen = QPen(QColor(self._theme.accent), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.tool == ROW:
            (x1, y1), (x2, y2) = self._snapped(start), self._snapped(end)
            first, last = self.plane.place(x1, y1), self.plane.place(x2, y2)
            painter.drawLine(first, last)
            length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
            count = round(length / PITCH) + 1
            painter.drawText(last + QPointF(12, -12), str(count))
        elif self._is_moving:
            way = end - start
            side = self.plane.pitch * SEAT_SHARE
            chosen = self._draft.selected
            for seat in self.plane.seen(QRectF(self.rect())):
                if seat.id in chosen:
                    box = QRectF(0, 0, side, side)
                    box.moveCenter(self.plane.place_of(seat) + way)
                    painter.drawRect(box)
        elif self.tool == CHOOSE:
            painter.drawRect(QRectF(start, end).normalized())

    def _choose(self, start: QPointF, end: QPointF, event: QMouseEvent, *, is_drag: bool) -> None:
        """Choose a seat besides the others, or give it up; choose all in a box, or none."""
        chosen = self._draft.selected
        if is_drag:
            more = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
            before = chosen if event.modifiers() & more else frozenset()
            box = QRectF(start, end).normalized()
            found = {x.id for x in self._draft.seats if box.contains(self.plane.place_of(x))}
            self._draft.select(before | found)
        else:
            # A finger has no Ctrl key: each tap adds a seat, or takes it out again.
            seat = self._seat_at(end)
            self._draft.select(frozenset() if seat is None else chosen ^ {seat.id})
        self.chose.emit()

    def _walk(self, x: int, y: int) -> None:
        """Choose the next seat that way."""
        if not self._draft.seats:
            return
        start = next((one for one in self._draft.seats if one.id in self._draft.selected), None)
        middle = QPointF(self.width() / 2, self.height() / 2)
        found = self.plane.nearest(middle) if start is None else self.plane.beside(start, x, y)
        if found is not None:
            self._draft.select([found.id])
            self.plane.reveal(found, self.width(), self.height(), round(self.plane.pitch))
            self.chose.emit()

    def _spell_chosen(self) -> str:
        (chosen,) = self._draft.selected
        seat = self._room.by_id[chosen]
        return TEXTS.say("verdict.seat", section=seat.section, row=seat.row, seat=seat.number)

    def _seat_at(self, at: QPointF) -> Seat | None:
        return self.plane.seat_at(at) if self._draft.seats else None

    def _snapped(self, at: QPointF) -> tuple[int, int]:
        """Return a place in hundredths, at half steps of a seat."""
        x, y = self.plane.back(at)
        step = PITCH // 2
        return round(x / step) * step, round(y / step) * step

    def _way(self, start: QPointF, end: QPointF) -> tuple[int, int]:
        (x1, y1), (x2, y2) = self.plane.back(start), self.plane.back(end)
        step = PITCH // 4
        return round((x2 - x1) / step) * step, round((y2 - y1) / step) * step

    def _zoom(self, factor: float, at: QPointF) -> None:
        self.plane.zoom(factor, at, most=max(_PITCH_MOST, self.plane.fitting_pitch))
        self._is_whole = self.plane.keep_inside(self.width(), self.height())
        self.update()

    def _fit(self) -> None:
        self.plane.fit(self.width(), self.height(), 12, is_whole=self._is_whole)

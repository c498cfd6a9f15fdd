"""The part of a page that scrolls where it has no room; what is secondary is dropped first.

With `gatekeeper/presenters/sizes.py` this is the one rule of how pages fit on any panel: a page
puts what must stay at its foot, all else into a `ScrollBody`, and names what may be left out.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QObject,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPolygonF,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QScroller,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import edge_to_edge, fill

_TURN_SHARE: Final = 0.8
"""An arrow turns by so much of what is seen, so that the last line is seen again as the first."""
_FITS_MOST: Final = 3
"""What is laid out anew at another width may ask for another height once more."""
_SETTLED_MS: Final = 50
"""How often it is looked whether a finger is still down."""
_TRACK_OPACITY: Final = 0.18
_THUMB_OPACITY: Final = 0.6
_OFF_OPACITY: Final = 0.3


class ScrollRail(QWidget):
    """An arrow up, how far one is, an arrow down: each as large as a finger."""

    turned = Signal(int)  # -1 is up, 1 is down

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.setObjectName("scrollRail")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._value, self._most, self._seen = 0, 0, 1
        self.set_sizes(sizes)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._touch = sizes.small_touch
        self.setFixedWidth(self._touch)
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Return room for the two arrows."""
        return QSize(self._touch, 2 * self._touch)

    def arrows(self) -> tuple[QRectF, QRectF]:
        """Return where a finger turns up and down."""
        side = float(min(self._touch, self.height() // 2))
        top = QRectF(0, 0, self.width(), side)
        return top, QRectF(0, self.height() - side, self.width(), side)

    def show_place(self, value: int, most: int, seen: int) -> None:
        """Show which part is seen.

        Args:
            value: Pixels above it.
            most: The largest that `value` can be.
            seen: Its height.
        """
        if (value, most, seen) != (self._value, self._most, self._seen):
            self._value, self._most, self._seen = value, most, seen
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Turn towards the half that was touched."""
        self.turned.emit(-1 if event.position().y() < self.height() / 2 else 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint arrows, track and thumb in the colour of texts."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.WindowText))
        above, below = self.arrows()
        for box, sign, is_on in (
            (above, -1, self._value > 0),
            (below, 1, self._value < self._most),
        ):
            painter.setOpacity(1.0 if is_on else _OFF_OPACITY)
            middle, half = box.center(), box.width() * 0.22
            painter.drawPolygon(
                QPolygonF(
                    [
                        middle + QPointF(-half, -half * sign * 0.6),
                        middle + QPointF(half, -half * sign * 0.6),
                        middle + QPointF(0, half * sign * 0.8),
                    ]
                )
            )
        width = self.width() * 0.2
        track = QRectF((self.width() - width) / 2, above.bottom(), width, 0)
        track.setBottom(max(track.top(), below.top()))
        painter.setOpacity(_TRACK_OPACITY)
        painter.drawRoundedRect(track, width / 2, width / 2)
        whole = max(1, self._most + self._seen)
        thumb = QRectF(track)
        thumb.setTop(track.top() + track.height() * self._value / whole)
        thumb.setHeight(max(width, track.height() * self._seen / whole))
        painter.setOpacity(_THUMB_OPACITY)
        painter.drawRoundedRect(thumb.intersected(track), width / 2, width / 2)
        painter.end()


class ScrollBody(QWidget):
    """A column that scrolls by finger, arrow and key, and only where it must.

    Args:
        sizes: The design's sizes in pixels.
        is_text: Whether it is read: its lines are no wider than eyes find back from.
    """

    def __init__(self, sizes: Sizes, *, is_text: bool = False) -> None:
        super().__init__()
        self._is_text, self._sizes = is_text, sizes
        self._is_fitting = self._is_dragged = False
        self._settle = QTimer(self, singleShot=True)
        self._settle.timeout.connect(self._let_drag)
        self._spare: list[QWidget] = []
        self._unwanted: set[QWidget] = set()
        self.content = QWidget()
        self.content.setObjectName("scrollContent")
        self.column = edge_to_edge(QVBoxLayout(self.content))
        # The content's size is chosen here, not by its layout.
        self.column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.content.installEventFilter(self)
        self.area = QScrollArea()
        self.area.setObjectName("scrollArea")
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.area.setHorizontalScrollBarPolicy(off)
        self.area.setVerticalScrollBarPolicy(off)
        self.area.setWidget(self.content)
        self.rail = ScrollRail(sizes)
        self.rail.turned.connect(self.turn)
        self.rail.hide()
        self._row = edge_to_edge(QHBoxLayout(self))
        self._row.setSpacing(0)
        fill(self._row, (self.area, 1), self.rail)
        bar = self.area.verticalScrollBar()
        bar.valueChanged.connect(self._tell_rail)
        bar.rangeChanged.connect(self._tell_rail)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self.column.setSpacing(sizes.gap)
        self.rail.set_sizes(sizes)
        self.fit()

    def may_drop(self, *parts: QWidget) -> None:
        """Name what is left out where there is no room, the least important first."""
        self._spare += parts

    def set_wanted(self, part: QWidget, *, is_wanted: bool) -> None:
        """Say whether something is to be seen at all, as far as there is room."""
        if is_wanted:
            self._unwanted.discard(part)
        else:
            self._unwanted.add(part)
        self.fit()

    @property
    def can_scroll(self) -> bool:
        """Whether not everything is seen at once."""
        return self._overhang() > 0

    def show_top(self) -> None:
        """Begin at the beginning."""
        self.area.verticalScrollBar().setValue(0)

    def reveal(self, part: QWidget) -> None:
        """Bring something into view."""
        self.fit()
        self.area.ensureWidgetVisible(part, 0, self._sizes.gap)

    def turn(self, way: int) -> None:
        """Go up (-1) or down (1) by what is seen."""
        bar = self.area.verticalScrollBar()
        bar.setValue(bar.value() + way * int(self.area.viewport().height() * _TURN_SHARE))

    def take_key(self, key: int) -> bool:
        """Scroll if a key means that; tell whether it does."""
        ways = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageDown: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageUp: -1,
        }
        way = ways.get(Qt.Key(key), 0)
        if way:
            self.turn(way)
        return bool(way)

    def sizeHint(self) -> QSize:
        """Return nothing special: it takes the room that is left."""
        return QSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        """Return room to read a line and to touch."""
        return QSize(0, self._sizes.touch_least)

    def showEvent(self, event: QShowEvent) -> None:
        """Make room for what changed meanwhile."""
        super().showEvent(event)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drop and scroll anew."""
        super().resizeEvent(event)
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what changes inside."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.content:
            self.fit()
        return False

    def fit(self) -> None:
        """Show what is wanted, drop what has no room, scroll what is left."""
        if self._is_fitting or self.height() <= 0:
            return
        self._is_fitting = True
        try:
            for _ in range(_FITS_MOST):
                given = self._fit()
                if self._needed(self._column_width()) <= given:
                    break
        finally:
            # What was shown and hidden meanwhile has been laid out already; a layout that is not
            # active would not tell of the next change.
            self.column.activate()
            QCoreApplication.removePostedEvents(self.content, QEvent.Type.LayoutRequest.value)
            self._is_fitting = False

    def _fit(self) -> int:
        whole, height = self.width(), self.height()
        wanted = [part for part in self._spare if self._is_wanted(part)]
        for part in self._spare:
            if part.isHidden() == (part in wanted):
                part.setVisible(part in wanted)
        needed = self._needed(whole)
        for part in wanted:
            if needed <= height:
                break
            part.hide()
            needed = self._needed(whole)
        must_scroll = needed > height
        width = whole
        if must_scroll:
            width = whole - self.rail.width()
            needed = self._needed(width)
        self._show_rail(is_needed=must_scroll)
        inset = max(0, (width - self._sizes.measure) // 2) if self._is_text else 0
        self.column.setContentsMargins(inset, 0, inset, 0)
        self.content.resize(width, max(needed, height))
        self.column.activate()
        self._tell_rail()
        return max(needed, height)

    def _column_width(self) -> int:
        return self.width() - (0 if self.rail.isHidden() else self.rail.width())

    def _is_wanted(self, part: QWidget) -> bool:
        if part in self._unwanted:
            return False
        return not isinstance(part, QLabel) or bool(part.text())

    def _needed(self, width: int) -> int:
        self.column.invalidate()
        if self._is_text:
            # Margins that center the column are in the width that the layout is asked for.
            margins = self.column.contentsMargins()
            width = min(width, self._sizes.measure) + margins.left() + margins.right()
        if self.column.hasHeightForWidth():
            return self.column.totalHeightForWidth(width)
        return self.column.totalSizeHint().height()

    def _show_rail(self, *, is_needed: bool) -> None:
        if self.rail.isHidden() is not is_needed:
            return
        self.rail.setVisible(is_needed)
        self._row.activate()  # what is seen changes its width now, not with the next event
        self._settle.start(0)

    def _let_drag(self) -> None:
        """Let a finger drag what scrolls, and touch at once what does not.

        Never in the middle of a touch: a drag's recognizer hands a short touch on as a click, and
        would be gone when it comes back from a click after which the page needs no scrolling.
        """
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._settle.start(_SETTLED_MS)
            return
        is_needed, view = not self.rail.isHidden(), self.area.viewport()
        if is_needed is self._is_dragged:
            return
        self._is_dragged = is_needed
        if is_needed:
            QScroller.grabGesture(view, QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        else:
            QScroller.ungrabGesture(view)

    def _overhang(self) -> int:
        return self.content.height() - self.height()

    def _tell_rail(self) -> None:
        bar = self.area.verticalScrollBar()
        self.rail.show_place(bar.value(), max(0, self._overhang()), self.height())

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.content.isAncestorOf(now):
            self.area.ensureWidgetVisible(now, 0, self._sizes.gap)

"""A map of seats with its keys and what its forms mean."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import DARK, Theme
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.seat_picture import SeatMark, SeatPicture, spell_mark
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.seat_forms_and_colors import paint_mark
from gatekeeper.ui.widgets.seat_map_view import SeatMapView
from gatekeeper.ui.widgets.window_fonts import make_font
from gatekeeper.wording.texts import TEXTS
from shared.seating.seat_map import SeatKind

_ALWAYS: Final = (SeatMark.FREE, SeatMark.CHOSEN, SeatMark.TAKEN)
_BY_KIND: Final = {
    SeatKind.ACCESSIBLE: SeatMark.ACCESSIBLE,
    SeatKind.COMPANION: SeatMark.COMPANION,
    SeatKind.KILLED: SeatMark.KILLED,
}
_LEGEND_FROM: Final = 6
"""The legend is shown where the panel is so many touches high."""


class SeatPanel(QWidget):
    """The map, two keys to come nearer and go farther, and a legend."""

    chosen = Signal(str)  # `seat:` and its id

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.map = SeatMapView(sizes)
        self.map.chosen.connect(self.chosen)
        self.keys = ActionGrid(sizes, 1, word_width=0, takes_focus=False)
        self.keys.set_sign_keys()
        self.keys.set_letters(1.8)
        self.keys.chosen.connect(self._press)
        self.keys.show_options(
            [
                Option("nearer", "+", spoken=TEXTS.say("seat.nearer")),
                Option("farther", "−", spoken=TEXTS.say("seat.farther")),
            ]
        )
        self.legend = SeatLegend(sizes)
        self._sizes, self._has_legend = sizes, True
        across = fill(QHBoxLayout(), (self.map, 1))
        side = fill(QVBoxLayout(), self.keys, STRETCH)
        across.addLayout(side)
        fill(edge_to_edge(QVBoxLayout(self)), (across, 1), self.legend)
        self.set_sizes(sizes)

    def show_picture(self, picture: SeatPicture) -> None:
        """Show this."""
        self.map.show_picture(picture)
        self.legend.show_picture(picture)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self.map.set_sizes(sizes)
        self.keys.set_sizes(sizes)
        self.keys.setFixedWidth(sizes.small_touch)
        self.legend.set_sizes(sizes)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.map.set_theme(theme)
        self.keys.set_look(theme.buttons)
        self.legend.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the legend out where the map has no room."""
        self._show_legend()
        super().resizeEvent(event)

    def allow_legend(self, *, is_allowed: bool) -> None:
        """Let the legend be seen as far as the map has room, or not at all."""
        self._has_legend = is_allowed
        self._show_legend()

    def _show_legend(self) -> None:
        is_high = self.height() >= _LEGEND_FROM * self._sizes.touch_least
        self.legend.setVisible(self._has_legend and is_high)

    def _press(self, key: str) -> None:
        if key == "nearer":
            self.map.nearer()
        else:
            self.map.farther()


class SeatLegend(QWidget):
    """Says what the forms on a map mean, in as many lines as it needs."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._sizes, self._theme = sizes, DARK
        self._marks: tuple[SeatMark, ...] = _ALWAYS
        self._room: object = None
        self._kinds: tuple[SeatMark, ...] = ()

    def show_picture(self, picture: SeatPicture) -> None:
        """Say what this map has."""
        if picture.room is not self._room:
            self._room = picture.room
            kinds = {seat.kind for seat in picture.room.seat_map.seats}
            self._kinds = tuple(_BY_KIND[one] for one in _BY_KIND if one in kinds)
        offer = picture.offer
        is_limited = offer is not None and bool(offer.categories or offer.sections)
        marks = _ALWAYS + ((SeatMark.OTHER,) if is_limited else ()) + self._kinds
        if marks != self._marks:
            self._marks = marks
            self.updateGeometry()
        said = TEXTS.list(spell_mark(mark) for mark in self._marks)
        self.setAccessibleName(said)
        self.update()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for a line."""
        return QSize(0, self.heightForWidth(max(1, self.width())))

    def minimumSizeHint(self) -> QSize:
        """Return room for what its width needs."""
        return self.sizeHint()

    def heightForWidth(self, width: int) -> int:
        """Return what its lines need at a width."""
        return round(max((box.bottom() for box, _ in self._places(width)), default=0.0)) + 1

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint forms and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font())
        is_turned = self.isRightToLeft()
        for box, mark in self._places(self.width()):
            place = QRectF(box)
            if is_turned:
                place.moveLeft(self.width() - box.right())
            side = place.height() * 0.8
            form = QRectF(place.left(), place.top() + place.height() * 0.1, side, side)
            words = QRectF(place)
            if is_turned:
                form.moveRight(place.right())
                words.setRight(form.left() - side * 0.4)
            else:
                words.setLeft(form.right() + side * 0.4)
            paint_mark(painter, form, mark, self._theme)
            painter.setPen(QColor(self._theme.page.figure))
            painter.drawText(words, self._sides(), spell_mark(mark))
        painter.end()

    def _sides(self) -> int:
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        return (side | middle | Qt.TextFlag.TextDontClip).value

    def _font(self) -> QFont:
        return make_font(max(self._sizes.least, self._sizes.px(26)), is_bold=False)

    def _places(self, width: int) -> list[tuple[QRectF, SeatMark]]:
        """Return where each form and its words stand, from the left."""
        metrics = QFontMetricsF(self._font())
        height, gap = metrics.height() * 1.15, metrics.height() * 0.9
        found: list[tuple[QRectF, SeatMark]] = []
        left = top = 0.0
        for mark in self._marks:
            wide = height * 1.2 + metrics.horizontalAdvance(spell_mark(mark)) + 2
            if left and left + wide > width:
                left, top = 0.0, top + height
            found.append((QRectF(left, top, wide, height), mark))
            left += wide + gap
        return found

"""The last scans, newest on top: sign, word, ticket and time of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gatekeeper.presenters.colors import DARK, Look, ScreenState, Theme
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.icons import draw_icon
from gatekeeper.ui.phrases import call_by
from gatekeeper.ui.widgets.text_fitting import make_font
from gatekeeper.wording.texts import TEXTS

KEPT_COUNT: Final = 30
_ROW_FACTOR: Final = 2.0


class PastScan(NamedTuple):
    """A line of the list."""

    state: ScreenState
    icon: str
    word: str
    ticket: str
    time: str

    @property
    def spoken(self) -> str:
        """As a screen reader says it."""
        return " ".join(part for part in (self.word, self.ticket, self.time) if part)


class RecentScans(QWidget):
    """A short history; it shows as many lines as there is room for.

    Args:
        family: The font.
        sizes: The design's sizes in pixels.
    """

    def __init__(self, family: str, sizes: Sizes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recentScans")
        call_by(self, "name.recent")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._family, self._sizes, self._theme = family, sizes, DARK
        self._scans: deque[PastScan] = deque(maxlen=KEPT_COUNT)

    @property
    def scans(self) -> tuple[PastScan, ...]:
        """All that it keeps, newest first."""
        return tuple(self._scans)

    def add(self, scan: PastScan) -> None:
        """Put a scan on top."""
        self._scans.appendleft(scan)
        self._tell()

    def fill(self, scans: Iterable[PastScan]) -> None:
        """Replace the list, newest first."""
        self._scans = deque(list(scans)[:KEPT_COUNT], maxlen=KEPT_COUNT)
        self._tell()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the title and the lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(self.layoutDirection())
        row = self._sizes.staff * _ROW_FACTOR
        painter.setPen(QColor(self._theme.muted))
        painter.setFont(make_font(self._family, self._sizes.staff, is_bold=True))
        painter.drawText(QRectF(0, 0, self.width(), row), _LEFT, TEXTS.say("recent.title"))
        if not self._scans:
            painter.setFont(make_font(self._family, self._sizes.staff, is_bold=False))
            box = QRectF(0, row, self.width(), row)
            painter.drawText(box, _LEFT, TEXTS.say("recent.none"))
        for index, scan in enumerate(self._scans):
            top = row * (index + 1)
            if top + row > self.height():
                break
            self._draw_scan(painter, scan, QRectF(0, top, self.width(), row))
        painter.end()

    def _draw_scan(self, painter: QPainter, scan: PastScan, box: QRectF) -> None:
        side = self._sizes.staff * 1.25
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = box.right() - side if is_mirrored else box.left()
        sign = QRectF(left, box.center().y() - side / 2, side, side)
        draw_icon(painter, scan.icon, sign, self._sign_look(scan.state))
        painter.setPen(QColor(self._theme.page.figure))
        font = make_font(self._family, self._sizes.staff, is_bold=False)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        time_width = metrics.horizontalAdvance(scan.time)
        before, after = side * 1.4, time_width + self._sizes.gap
        text_box = box.adjusted(before, 0, -after, 0)
        if is_mirrored:
            text_box = box.adjusted(after, 0, -before, 0)
        said = f"{scan.word} {scan.ticket}".strip()
        if metrics.horizontalAdvance(said) > text_box.width():
            said = scan.word
        word = metrics.elidedText(said, Qt.TextElideMode.ElideRight, text_box.width())
        painter.drawText(text_box, _LEFT, word)
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(box, _RIGHT, scan.time)

    def _sign_look(self, state: ScreenState) -> Look:
        colors = {
            ScreenState.ADMIT: self._theme.good,
            ScreenState.DENY: self._theme.bad,
            ScreenState.REFER: self._theme.warn,
            ScreenState.EXIT: self._theme.accent,
        }
        return Look(self._theme.page.ground, colors.get(state, self._theme.muted))

    def _tell(self) -> None:
        self.setAccessibleDescription(". ".join(scan.spoken for scan in self._scans))
        self.update()


_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

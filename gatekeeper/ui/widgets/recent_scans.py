"""The last scans, newest on top: sign, word, ticket and time, worded by `ui/gate/scan_flow.py`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gatekeeper.presenters.colors import DARK, Look, ScreenState, Theme
from gatekeeper.presenters.gate.verdict_content import VerdictContent
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.icons import draw_icon
from gatekeeper.ui.widget_texts import call_by
from gatekeeper.ui.widgets.text_fitting import FittedText, PaintedText, TextFitter
from gatekeeper.ui.widgets.window_fonts import make_font
from gatekeeper.wording.texts import TEXTS

FORMER_SCANS: Final = 20
"""Scans of earlier runs that are listed again when the gate is opened."""

SCANS_LISTED_MAX: Final = 30
"""The newest scans that the list beside a gate's screen keeps."""

_ROW_FACTOR: Final = 2.0
_ROWS_LEAST: Final = 3
"""A list of fewer lines than a title and two scans is left out."""
_SIGN_ROOM: Final = 1.4


class PastScan(NamedTuple):
    """A line of the list."""

    state: ScreenState
    icon: str
    word: str
    ticket: str
    time: str
    claim_id: str = ""

    @property
    def spoken(self) -> str:
        """As a screen reader says it."""
        return " ".join(part for part in (self.word, self.ticket, self.time) if part)


class RecentScans(QWidget):
    """A short history; it shows as many lines as there is room for."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.setObjectName("recentScans")
        call_by(self, "name.recent")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._sizes, self._theme = sizes, DARK
        self._scans: deque[PastScan] = deque(maxlen=SCANS_LISTED_MAX)

    @property
    def scans(self) -> tuple[PastScan, ...]:
        """All that it keeps, newest first."""
        return tuple(self._scans)

    def add(self, scan: PastScan) -> None:
        """Put a scan on top."""
        self._scans.appendleft(scan)
        self._tell()

    def take_back(self, claim_id: str, undone: VerdictContent) -> None:
        """Say of the scans under a claim what the screen says of an admission taken back."""
        state, icon, word = undone.state, undone.icon, undone.word
        self.fill(
            scan._replace(state=state, icon=icon, word=word) if scan.claim_id == claim_id else scan
            for scan in self._scans
        )

    def fill(self, scans: Iterable[PastScan]) -> None:
        """Replace the list, newest first."""
        self._scans = deque(list(scans)[:SCANS_LISTED_MAX], maxlen=SCANS_LISTED_MAX)
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
        if self.height() < row * _ROWS_LEAST:
            painter.end()
            return
        painter.setPen(QColor(self._theme.muted))
        self._draw_words(painter, QRectF(0, 0, self.width(), row), "recent.title", is_bold=True)
        if not self._scans:
            box = QRectF(0, row, self.width(), self.height() - row)
            self._draw_words(painter, box, "recent.none", is_bold=False)
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
        said, px, has_time = self._fit_line(scan)
        painter.setFont(make_font(px, is_bold=False))
        inset = side * _SIGN_ROOM
        text_box = box.adjusted(0, 0, -inset, 0) if is_mirrored else box.adjusted(inset, 0, 0, 0)
        painter.drawText(text_box, _LEFT, said)
        if has_time:
            painter.setFont(make_font(self._sizes.staff, is_bold=False))
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(box, _RIGHT, scan.time)

    def painted_texts(self) -> list[PaintedText]:
        """Return what stands where, for those who look whether it has room."""
        row, placed = self._sizes.staff * _ROW_FACTOR, []
        if self.height() < row * _ROWS_LEAST:
            return []
        if not self._scans:
            none = self._fit_words("recent.none", is_bold=False)
            box = QRectF(0, row, self.width(), (row + none.height + none.line_height) / 2)
            return [PaintedText(" ".join(none.lines), box, none.px)]
        left = self._sizes.staff * 1.25 * _SIGN_ROOM
        for index, scan in enumerate(self._scans):
            top = row * (index + 1)
            if top + row > self.height():
                break
            said, px, _ = self._fit_line(scan)
            font = make_font(px, is_bold=False)
            width = QFontMetricsF(font).horizontalAdvance(said)
            placed.append(PaintedText(said, QRectF(left, top, width, row), px))
        return placed

    def _fit_line(self, scan: PastScan) -> tuple[str, float, bool]:
        """Return words, their size, and whether the time has room beside them."""
        staff, least = self._sizes.staff, self._sizes.least
        whole = self.width() - staff * 1.25 * _SIGN_ROOM - 1
        plain = make_font(staff, is_bold=False)
        time_width = QFontMetricsF(plain).horizontalAdvance(scan.time) + self._sizes.gap
        said = f"{scan.word} {scan.ticket}".strip()
        for text, px, has_time in (
            (said, staff, True),
            # Which ticket it was is asked for where it was refused: smaller, but there.
            (said, int(staff * 0.85), True),
            (said, int(staff * 0.7), True),
            (scan.word, staff, True),
            (scan.word, int(staff * 0.85), True),
            (scan.word, staff, False),
            (scan.word, int(staff * 0.7), False),
        ):
            size = max(least, px)
            metrics = QFontMetricsF(make_font(size, is_bold=False))
            if metrics.horizontalAdvance(text) <= whole - (time_width if has_time else 0):
                return text, size, has_time
        fitter = TextFitter(is_bold=False, width=max(1, whole))
        fitted = fitter.fit(scan.word, preferred=least, minimum=least)
        return fitted.lines[0], fitted.px, False

    def _draw_words(self, painter: QPainter, box: QRectF, key: str, *, is_bold: bool) -> None:
        fitted = self._fit_words(key, is_bold=is_bold)
        painter.setFont(make_font(fitted.px, is_bold=is_bold))
        line = QRectF(box.left(), box.top(), box.width(), self._sizes.staff * _ROW_FACTOR)
        for text in fitted.lines:
            painter.drawText(line, _LEFT, text)
            line.translate(0, fitted.line_height)

    def _fit_words(self, key: str, *, is_bold: bool) -> FittedText:
        fitter = TextFitter(is_bold=is_bold, width=max(1, self.width()))
        staff, least = self._sizes.staff, self._sizes.least
        return fitter.fit(TEXTS.say(key), preferred=staff, minimum=max(least, int(staff * 0.8)))

    def _sign_look(self, state: ScreenState) -> Look:
        colors = {
            ScreenState.ADMIT: self._theme.good,
            ScreenState.DENY: self._theme.refused,
            ScreenState.REFER: self._theme.warn,
            ScreenState.EXIT: self._theme.accent,
        }
        return Look(self._theme.page.ground, colors.get(state, self._theme.muted))

    def _tell(self) -> None:
        self.setAccessibleDescription(". ".join(scan.spoken for scan in self._scans))
        self.update()


_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

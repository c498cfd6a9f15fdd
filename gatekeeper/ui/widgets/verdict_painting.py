"""The middle of the gate's screen: icon, word, reason, fact and next step, painted large."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gatekeeper.presenters.colors import Look
from gatekeeper.presenters.gate.verdict_content import VerdictContent
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.icons import draw_icon
from gatekeeper.ui.widgets.text_fitting import FittedText, PaintedText, TextFitter
from gatekeeper.ui.widgets.verdict_layout import Area, PlacedText, VerdictLayout, lay_out_verdict
from gatekeeper.ui.widgets.window_fonts import make_font

_TICK_MS: Final = 100
_STAFF_SHARE: Final = 0.2
"""The staff's lines take no more of the height than that, as far as letters may shrink."""


class VerdictPanel(QWidget):
    """Shows one verdict on the ground that its parent paints."""

    resized = Signal()

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.setObjectName("verdictPanel")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._sizes = sizes
        self.content: VerdictContent | None = None
        self._look = Look("#101418", "#FFFFFF")
        self._icon_look = self._look
        self._previous = ""
        self._layout: VerdictLayout | None = None
        self._page_size = QSize(1, 1)
        self._shown = QElapsedTimer()
        self._strip = QTimer(self, interval=_TICK_MS)
        self._strip.timeout.connect(self._update_strip)

    def set_page_size(self, size: QSize) -> None:
        """Know the size of the page that it stands on, of which its icon is a share."""
        if size != self._page_size:
            self._page_size = size
            self._layout = None
            self.update()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes, after the window moved to another screen or changed its own."""
        self._sizes = sizes
        self._layout = None
        self.update()

    def show_content(
        self,
        content: VerdictContent,
        look: Look,
        *,
        previous: str = "",
        icon_look: Look | None = None,
    ) -> None:
        """Show a verdict at once.

        Args:
            content: What to say.
            look: The ground, which the parent paints, and the figure.
            previous: A small line on the scan before, for two in quick succession.
            icon_look: Other colours for the icon, where the ground is not the verdict's.
        """
        self.content, self._look, self._previous = content, look, previous
        self._icon_look = icon_look or look
        self._layout = None
        self._shown.start()
        if content.stays_ms > 0:
            self._strip.start()
        else:
            self._strip.stop()
        self.setAccessibleName(content.spoken)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, content.spoken))
        self.update()

    def set_note(self, note: str) -> None:
        """Say something small beside the staff's line, such as how long the lane is held."""
        if note != self._previous:
            before = self.content and self._staff_height()
            self._previous = note
            if self.content and self._staff_height() != before:
                self._layout = None
            self.update()

    def hideEvent(self, event: object) -> None:
        """Stop what moves while nobody sees it."""
        self._strip.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        self._layout = None
        super().resizeEvent(event)
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the verdict."""
        if self.content is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(self.layoutDirection())
        painter.setPen(self._look.figure)
        layout = self._lay_out(self.content)
        draw_icon(painter, self.content.icon, layout.icon, self._icon_look)
        for placed in (layout.word, *layout.lines):
            self._draw_text(painter, placed)
        self._draw_staff_lines(painter)
        self._draw_strip(painter)
        painter.end()

    def layout_now(self) -> VerdictLayout | None:
        """Return where things stand, for tests of the picture."""
        return None if self.content is None else self._lay_out(self.content)

    def _lay_out(self, content: VerdictContent) -> VerdictLayout:
        if self._layout is None:
            # Of the whole page, which may be one of several on a screen.
            width, height = self._page_size.width(), self._page_size.height()
            area = Area(
                width=self.width(),
                height=self.height() - self._staff_height(),
                window_height=height,
                window_short_side=min(width, height),
            )
            self._layout = lay_out_verdict(content, area, self._sizes)
        return self._layout

    def _draw_text(self, painter: QPainter, placed: PlacedText) -> None:
        painter.setFont(make_font(placed.text.px, is_bold=placed.is_bold))
        for index, line in enumerate(placed.text.lines):
            top = placed.top + index * placed.text.line_height
            box = QRectF(0, top, self.width(), placed.text.line_height)
            painter.drawText(box, _CENTERED, line)

    def _staff_height(self) -> float:
        return self._fit_staff().height + self._sizes.floor * 0.4

    def _fit_staff(self) -> FittedText:
        """Return the staff's lines: what was before is dropped first, then they shrink."""
        assert self.content is not None
        said, sizes = self.content.staff, self._sizes
        whole = " · ".join(part for part in (said, self._previous) if part)
        width = self.width() - 2 * sizes.margin
        fitter = TextFitter(is_bold=False, width=max(1, width))
        smaller = max(sizes.least, int(sizes.staff * 0.8))
        fitted = fitter.fit(whole, preferred=sizes.staff, minimum=smaller)
        if len(fitted.lines) > 1:
            one = fitter.fit(said, preferred=sizes.staff, minimum=smaller)
            fitted = one if one.height < fitted.height and said else fitted
        if len(fitted.lines) > 1 and fitted.height > self.height() * _STAFF_SHARE:
            fitted = fitter.fit(said, preferred=sizes.floor, minimum=sizes.least)
        return fitted

    def painted_texts(self) -> list[PaintedText]:
        """Return what stands where, for those who look whether it has room."""
        if self.content is None:
            return []
        layout, placed = self._lay_out(self.content), []
        staff = self._fit_staff()
        top = self.height() - self._staff_height()
        texts = [*((one.text, one.top, one.is_bold) for one in (layout.word, *layout.lines))]
        for text, y, is_bold in [*texts, (staff, top, False)]:
            metrics = QFontMetricsF(make_font(text.px, is_bold=is_bold))
            for at, line in enumerate(text.lines):
                wide = metrics.horizontalAdvance(line)
                left = (self.width() - wide) / 2
                box = QRectF(left, y + at * text.line_height, wide, text.line_height)
                if line:
                    placed.append(PaintedText(line, box, text.px))
        return placed

    def _draw_staff_lines(self, painter: QPainter) -> None:
        fitted = self._fit_staff()
        painter.setFont(make_font(fitted.px, is_bold=False))
        top = self.height() - self._staff_height()
        for line in fitted.lines:
            painter.drawText(QRectF(0, top, self.width(), fitted.line_height), _CENTERED, line)
            top += fitted.line_height

    def _strip_box(self) -> QRectF:
        thickness = max(2, self._sizes.px(6))
        return QRectF(
            self._sizes.margin,
            self.height() - thickness - 1,
            self.width() - 2 * self._sizes.margin,
            thickness,
        )

    def _draw_strip(self, painter: QPainter) -> None:
        """Draw how long the verdict stays; nobody needs to read it."""
        assert self.content is not None
        if self.content.stays_ms <= 0 or not self._strip.isActive():
            return
        left = max(0.0, 1 - self._shown.elapsed() / self.content.stays_ms)
        box = self._strip_box()
        box.setWidth(box.width() * left)
        painter.setOpacity(0.45)
        painter.fillRect(box, self._look.figure)
        painter.setOpacity(1)

    def _update_strip(self) -> None:
        self.update(self._strip_box().toAlignedRect())


# Lines stand closer than the font's own spacing; their boxes must not cut descenders.
_CENTERED: Final = int(
    Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
)

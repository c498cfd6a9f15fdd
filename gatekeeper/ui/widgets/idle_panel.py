"""What the gate shows while it waits: the scan frame or the camera's picture, and what to do."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gatekeeper.presenters.colors import Look
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.icons import draw_icon
from gatekeeper.ui.widgets.text_fitting import FittedText, TextFitter, make_font
from gatekeeper.wording.texts import TEXTS

_PICTURE_SHARE: Final = 0.44
_CENTERED: Final = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip)
_SHRINKS: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)


class IdlePanel(QWidget):
    """Frame, title and hint.

    Args:
        family: The font.
        sizes: The design's sizes in pixels.
        look: The theme's page.
    """

    def __init__(
        self, family: str, sizes: Sizes, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("idlePanel")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._family, self._sizes, self._look = family, sizes, look
        self._picture: QImage | None = None
        self._icon = "idle"
        self._title = self._hint = ""
        self.set_words(TEXTS.say("idle.title"), TEXTS.say("idle.hint"))

    def set_words(self, title: str, hint: str, icon: str = "idle") -> None:
        """Say something else, such as how to leave."""
        if (title, hint, icon) == (self._title, self._hint, self._icon):
            return
        self._title, self._hint, self._icon = title, hint, icon
        self.setAccessibleName(f"{title}. {hint}")
        self.update()

    def set_look(self, look: Look) -> None:
        """Take other colours."""
        self._look = look
        self.update()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self.update()

    def show_picture(self, picture: QImage | None) -> None:
        """Show the camera's newest picture, mirrored as people expect; None shows the drawing."""
        self._picture = picture.flipped(Qt.Orientation.Horizontal) if picture else None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint frame and words, as large as fits."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(self.layoutDirection())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        title, hint, side = self._fit()
        gap = self._sizes.gap
        y = max(0.0, (self.height() - side - 2 * gap - title.height - hint.height) / 2)
        box = QRectF((self.width() - side) / 2, y, side, side)
        self._draw_picture(painter, box)
        y = self._draw_text(painter, title, box.bottom() + gap, is_bold=True)
        self._draw_text(painter, hint, y + gap, is_bold=False)
        painter.end()

    def _fit(self) -> tuple[FittedText, FittedText, float]:
        width = self.width() - 2 * self._sizes.gap
        bold = TextFitter(self._family, is_bold=True, width=width)
        plain = TextFitter(self._family, is_bold=False, width=width)
        title = hint = FittedText(1, ("",), 1)
        side = 1.0
        for shrink in _SHRINKS:
            title = bold.fit(
                self._title,
                preferred=int(self._sizes.word * shrink),
                minimum=int(self._sizes.line_min * shrink),
            )
            hint = plain.fit(
                self._hint,
                preferred=int(self._sizes.line_min * shrink),
                minimum=int(self._sizes.px(44) * shrink),
            )
            side = min(self.height() * _PICTURE_SHARE, width) * shrink
            if side + title.height + hint.height + 2 * self._sizes.gap <= self.height():
                break
        return title, hint, side

    def _draw_picture(self, painter: QPainter, box: QRectF) -> None:
        if self._picture is None:
            draw_icon(painter, self._icon, box, self._look)
            return
        side = min(self._picture.width(), self._picture.height())
        source = QRectF(
            (self._picture.width() - side) / 2, (self._picture.height() - side) / 2, side, side
        )
        outline = QPainterPath()
        outline.addRoundedRect(box, self._sizes.gap, self._sizes.gap)
        painter.save()
        painter.setClipPath(outline)
        painter.drawImage(box, self._picture, source)
        painter.restore()
        draw_icon(painter, "frame", box, self._look)

    def _draw_text(
        self, painter: QPainter, text: FittedText, top: float, *, is_bold: bool
    ) -> float:
        painter.setPen(self._look.figure)
        painter.setFont(make_font(self._family, text.px, is_bold=is_bold))
        for line in text.lines:
            box = QRectF(0, top, self.width(), text.line_height)
            painter.drawText(box, _CENTERED, line)
            top += text.line_height
        return top

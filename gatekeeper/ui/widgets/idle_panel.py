"""What the gate shows while it waits: the scan frame or the camera's picture, and what to do."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gatekeeper.presenters.colors import Look
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.icons import draw_icon
from gatekeeper.ui.widgets.text_fitting import FittedText, PaintedText, TextFitter
from gatekeeper.ui.widgets.window_fonts import make_font
from gatekeeper.wording.texts import TEXTS

_PICTURE_SHARE: Final = 0.44
_HANGS: Final = 0.22
"""Of a letter's size: how far a g reaches below."""
_CENTERED: Final = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip)
_SHRINKS: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)


class IdlePanel(QWidget):
    """Frame, title and hint.

    Args:
        sizes: The design's sizes in pixels.
        look: The theme's page.
    """

    def __init__(self, sizes: Sizes, look: Look) -> None:
        super().__init__()
        self.setObjectName("idlePanel")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._sizes, self._look = sizes, look
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
        title, hint, side, top = self._fit()
        if side:
            box = QRectF((self.width() - side) / 2, top, side, side)
            self._draw_picture(painter, box)
        for text, y, is_bold in self._placed(title, hint, side, top):
            self._draw_text(painter, text, y, is_bold=is_bold)
        painter.end()

    def painted_texts(self) -> list[PaintedText]:
        """Return what stands where, for those who look whether it has room."""
        return [
            PaintedText(line, QRectF(0, y + at * text.line_height, 1, text.line_height), text.px)
            for text, y, _ in self._placed(*self._fit())
            for at, line in enumerate(text.lines)
        ]

    def _placed(
        self, title: FittedText, hint: FittedText | None, side: float, top: float
    ) -> list[tuple[FittedText, float, bool]]:
        """Return each text with its top and whether it is bold."""
        y = top + (side + self._sizes.gap if side else 0)
        placed = [(title, y, True)]
        if hint is not None:
            placed.append((hint, y + title.height + self._under(title), False))
        return placed

    def _under(self, title: FittedText) -> int:
        """Return what stays free under a title, whose letters may hang below its line."""
        return max(self._sizes.gap, int(title.px * _HANGS))

    def _fit(self) -> tuple[FittedText, FittedText | None, float, float]:
        """Return title, hint, the picture's side and the top; smaller first, then without."""
        for has_picture, has_hint in ((True, True), (True, False), (False, False)):
            for shrink in _SHRINKS:
                fitted = self._try(shrink, has_picture=has_picture, has_hint=has_hint)
                if fitted is not None:
                    return fitted
        title = TextFitter(is_bold=True, width=self._text_width).fit(
            self._title, preferred=self._sizes.floor, minimum=self._sizes.least
        )
        return title, None, 0.0, max(0.0, (self.height() - title.height) / 2)

    def _try(
        self, shrink: float, *, has_picture: bool, has_hint: bool
    ) -> tuple[FittedText, FittedText | None, float, float] | None:
        """Return how it stands at a size, or None if it has no room."""
        width, sizes = self._text_width, self._sizes
        title = TextFitter(is_bold=True, width=width).fit(
            self._title,
            preferred=max(sizes.floor, int(sizes.word * shrink)),
            minimum=max(sizes.floor, int(sizes.line_min * shrink)),
        )
        hint, needed = None, title.height
        if has_hint:
            hint = TextFitter(is_bold=False, width=width).fit(
                self._hint,
                preferred=max(sizes.floor, int(sizes.line * shrink)),
                minimum=max(sizes.floor, int(sizes.px(44) * shrink)),
            )
            needed += hint.height + self._under(title)
        side = min(self.height() * _PICTURE_SHARE, width) * shrink if has_picture else 0.0
        if side:
            needed += side + sizes.gap
        if needed > self.height():
            return None
        return title, hint, side, (self.height() - needed) / 2

    @property
    def _text_width(self) -> int:
        return max(1, self.width() - 2 * self._sizes.gap)

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
    ) -> None:
        painter.setPen(self._look.figure)
        painter.setFont(make_font(text.px, is_bold=is_bold))
        for line in text.lines:
            box = QRectF(0, top, self.width(), text.line_height)
            painter.drawText(box, _CENTERED, line)
            top += text.line_height

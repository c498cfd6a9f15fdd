"""A button on a verdict's ground: filled or outlined in the verdict's own two colours."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QSizePolicy, QWidget

from gatekeeper.presenters.colors import Look
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.icons import draw_icon
from gatekeeper.ui.widgets.text_fitting import FittedText, TextFitter, make_font

_CENTERED: Final = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip)

_OFF: Final = 0.65
"""How much of itself a button shows that cannot be pressed now."""
_DANGER: Final = Look("#FFFFFF", "#C62828")
"""Of what stops everybody (5.6; its red is 3.3 on the dark page and 5.3 on the light one)."""
_SHARES: Final = (1.0, 0.92, 0.85, 0.78, 0.7, 0.62, 0.55)
"""In these steps the words become smaller until they fit a button's height."""
_HINT_SHARE: Final = 0.72
"""The small words never become smaller than this."""


class ActionButton(QAbstractButton):
    """For a finger.

    On a gate's screen no key ever presses it, because scanners type keys; on a supervisor's
    screens it can have the focus.

    Args:
        family: The font.
        sizes: The design's sizes in pixels.
        takes_focus: Whether a keyboard can press it.
    """

    def __init__(
        self,
        family: str,
        sizes: Sizes,
        parent: QWidget | None = None,
        *,
        takes_focus: bool = False,
    ) -> None:
        super().__init__(parent)
        self._family, self._sizes = family, sizes
        self._look = Look("#101418", "#FFFFFF")
        self._hint = self._icon = ""
        self._is_main = self._is_label = self._is_danger = False
        self._pressed = QElapsedTimer()
        strong, none = Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(strong if takes_focus else none)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_choice(
        self,
        label: str,
        hint: str = "",
        icon: str = "",
        *,
        is_main: bool,
        is_danger: bool = False,
    ) -> None:
        """Say something.

        Args:
            label: The words.
            hint: A small line under them, such as the key that does the same.
            icon: A small drawing before them, or "".
            is_main: Whether it is filled.
            is_danger: Whether it is filled with red.
        """
        self._hint, self._icon, self._is_main = hint, icon, is_main
        self._is_danger = is_danger
        self.setText(label)
        self.setAccessibleName(f"{label}. {hint}" if hint else label)
        self.update()

    def forget_press(self) -> None:
        """Mean something else from now on: what follows is no second tap on the same thing."""
        self._pressed.invalidate()

    def set_label_only(self, *, is_label: bool) -> None:
        """Be words between buttons that cannot be pressed, and look like it."""
        self._is_label = is_label
        self.setEnabled(not is_label)

    def set_look(self, look: Look) -> None:
        """Take the colours of the ground that it stands on."""
        self._look = look
        self.update()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return a finger's size."""
        return QSize(self._sizes.touch, self._sizes.touch)

    def minimumSizeHint(self) -> QSize:
        """Return a finger's size."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, then icon, words and hint in the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(self.layoutDirection())
        is_filled = (self._is_main or self._is_danger) is not self.isDown()
        look = _DANGER if self._is_danger else self._look
        ground, figure = look.ground, look.figure
        if self._is_label:
            self._draw_words(painter, self._look)
            painter.end()
            return
        border = max(2, self._sizes.px(4))
        box = QRectF(self.rect()).adjusted(border / 2, border / 2, -border / 2, -border / 2)
        pen = QPen(QColor(figure), border)
        if not self.isEnabled():
            # Off is told by the border as well: its words stay as dark as a text has to be.
            is_filled = False
            painter.setOpacity(_OFF)
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.setBrush(QColor(figure if is_filled else ground))
        painter.drawRoundedRect(box, self._sizes.px(12), self._sizes.px(12))
        if self.hasFocus():
            self._draw_focus(painter, QColor(ground if is_filled else figure), box)
        self._draw_words(painter, Look(figure, ground) if is_filled else look)
        painter.end()

    def _draw_focus(self, painter: QPainter, color: QColor, box: QRectF) -> None:
        """Draw a second line inside the border: seen on any ground."""
        inset = self._sizes.px(9)
        painter.setPen(QPen(color, max(2, self._sizes.px(3))))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(
            box.adjusted(inset, inset, -inset, -inset), self._sizes.px(8), self._sizes.px(8)
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember the first half of a double tap."""
        self._pressed.start()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the second tap only of a finger whose first one was meant for this button.

        The first tap may have opened the screen on which this button is under the finger.
        """
        interval = QApplication.doubleClickInterval()
        if self._pressed.isValid() and self._pressed.elapsed() <= interval:
            self.mousePressEvent(event)
        else:
            event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press it as Space does; its grid knows what is above and below."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        elif event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def fitted(self) -> tuple[FittedText, FittedText]:
        """Return how the words and the small ones under them stand, also for tests."""
        label = hint = FittedText(1, ("",), 0)
        for share in _SHARES:
            label = self._fit(self.text(), 1.15 * share, is_bold=True)
            if self._hint:
                hint = self._fit(self._hint, max(share, _HINT_SHARE), is_bold=False)
            if label.height + hint.height <= self.height() * 0.94:
                break
        return label, hint

    def _fit(self, text: str, share: float, *, is_bold: bool) -> FittedText:
        room = self.width() - 2 * self._sizes.px(18)
        if is_bold:
            room -= self._icon_room
        preferred = int(self._sizes.staff * share)
        return TextFitter(self._family, is_bold=is_bold, width=max(1, room)).fit(
            text, preferred=preferred, minimum=int(preferred * 0.8)
        )

    @property
    def _icon_room(self) -> int:
        return int(self._sizes.staff * 1.5) if self._icon else 0

    def _draw_words(self, painter: QPainter, look: Look) -> None:
        text, hint = self.fitted()
        font = make_font(self._family, text.px, is_bold=True)
        painter.setFont(font)
        painter.setPen(QColor(look.figure))
        top = (self.height() - text.height - hint.height) / 2
        widest = max(painter.fontMetrics().horizontalAdvance(line) for line in text.lines)
        icon_room = self._icon_room
        left = (self.width() - widest - icon_room) / 2
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        words_left = left if is_mirrored else left + icon_room
        for index, line in enumerate(text.lines):
            y = top + index * text.line_height
            painter.drawText(QRectF(words_left, y, widest, text.line_height), _CENTERED, line)
        if self._icon:
            side = self._sizes.staff * 1.15
            x = self.width() - left - side if is_mirrored else left
            corner = QPointF(x, top + (text.height - side) / 2)
            draw_icon(painter, self._icon, QRectF(corner, corner + QPointF(side, side)), look)
        if self._hint:
            painter.setFont(make_font(self._family, hint.px, is_bold=False))
            for index, line in enumerate(hint.lines):
                y = top + text.height + index * hint.line_height
                painter.drawText(QRectF(0, y, self.width(), hint.line_height), _CENTERED, line)

"""The one kind of button that there is: on pages in the theme's colours, on verdicts in theirs."""

from __future__ import annotations

import math
from typing import ClassVar, Final

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QInputDevice,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QShowEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from gatekeeper.presenters.colors import DARK, ButtonLook, Look, buttons_on
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.icons import draw_icon
from gatekeeper.ui.second_of_two_presses import is_recent
from gatekeeper.ui.widgets.text_fitting import FittedText, PaintedText, TextFitter
from gatekeeper.ui.widgets.window_fonts import make_font

_CENTERED: Final = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip)

_OFF: Final = 0.65
"""How much of itself a button shows that cannot be pressed now."""
_DANGER: Final = buttons_on(Look("#FFFFFF", "#C62828"))
"""Of what stops everybody (5.6; its red is 3.3 on the dark page and 5.3 on the light one)."""
_SHARES: Final = (1.0, 0.92, 0.85, 0.78, 0.7, 0.62)
"""In these steps the words become smaller until they fit a button's height."""
_LABEL: Final = 1.15
"""Times the size of staff's texts."""
_HINT_SHARE: Final = 0.85
"""The small words are smaller by this, and become no smaller than that much of it."""
TAP_LEAST_MS: Final = 30
"""A finger rests on the glass for longer; drops of rain, and contacts that bounce, do not."""
FINGERS_MAX: Final = 2
"""At once; more are a palm, or a sleeve."""
_ROOM_ABOVE: Final = 14
_ROOM_BESIDE: Final = 18


class ActionButton(QAbstractButton):
    """A large button for a finger.

    On a gate's screen no key ever presses it, because scanners type keys; on a supervisor's
    screens it can have the focus.

    Args:
        sizes: The design's sizes in pixels.
        takes_focus: Whether a keyboard can press it.
    """

    _latest: ClassVar[QElapsedTimer] = QElapsedTimer()
    _latest_at: ClassVar[QPointF] = QPointF()
    _echoed: ClassVar[QElapsedTimer] = QElapsedTimer()
    _is_palm: ClassVar[bool] = False

    def __init__(
        self, sizes: Sizes, parent: QWidget | None = None, *, takes_focus: bool = False
    ) -> None:
        super().__init__(parent)
        self._sizes = sizes
        self._look = DARK.buttons
        self._share = _LABEL
        self._hint = self._icon = ""
        self._is_main = self._is_label = self._is_danger = False
        self._pressed, self._shown = QElapsedTimer(), QElapsedTimer()
        self._down_at = 0
        strong, none = Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(strong if takes_focus else none)
        self.take_height(is_tall=False)

    def take_height(self, *, is_tall: bool) -> None:
        """Take the height that there is, or only what fingers and words need."""
        vertical = QSizePolicy.Policy.Expanding if is_tall else QSizePolicy.Policy.Minimum
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, vertical)
        policy.setHeightForWidth(not is_tall)
        self._is_tall = is_tall
        self.setSizePolicy(policy)

    def set_letters(self, share: float) -> None:
        """Make the words so much larger than staff's texts."""
        self._share = share
        self.updateGeometry()

    @property
    def is_label(self) -> bool:
        """Whether it only says something."""
        return self._is_label

    def set_main(self, *, is_main: bool) -> None:
        """Be the usual way on, or not."""
        self._is_main = is_main
        self.update()

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
        shown = (self._hint, self._icon, self._is_main, self._is_danger, self.text())
        if shown == (hint, icon, is_main, is_danger, label):
            return
        self._hint, self._icon, self._is_main = hint, icon, is_main
        self._is_danger = is_danger
        self.setText(label)
        self.setShortcut(QKeySequence())  # an & of a name is no key's letter
        self.setAccessibleName(f"{label}. {hint}" if hint else label)
        self.updateGeometry()
        self.update()

    def forget_press(self) -> None:
        """Mean something else from now on.

        What follows is no second tap on the same thing, and a finger that is down presses nothing.
        """
        self._pressed.invalidate()
        self._shown.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Note since when a finger can have meant it."""
        self._shown.start()
        super().showEvent(event)

    def set_label_only(self, *, is_label: bool) -> None:
        """Be words between buttons that cannot be pressed, and look like it."""
        if is_label is not self._is_label:
            self._is_label = is_label
            self.updateGeometry()
        self.setEnabled(not is_label)

    def set_look(self, look: Look | ButtonLook) -> None:
        """Take the colours of the ground that it stands on."""
        wanted = look if isinstance(look, ButtonLook) else buttons_on(look)
        if wanted != self._look:
            self._look = wanted
            self.update()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return a finger's size."""
        return QSize(self._sizes.touch, self._sizes.touch)

    def minimumSizeHint(self) -> QSize:
        """Return the least that a finger hits; words alone need none."""
        least = self._sizes.touch_least
        if self._is_label:
            return QSize(least, self._sizes.least)
        return QSize(least, least if self._is_tall else self._sizes.touch)

    def hasHeightForWidth(self) -> bool:
        """Tell that words in more lines need more height."""
        return not self._is_tall

    def heightForWidth(self, width: int) -> int:
        """Return a finger's height, or what the words need at that width."""
        if self._is_tall:
            return self._sizes.touch_least
        label, hint = self._fit_words(width, 1.0)
        least = 0 if self._is_label else self._sizes.touch
        return max(least, math.ceil(label.height + hint.height) + 2 * self._room_above)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, then icon, words and hint in the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(self.layoutDirection())
        look = _DANGER if self._is_danger else self._look
        if self._is_label:
            self._draw_words(painter, Look(look.ground, look.figure))
            painter.end()
            return
        is_filled = (self._is_main or self._is_danger) is not self.isDown()
        ground, line = (look.main, look.main) if is_filled else (look.ground, look.line)
        words = Look(look.main, look.on_main) if is_filled else Look(look.ground, look.figure)
        border = max(2, self._sizes.px(4))
        box = QRectF(self.rect()).adjusted(border / 2, border / 2, -border / 2, -border / 2)
        pen = QPen(QColor(line), border)
        if not self.isEnabled():
            # Off is told by the border as well: its words stay as dark as a text has to be.
            ground, words = look.ground, Look(look.ground, look.figure)
            painter.setOpacity(_OFF)
            pen.setStyle(Qt.PenStyle.DotLine)
            is_filled = False
        painter.setPen(pen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(box, self._sizes.px(12), self._sizes.px(12))
        if self.hasFocus():
            self._draw_focus(painter, QColor(look.focus_on_main if is_filled else look.focus), box)
        self._draw_words(painter, words)
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
        """Remember the first half of a double tap; the third tap at one place is an echo too."""
        if is_recent(ActionButton._echoed) and self._is_near(event.globalPosition()):
            self._pass_over(event)
            return
        self._pressed.start()
        self._down_at = event.timestamp()
        ActionButton._latest.start()
        ActionButton._latest_at = event.globalPosition()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Be pressed by a finger that came down on what the button says now."""
        if not self._pressed.isValid() or self._is_by_accident(event):
            self.setDown(False)
        super().mouseReleaseEvent(event)

    @classmethod
    def take_touch(cls, event: QTouchEvent) -> None:
        """Know how many fingers rest on the glass, wherever: Qt makes a press of the first."""
        if event.type() == QEvent.Type.TouchBegin:
            cls._is_palm = False
        cls._is_palm |= event.pointCount() > FINGERS_MAX

    def _is_by_accident(self, event: QMouseEvent) -> bool:
        """Tell whether a touch that ends was no finger's."""
        if event.deviceType() != QInputDevice.DeviceType.TouchScreen:
            return False
        return ActionButton._is_palm or event.timestamp() - self._down_at < TAP_LEAST_MS

    def _pass_over(self, event: QMouseEvent) -> None:
        """Take a tap for an echo, and what follows it at once and there."""
        ActionButton._echoed.start()
        ActionButton._latest_at = event.globalPosition()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the second tap only of a finger whose first one was meant for this button.

        The first tap may have opened the screen on which this button is under the finger. Of
        touches Qt calls the second one so wherever it goes, a PIN's next digit too.
        """
        if is_recent(self._pressed) or self._is_meant_anew(event.globalPosition()):
            self.mousePressEvent(event)
        else:
            self._pass_over(event)

    def _is_meant_anew(self, place: QPointF) -> bool:
        """Tell whether the finger has gone from another button to this one, and saw both."""
        was_seen = self._shown.isValid() and self._shown.msecsTo(ActionButton._latest) >= 0
        return is_recent(ActionButton._latest) and was_seen and not self._is_near(place)

    def _is_near(self, place: QPointF) -> bool:
        """Tell whether a finger is where it was last."""
        way = place - ActionButton._latest_at
        return math.hypot(way.x(), way.y()) <= self._sizes.touch_least / 2

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
        label, hint = self._fit_words(self.width(), 1.0)
        for share in _SHARES[1:]:
            if label.height + hint.height <= self.height() * 0.94:
                break
            label, hint = self._fit_words(self.width(), share)
        return label, hint

    def is_readable_in(self, width: int) -> bool:
        """Tell whether the longest word has room at that width in letters that can be read."""
        texts = [one for one in self._fit_words(width, 1.0) if one.height]
        return all(one.px >= self._sizes.least for one in texts)

    def painted_texts(self) -> list[PaintedText]:
        """Return what stands where, for those who look whether it has room."""
        text, hint = self.fitted()
        top = (self.height() - text.height - hint.height) / 2
        placed = []
        for fitted, is_bold in ((text, True), (hint, False)):
            metrics = QFontMetricsF(make_font(fitted.px, is_bold=is_bold))
            for line in fitted.lines:
                width = metrics.horizontalAdvance(line) + (self._icon_room if is_bold else 0)
                box = QRectF((self.width() - width) / 2, top, width, fitted.line_height)
                top += fitted.line_height
                if line:
                    placed.append(PaintedText(line, box, fitted.px))
        return placed

    def _fit_words(self, width: int, share: float) -> tuple[FittedText, FittedText]:
        label = self._fit(self.text(), width, self._share * share, is_bold=True)
        if not self._hint:
            return label, FittedText(1, ("",), 0)
        # What shrinks the words shrinks the small ones with them.
        share = max(share, _HINT_SHARE) * min(1.0, self._share / _LABEL) * 0.9
        return label, self._fit(self._hint, width, share, is_bold=False)

    def _fit(self, text: str, width: int, share: float, *, is_bold: bool) -> FittedText:
        room = width - 2 * self._sizes.px(_ROOM_BESIDE)
        if is_bold:
            room -= self._icon_room
        preferred = max(self._sizes.least, int(self._sizes.staff * share))
        return TextFitter(is_bold=is_bold, width=max(1, room)).fit(
            text, preferred=preferred, minimum=max(self._sizes.least, int(preferred * 0.8))
        )

    @property
    def _room_above(self) -> int:
        return self._sizes.px(_ROOM_ABOVE)

    @property
    def _icon_room(self) -> int:
        return int(self._sizes.staff * 1.5) if self._icon else 0

    def _draw_words(self, painter: QPainter, look: Look) -> None:
        text, hint = self.fitted()
        font = make_font(text.px, is_bold=True)
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
            painter.setFont(make_font(hint.px, is_bold=False))
            for index, line in enumerate(hint.lines):
                y = top + text.height + index * hint.line_height
                painter.drawText(QRectF(0, y, self.width(), hint.line_height), _CENTERED, line)


class TouchWatch(QObject):
    """Shows a window's touches to its buttons, which get the first point of each as a mouse's."""

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Look, and leave them alone."""
        if isinstance(event, QTouchEvent):
            ActionButton.take_touch(event)
        return False

"""A supervisor's badge, then the PIN, on keys for fingers."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import DARK, Theme
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.supervisor.unlocking_and_locking_again import Badge, UnlockAnswer
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.idle_panel import IdlePanel
from gatekeeper.ui.widgets.page_parts import make_label, set_role
from gatekeeper.ui.widgets.pin_pad import PinPad
from gatekeeper.ui.widgets.scroll_body import ScrollBody
from gatekeeper.wording.texts import TEXTS
from shared.credential.badges_and_pins import PIN_LENGTH_DRAWN, PIN_LENGTH_MAX, PIN_LENGTH_MIN
from shared.kernel.instant import SECOND

SECOND_PRESS_MS: Final = 800
"""The way back from the PIN stands where the way to it stood: a second press within this was
meant for that one."""


class UnlockPage(QWidget):
    """Asks for badge and PIN; single keys of a finger are given to it, nothing else."""

    submitted = Signal(object, str)  # Badge, the PIN
    cancelled = Signal()
    touched = Signal()

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.setObjectName("unlockPage")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._badge: Badge | None = None
        self._pin = ""
        self._is_waiting = False
        self._ask_badge = IdlePanel(sizes, DARK.page)
        self._title = make_label(role="title", name="unlockTitle")
        self._dots = make_label(role="code", name="unlockDots")
        self._dots.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message = make_label(name="unlockMessage")
        self._message.setProperty("textSize", "lead")
        self._advice = make_label(name="unlockAdvice")
        for label in (self._message, self._advice):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._seconds_left = 0
        self._pause = QTimer(self, interval=1_000)
        self._pause.timeout.connect(self._count_down)
        self._pad = PinPad(sizes)
        self._pad.chosen.connect(self._press)
        self._cancel = ActionGrid(sizes, 1, takes_focus=False)
        self._cancel.chosen.connect(self._try_cancel)
        self._shown = QElapsedTimer()
        left = QWidget()
        self._column = edge_to_edge(QVBoxLayout(left))
        self._body = ScrollBody(sizes)
        self._body.column.addWidget(self._title)
        self._body.column.addStretch(1)
        self._body.column.addWidget(self._dots)
        self._body.column.addWidget(self._message)
        self._body.column.addWidget(self._advice)
        self._body.column.addStretch(1)
        self._body.may_drop(self._advice, self._title)
        fill(self._column, (self._ask_badge, 1), (self._body, 1), self._cancel)
        self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        fill(self._split, (left, 58), (self._pad, 42))
        self.set_sizes(sizes)
        self.restart(None)

    @property
    def badge(self) -> Badge | None:
        """Whose PIN is asked for; None while no badge was shown."""
        return self._badge

    def restart(self, badge: Badge | None) -> None:
        """Ask for a badge, or for the PIN of one."""
        self._badge, self._pin, self._is_waiting = badge, "", False
        self._end_pause()
        self._title.setText("" if badge is None else TEXTS.isolate(badge.name))
        self.say("" if badge is None else TEXTS.say("unlock.pin"), "")
        self._show()

    def say(self, text: str, role: str) -> None:
        """Say something under the PIN."""
        self._message.setText(text)
        self._message.setAccessibleName(text)
        set_role(self._message, role)

    def take_answer(self, answer: UnlockAnswer) -> None:
        """Say what came of a PIN that was wrong, or whose badge is nobody's any more."""
        if answer.is_withdrawn:
            self.restart(None)
            self.say(TEXTS.say("unlock.no_badge"), "bad")
            return
        self._pin, self._is_waiting = "", False
        if answer.wait:
            self._seconds_left = -(-answer.wait // SECOND)
            self._advice.setText(TEXTS.say("unlock.wait_next"))
            self._pause.start()
            self._say_pause()
        else:
            self.say(TEXTS.say("unlock.wrong", count=answer.tries_left), "bad")
        self._show()

    def _say_pause(self) -> None:
        self.say(TEXTS.say("unlock.wait", count=self._seconds_left), "")

    def _count_down(self) -> None:
        """Let the seconds pass on the screen; then the keys are there again."""
        self._seconds_left -= 1
        if self._seconds_left > 0:
            self._say_pause()
            return
        self._end_pause()
        self.say(TEXTS.say("unlock.pin"), "")
        self._show()

    def _end_pause(self) -> None:
        self._pause.stop()
        self._seconds_left = 0
        self._advice.clear()

    def take_key(self, key: int) -> None:
        """Take a key that a finger pressed."""
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            self._press(str(key - Qt.Key.Key_0))
        elif key == Qt.Key.Key_Backspace:
            self._press("erase")
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._press("enter")
        elif key == Qt.Key.Key_Escape:
            self.cancelled.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Be deaf for a moment to the finger that has just led here."""
        super().showEvent(event)
        self._shown.start()

    def retranslate(self) -> None:
        """Say what is not written by a key of the catalogue."""
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._ask_badge.set_look(theme.page)
        self._pad.set_look(theme.buttons)
        self._cancel.set_look(theme.buttons)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._ask_badge.set_sizes(sizes)
        self._body.set_sizes(sizes)
        self._pad.set_sizes(sizes)
        self._cancel.set_sizes(sizes)
        edge = sizes.px(34)
        self._split.setContentsMargins(edge, edge, edge, edge)
        self._split.setSpacing(sizes.px(40))
        self._column.setSpacing(sizes.gap)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the keys beside the words, or under them on an upright screen."""
        is_wide = event.size().width() >= event.size().height()
        self._split.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )
        super().resizeEvent(event)

    def _try_cancel(self) -> None:
        """Go back, unless the hand still presses what stood here a moment before."""
        if self._shown.elapsed() >= SECOND_PRESS_MS:
            self.cancelled.emit()

    def _press(self, key: str) -> None:
        self.touched.emit()
        if self._badge is None or self._is_waiting or self._seconds_left:
            return
        if key == "enter":
            if len(self._pin) >= PIN_LENGTH_MIN:
                self._is_waiting = True
                self.submitted.emit(self._badge, self._pin)
        elif key == "erase":
            self._pin = self._pin[:-1]
        elif len(self._pin) < PIN_LENGTH_MAX:
            self._pin += key
        self._show()

    def _show(self) -> None:
        missing = max(0, PIN_LENGTH_DRAWN - len(self._pin))
        self._dots.setText("●" * len(self._pin) + "○" * missing)
        is_asked = self._badge is not None and not self._seconds_left
        is_known = self._badge is not None
        self._ask_badge.set_words(TEXTS.say("unlock.badge"), TEXTS.say("unlock.badge_next"), "key")
        self._ask_badge.setVisible(not is_known)
        self._body.setVisible(is_known)
        self._body.set_wanted(self._title, is_wanted=is_known)
        # Keys that do nothing now are not shown: what is there to do stands alone.
        for part in (self._dots, self._pad):
            part.setVisible(is_asked)
        self._dots.setAccessibleName(TEXTS.say("unlock.digits", count=len(self._pin)))
        can_enter = len(self._pin) >= PIN_LENGTH_MIN and not self._is_waiting
        self._pad.show_keys(is_asked=is_asked, can_enter=can_enter)
        self._cancel.show_options([Option("cancel", TEXTS.say("unlock.cancel"), icon="no")])

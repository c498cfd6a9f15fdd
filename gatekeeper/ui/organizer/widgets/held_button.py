"""A button that has to be held: what it does empties a hall."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import give_role, make_button
from gatekeeper.wording.texts import TEXTS

HELD_BUTTON_MS: Final = 1_500
"""How long a button is held that empties a zone."""

_STEP_MS: Final = 50
_STEP_MOST_MS: Final = 250
"""Of time in which the window did nothing no more counts: nobody could have let go in it."""
_BAR_HEIGHT: Final = 8


class HeldButton(QWidget):
    """Acts once it has been held for a while, and shows how long yet; by touch, mouse or Space.

    Args:
        text: What it does.
        name: The button's.
        role: How it looks.
    """

    held = Signal()

    def __init__(self, text: str, name: str, role: str) -> None:
        super().__init__()
        self.button: QPushButton = make_button(text, name)
        self.button.setAutoDefault(False)  # Enter is a press, and no holding
        self.button.setToolTip(TEXTS.say("evacuation.hold"))
        self.button.setAccessibleDescription(TEXTS.say("evacuation.hold"))
        give_role(self.button, role)
        self._bar = QProgressBar()
        self._bar.setRange(0, HELD_BUTTON_MS)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(_BAR_HEIGHT)
        fill(edge_to_edge(QVBoxLayout(self)), self.button, self._bar)
        self._timer = QTimer(self, interval=_STEP_MS)
        self._timer.timeout.connect(self._step)
        self._since = QElapsedTimer()
        self.button.pressed.connect(self._begin)
        self.button.released.connect(self._end)

    def let_go(self) -> None:
        """Begin anew: what it would be held for has become something else."""
        self._end()
        self.button.setDown(False)

    def _begin(self) -> None:
        self._bar.setValue(0)
        self._since.start()
        self._timer.start()

    def _end(self) -> None:
        self._timer.stop()
        self._bar.setValue(0)

    def _step(self) -> None:
        passed = min(self._since.restart(), _STEP_MOST_MS)
        self._bar.setValue(min(HELD_BUTTON_MS, self._bar.value() + passed))
        if self._bar.value() >= HELD_BUTTON_MS:
            self._end()
            self.held.emit()

"""What the pages before an open gate share: a body, a line of what was refused, a way back."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gatekeeper.presenters.gate.how_long_screens_stay import START_NOTE_STAYS_MS
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.widgets.page_parts import is_escape, make_label
from gatekeeper.ui.widgets.scroll_body import ScrollBody


class StartPage(QWidget):
    """A body that scrolls, over what inherits puts at its foot.

    Args:
        sizes: The design's sizes in pixels.
        name: Of the widget.
        is_text: Whether its body is read.
    """

    left = Signal()

    def __init__(self, sizes: Sizes, name: str, *, is_text: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self._body = ScrollBody(sizes, is_text=is_text)
        self._note = make_label(role="bad", name="startNote")
        self._note.hide()
        self._calm = QTimer(self, interval=START_NOTE_STAYS_MS, singleShot=True)
        self._calm.timeout.connect(self._note.hide)
        self._rows = fill(QVBoxLayout(self), (self._body, 1), self._note)

    @property
    def note(self) -> str:
        """What is said for a moment, or ""."""
        return "" if self._note.isHidden() else self._note.text()

    def say(self, text: str) -> None:
        """Say something for a moment: what was not done, and why."""
        self._note.setText(text)
        self._note.setAccessibleName(text)
        self._note.show()
        self._calm.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc lead back."""
        if is_escape(event):
            self.left.emit()

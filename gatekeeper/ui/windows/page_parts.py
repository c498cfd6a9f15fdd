"""Small parts that the screens besides the gate's are made of."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy

from gatekeeper.ui.phrases import speak


class PageLabel(QLabel):
    """A text that begins where the language's lines begin, in whatever script it is."""

    def __init__(self) -> None:
        super().__init__()
        self._align()

    def changeEvent(self, event: QEvent) -> None:
        """Change sides with the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()

    def _align(self) -> None:
        if self.alignment() & Qt.AlignmentFlag.AlignHCenter:
            return
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if is_mirrored else Qt.AlignmentFlag.AlignLeft
        # Absolute: otherwise a label takes the side of its text's script.
        self.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)


def make_label(*, key: str = "", role: str = "", name: str = "") -> QLabel:
    """Return a text that wraps; its role gives it its look, its key what it always says."""
    label = PageLabel()
    if key:
        speak(label, key)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(name)
    if role:
        label.setProperty("role", role)
    return label


def set_role(label: QLabel, role: str) -> None:
    """Give a text another look."""
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)


def make_button(key: str, *, name: str, is_primary: bool = False) -> QPushButton:
    """Return a button for a finger."""
    button = QPushButton()
    speak(button, key)
    button.setObjectName(name)
    # Enter presses the button that has the focus; a scanner's Enter never gets here.
    button.setAutoDefault(True)
    button.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
    if is_primary:
        button.setProperty("role", "primary")
    return button


def is_escape(event: QKeyEvent) -> bool:
    """Tell whether a key leads back; any other is taken as well, so that it acts nowhere else."""
    event.accept()
    return event.key() == Qt.Key.Key_Escape

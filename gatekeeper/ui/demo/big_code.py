"""One code of the card over the whole window, large enough for a phone or a camera to read."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import DARK
from gatekeeper.ui.demo.demo_style import Design, style_label
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.widget_texts import speak
from gatekeeper.ui.widgets.qr_picture import QrPicture

SIDE_LEAST: Final = 300
"""Pixels: on any screen six for each module, which a phone reads from an arm's length."""
_SIDE: Final = 400
_SHADE: Final = 235


class BigCode(QWidget):
    """Covers its parent while it is shown; a click anywhere or a key takes it away."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("bigCode")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title, self.close_hint = QLabel(), QLabel()
        self.picture = QrPicture(_SIDE)
        speak(self.close_hint, "demo.card.close")
        rows = fill(QVBoxLayout(self), STRETCH)
        rows.addWidget(self.title, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addWidget(self.close_hint, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addStretch(1)
        self.hide()

    def show_code(self, title: str, code: str) -> None:
        """Show a code, under what it is."""
        self.title.setText(title)
        self.picture.show_code(code)
        self.setAccessibleName(title)
        self.cover()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def cover(self) -> None:
        """Be as large as the window."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        style_label(self.title, design, 26, is_bold=True)
        style_label(self.close_hint, design, 17, color=DARK.muted)
        self.picture.set_side(max(SIDE_LEAST, design.px(_SIDE)))
        self.cover()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go away."""
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go away; the key does nothing else."""
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Let what is behind be seen to be there still."""
        painter = QPainter(self)
        ground = QColor(DARK.page.ground)
        ground.setAlpha(_SHADE)
        painter.fillRect(QRectF(self.rect()), ground)
        painter.end()

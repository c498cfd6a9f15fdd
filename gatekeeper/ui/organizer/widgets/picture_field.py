"""One picture of a form: chosen in a dialog or let fall on it, shown small, taken away again."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from gatekeeper.organizer.prepare.ticket_design_client import PICTURE_ENDS
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import make_button, make_text
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_for_file
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS

_THUMB: Final = (96, 44)


class PictureField(QFrame):
    """Shows a picture and asks for another one.

    Args:
        name: `logo` or `picture`; its texts and widgets are called by it.
    """

    chosen = Signal(str, str)
    """The field's name, and a file's path."""
    removed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setObjectName(f"look_{name}")
        self.setProperty("role", "card")
        self.setAcceptDrops(True)
        self._thumb = QLabel()
        self._thumb.setFixedSize(*_THUMB)
        self._thumb.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = make_text(TEXTS.say(f"look.{name}"))
        self.choose = make_button(TEXTS.say("look.choose"), f"look_{name}_choose", self._ask)
        self.choose.setAccessibleName(
            TEXTS.beside(TEXTS.say(f"look.{name}"), TEXTS.say("look.choose"))
        )
        self.remove = make_button(TEXTS.say("look.remove"), f"look_{name}_remove")
        self.remove.setAccessibleName(
            TEXTS.beside(TEXTS.say(f"look.{name}"), TEXTS.say("look.remove"))
        )
        self.remove.clicked.connect(lambda: self.removed.emit(self._name))
        fill(
            QHBoxLayout(self), self._thumb, (self._title, 1), WrappingRow(self.choose, self.remove)
        )
        self.show_picture(None)

    def show_picture(self, content: bytes | None) -> None:
        """Show a picture's bytes, or that there is none."""
        pixmap = QPixmap()
        if content is not None and pixmap.loadFromData(content):
            smooth = Qt.TransformationMode.SmoothTransformation
            keep = Qt.AspectRatioMode.KeepAspectRatio
            pixmap = pixmap.scaled(self._thumb.size(), keep, smooth)
        self._thumb.setPixmap(pixmap)
        self._thumb.setVisible(content is not None)
        self.remove.setVisible(content is not None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one file of this machine."""
        if _file_of(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Bring the file that was let fall."""
        if file := _file_of(event):
            event.acceptProposedAction()
            self.chosen.emit(self._name, file)

    def _ask(self) -> None:
        ends = " ".join(f"*{end}" for end in PICTURE_ENDS)
        kinds = f"{TEXTS.say('look.kinds')} ({ends})"
        title = TEXTS.say(f"look.{self._name}")
        if file := ask_for_file(self, title, kinds):
            self.chosen.emit(self._name, file)


def _file_of(event: QDropEvent) -> str:
    urls = event.mimeData().urls()
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""

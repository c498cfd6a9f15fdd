"""The pictures of one folder, to read a ticket from: no other folder can be seen or chosen here.

A dialog of the desktop's kind takes a path that is typed or scanned, completes it and walks
through the whole disk; who stands at a gate has no business there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.ui.filled_layouts import fill
from gatekeeper.wording.texts import TEXTS

PICTURES_LISTED_MAX: Final = 200
"""Pictures of codes that a folder's list has, the newest: more help nobody who is waited for."""

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})


def list_pictures(folder: Path) -> list[Path]:
    """Return the folder's own pictures, newest first; none if it cannot be read.

    A link is left out, since it may lead out of the folder.
    """
    found: list[tuple[float, Path]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                is_picture = Path(entry.name).suffix.lower() in SUFFIXES
                if is_picture and entry.is_file(follow_symlinks=False):
                    found.append((entry.stat(follow_symlinks=False).st_mtime, Path(entry.path)))
    except OSError:
        return []
    found.sort(key=lambda one: (-one[0], one[1].name))
    return [path for _, path in found[:PICTURES_LISTED_MAX]]


class PictureList(QDialog):
    """Lets a person choose among the pictures of one folder.

    Args:
        parent: The window.
        folder: Whose pictures are shown.
    """

    chosen = Signal(object)  # Path

    def __init__(self, parent: QWidget, folder: Path) -> None:
        super().__init__(parent)
        self.setObjectName("imageDialog")
        self.setWindowTitle(TEXTS.say("image.title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._is_chosen = False
        self.list = QListWidget(self)
        for path in list_pictures(folder):
            item = QListWidgetItem(path.name)
            item.setData(Qt.ItemDataRole.UserRole, str(path))
            self.list.addItem(item)
        self.list.itemActivated.connect(self._choose)
        self.list.itemClicked.connect(self._choose)
        self.list.setCurrentRow(0)
        key = "image.folder" if self.list.count() else "image.folder_empty"
        self.heading = QLabel(TEXTS.say(key, folder=str(folder)), self)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setWordWrap(True)
        self.back = QPushButton(TEXTS.say("manual.back"), self, autoDefault=False)
        self.back.clicked.connect(self.reject)
        fill(QVBoxLayout(self), self.heading, self.list, self.back)
        self.resize(parent.width() // 2, parent.height() * 2 // 3)
        self.list.setFocus()

    def _choose(self, item: QListWidgetItem) -> None:
        if self._is_chosen:
            return  # a click may count as an activation besides
        self._is_chosen = True
        path = Path(item.data(Qt.ItemDataRole.UserRole))
        self.accept()
        self.chosen.emit(path)

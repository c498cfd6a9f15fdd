"""The USB sticks that are in this laptop, by name: whoever is asked for one presses it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten
from typing import Final

import msgspec
from PySide6.QtCore import QDir, QStorageInfo, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gatekeeper.organizer.how_often_pages_look import STICKS_LOOK_MS
from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.organizer.desk_style import make_button
from gatekeeper.ui.widget_texts import plain_tip
from gatekeeper.wording.texts import TEXTS

PLACES: Final = ("/media", "/run/media", "/Volumes")
"""Where desktops put what is plugged in; what is mounted elsewhere may hang, and is not asked."""
_DEEPEST: Final = 2
_NAMED_MAX: Final = 40
_GIGA: Final = 1_000_000_000


class Stick(msgspec.Struct, frozen=True):
    """A volume that can be taken out.

    Attributes:
        name: Its own, as file managers show it.
        folder: Where it is.
        free: Bytes.
    """

    name: str
    folder: Path
    free: int

    @property
    def said(self) -> str:
        """Name and free space, in gigabytes of ten to the ninth as they are sold."""
        name = TEXTS.isolate(shorten(self.name, _NAMED_MAX, placeholder="…"))
        return TEXTS.say("safe.stick", name=name, free=TEXTS.decimal(self.free / _GIGA))


def find_sticks(places: tuple[str, ...]) -> tuple[Stick, ...]:
    """Return what is plugged in and can be written, by name."""
    found = (_read(folder) for folder in _volumes(places))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.name))


def _volumes(places: tuple[str, ...]) -> Iterator[Path]:
    if os.name == "nt":
        yield from (Path(drive.absoluteFilePath()) for drive in QDir.drives())
        return
    for place in places:
        for depth in range(1, _DEEPEST + 1):
            found = Path(place).glob("/".join("*" * depth))
            yield from (one for one in found if one.is_mount() and not one.is_symlink())


def _read(folder: Path) -> Stick | None:
    volume = QStorageInfo(str(folder))
    if not (volume.isValid() and volume.isReady()) or volume.isReadOnly() or volume.isRoot():
        return None
    own = volume.name() or folder.name or str(folder)
    return Stick(own, folder, volume.bytesAvailable())


class StickButtons(QWidget):
    """A button for each stick, looked for again while they are seen.

    Args:
        places: Where volumes are mounted.
    """

    chosen = Signal(Path)

    def __init__(self, places: tuple[str, ...] = PLACES) -> None:
        super().__init__()
        self._places = places
        self._sticks: tuple[Stick, ...] = ()
        self._buttons: list[QPushButton] = []
        self._rows = edge_to_edge(QVBoxLayout(self))
        self._timer = QTimer(self, interval=STICKS_LOOK_MS)
        self._timer.timeout.connect(self.look)

    def look(self) -> None:
        """Offer what is plugged in now."""
        self.offer(find_sticks(self._places))

    def offer(self, sticks: tuple[Stick, ...]) -> None:
        """Offer these; buttons that stand already keep the keyboard, and say the newest number."""
        if [one.folder for one in sticks] != [one.folder for one in self._sticks]:
            for button in self._buttons:
                self._rows.removeWidget(button)
                button.hide()
                button.deleteLater()
            self._buttons = [self._make(place, stick) for place, stick in enumerate(sticks)]
        self._sticks = sticks
        for button, stick in zip(self._buttons, sticks, strict=True):
            button.setText(stick.said.replace("&", "&&"))  # no key's letter
            button.setToolTip(plain_tip(str(stick.folder)))

    def _make(self, place: int, stick: Stick) -> QPushButton:
        button = make_button("", f"stick_{place}")
        button.clicked.connect(lambda _on=False: self.chosen.emit(stick.folder))
        self._rows.addWidget(button)
        button.show()
        return button

    def showEvent(self, event: QShowEvent) -> None:
        """Look at once, and again while it is seen."""
        super().showEvent(event)
        self.look()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self._timer.stop()

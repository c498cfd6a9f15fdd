"""Trying the gates by hand: which gate, and by which way a code comes to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import QWidget

from gatekeeper.readers.camera_from_text import AUTO, find_cameras
from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.wedge import WedgeScan
from gatekeeper.readers.wedge_readings import choose_text
from gatekeeper.ui.camera_source import CameraSource
from gatekeeper.ui.demo.card_panel import CardPanel
from gatekeeper.ui.demo.gate_column import GateColumn
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.wedge_filter import WedgeFilter
from shared.kernel.ports import Clock


class TryFlow(QObject):
    """Brings codes to the gate that somebody chose, once the story is over.

    Args:
        columns: The gates by name.
        card: The codes.
        keys: The keyboard, and scanners that type.
        clock: The machine's.

    Attributes:
        is_on: Whether codes are taken.
    """

    def __init__(
        self,
        columns: Mapping[str, GateColumn],
        card: CardPanel,
        keys: WedgeFilter,
        clock: Clock,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._columns, self._card, self._clock = columns, card, clock
        self._camera: CameraSource | None = None
        self.is_on = False
        for column in columns.values():
            column.chosen.connect(lambda column=column: self.choose(column))
        self.choose(next(iter(columns.values())))
        card.scanned.connect(self._scan)
        card.paste_wanted.connect(self._paste)
        card.picture_wanted.connect(self._open_picture)
        card.camera_wanted.connect(self._switch_camera)
        card.camera.setVisible(bool(find_cameras(AUTO)))
        keys.scanned.connect(self._take_wedge)
        keys.held.connect(self._take_held)

    def begin(self) -> None:
        """Take codes from now on."""
        self.is_on = True

    def choose(self, column: GateColumn) -> None:
        """Have codes scanned at this gate."""
        for one in self._columns.values():
            one.target.setChecked(one is column)

    @property
    def chosen(self) -> GateColumn:
        """The gate at which codes are scanned."""
        return next(one for one in self._columns.values() if one.target.isChecked())

    def take_tap(self, key: int, modifiers: int) -> None:
        """Give a key to the chosen gate."""
        self._kiosk.wedge.tapped.emit(key, modifiers)

    def drop(self, event: QDropEvent, window: QWidget) -> None:
        """Scan a picture at the gate on which it was dropped, or at the chosen one."""
        place = event.position().toPoint()
        for column in self._columns.values():
            if column.rect().contains(column.mapFrom(window, place)):
                self.choose(column)
        mime = event.mimeData()
        if mime.hasUrls() and mime.urls()[0].isLocalFile():
            self._kiosk.read_image_file(Path(mime.urls()[0].toLocalFile()))
        elif mime.hasImage():
            self._kiosk.read_image(mime.imageData())
        event.acceptProposedAction()

    def close(self) -> None:
        """Let the camera go."""
        if self._camera is not None:
            self._camera.close()
            self._camera = None

    @property
    def _kiosk(self) -> Kiosk:
        kiosk = self.chosen.kiosk
        assert kiosk is not None, "the story is over, so both gates are open"
        return kiosk

    def _scan(self, text: str) -> None:
        if self.is_on:
            self._kiosk.take_new_code(text)

    def _paste(self) -> None:
        self._kiosk.paste()

    def _open_picture(self) -> None:
        self._kiosk.open_image()

    def _show_picture(self, seen: QImage) -> None:
        self._kiosk.window.gate_page.show_picture(seen)

    def _take_wedge(self, scan: WedgeScan) -> None:
        self._scan(choose_text(scan))

    def _take_held(self, key: int, modifiers: int) -> None:
        if self.is_on:
            self._kiosk.wedge.held.emit(key, modifiers)

    def _switch_camera(self) -> None:
        """Show what the camera sees at the chosen gate, or let it go."""
        if self._camera is not None or not find_cameras(AUTO):
            self.close()
            for column in self._columns.values():
                if column.kiosk is not None:
                    column.kiosk.window.gate_page.show_picture(None)
        else:
            camera = self._camera = CameraSource(AUTO, self._clock, Debounce(), self)
            camera.scanned.connect(self._scan)
            camera.pictured.connect(self._show_picture)
            camera.start()
        self._card.camera.setChecked(self._camera is not None)

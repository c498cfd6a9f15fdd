"""No part of the desk is ever a window of its own: one that is shown before it is laid out is.

The box of a time did, took the keyboard from the desk, and what was typed next was lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget

from gatekeeper.ui.application import make_application


class _WindowWatch(QObject):
    """Notes what is shown as a window, and is neither the desk's nor a list or menu over it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Look at what is shown."""
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget):
            is_window = watched.windowType() is Qt.WindowType.Window
            if watched.isWindow() and is_window and watched.objectName() != "deskWindow":
                self.seen.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


@contextmanager
def no_stray_windows() -> Iterator[None]:
    """See that no part of a page flashes up as a window while the block lasts."""
    app, watch = make_application(), _WindowWatch()
    app.installEventFilter(watch)
    try:
        yield
    finally:
        app.removeEventFilter(watch)
    assert not watch.seen, watch.seen

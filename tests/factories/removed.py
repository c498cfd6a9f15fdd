"""Windows and pages that are gone when a test is over, and not whenever garbage is collected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget


def remove(widget: QWidget) -> None:
    """Close and delete it at once.

    Outside of an event loop nothing else deletes it, and what lives on is styled again and again
    with those that come after it.
    """
    widget.close()
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)


@contextmanager
def removed_after(widget: QWidget) -> Iterator[None]:
    """Remove it at the block's end, however that ends."""
    try:
        yield
    finally:
        remove(widget)

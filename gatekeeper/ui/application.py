"""The application of every window on this machine: style, icon, and what ends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from command_line.ending_signals import EndingSignals
from gatekeeper.ui.garbage_collection import GarbageCollector
from gatekeeper.wording.resource_files import resource_folder
from gatekeeper.wording.texts import TEXTS

_LISTEN_MS: Final = 200
_STYLE: Final = "Fusion"
_STYLE_PROPERTY: Final = "gatekeeper style"
"""Remembers the style that was set: where there is a style sheet, Qt does not tell it."""


def make_application(icon: str = "gate") -> QApplication:
    """Make Qt's application, or return the one that there is.

    Args:
        icon: `gate` or `desk`: which of `gatekeeper icons` its windows belong to.
    """
    app = QApplication.instance() or QApplication([TEXTS.say("name.app")])
    assert isinstance(app, QApplication)
    if app.property(_STYLE_PROPERTY) != _STYLE:
        # Every widget of the program is looked at again, which takes a while.
        app.setStyle(_STYLE)
        app.setProperty(_STYLE_PROPERTY, _STYLE)
    if app.findChild(GarbageCollector) is None:
        GarbageCollector(app)
    app.setApplicationName("gatekeeper")
    app.setApplicationDisplayName(TEXTS.say("name.app"))
    app.setDesktopFileName(f"gatekeeper-{icon}")
    app.setWindowIcon(QIcon(str(resource_folder() / "icons" / f"gatekeeper-{icon}.svg")))
    return app


@contextmanager
def ending_by_signals(app: QApplication) -> Iterator[None]:
    """Let the application end in order when somebody asks the process to, or its terminal goes."""
    with EndingSignals() as ending:
        # exit, because quit asks the windows first, and one in full screen does not close.
        ending.call(lambda: app.exit(0))
        listening = listen_to_signals()
        try:
            yield
        finally:
            listening.stop()
            ending.call(None)


def listen_to_signals() -> QTimer:
    """Let Python look at signals, as it does only when Python code runs; until it is stopped."""
    listening = QTimer(interval=_LISTEN_MS)
    listening.timeout.connect(lambda: None)
    listening.start()
    return listening

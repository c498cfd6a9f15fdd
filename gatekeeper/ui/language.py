"""Lets the whole program speak another language, and write from that language's side."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gatekeeper.wording.texts import TEXTS


def speak_language(app: QApplication, language: str) -> None:
    """Speak a language from now on; what stands on the screen is said anew by the window."""
    TEXTS.use(language)
    is_mirrored = TEXTS.is_right_to_left
    app.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
    )

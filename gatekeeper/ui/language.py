"""Lets the whole program speak another language, and write from that language's side."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication

from gatekeeper.wording.texts import ENGLISH, LANGUAGE_NAMES, TEXTS


def speak_language(app: QApplication, language: str) -> None:
    """Speak a language from now on; what stands on the screen is said anew by the window."""
    TEXTS.use(language)
    is_mirrored = TEXTS.is_right_to_left
    app.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
    )


def system_language() -> str:
    """Return the language of the system's own programs; English where it is not shipped."""
    language = QLocale.system().name().partition("_")[0]
    return language if language in LANGUAGE_NAMES else ENGLISH

"""Lets the whole program speak another language, and write from that language's side."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from gatekeeper.wording.texts import TEXTS
from shared.kernel.languages import ENGLISH, LANGUAGE_NAMES


def speak_language(app: QApplication, language: str) -> None:
    """Speak a language from now on; what stands on the screen is said anew by the window."""
    TEXTS.use(language)
    _translate_qt(app, language)
    is_mirrored = TEXTS.is_right_to_left
    app.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
    )


def _translate_qt(app: QApplication, language: str) -> None:
    """Let Qt's own dialogs and menus speak too; in English where Qt ships no such words (Thai)."""
    for before in app.findChildren(QTranslator):
        app.removeTranslator(before)
        before.deleteLater()
    words = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if language != ENGLISH and words.load(f"qtbase_{language}", folder):
        app.installTranslator(words)


def system_language() -> str:
    """Return the language of the system's own programs; English where it is not shipped."""
    language = QLocale.system().name().partition("_")[0]
    return language if language in LANGUAGE_NAMES else ENGLISH

"""The fonts of every window, and those that stand in for letters that the first one lacks."""

from __future__ import annotations

from functools import cache
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase

from gatekeeper.wording.resource_files import resource_folder

_FONT_FILES: Final = (
    "NotoSansThai-Regular.ttf",
    "NotoSansThai-Bold.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansArabic-Bold.ttf",
    "NotoSans-Regular.ttf",
    "NotoSans-Bold.ttf",
)
_OTHER_SCRIPTS: Final = ("Noto Sans Thai", "Noto Sans Arabic")
"""Families for letters that the first one lacks."""


@cache
def font_families() -> tuple[str, ...]:
    """Load the fonts that are shipped, and return the families that every window is set in."""
    family = QFont().defaultFamily()
    for name in _FONT_FILES:
        number = QFontDatabase.addApplicationFont(str(resource_folder() / "fonts" / name))
        families = QFontDatabase.applicationFontFamilies(number)
        family = families[0] if families else family
    return family, *_OTHER_SCRIPTS


def make_font(px: float, *, is_bold: bool) -> QFont:
    """Return a font of a pixel size."""
    font = QFont()
    font.setFamilies(font_families())
    font.setPixelSize(max(1, int(px)))
    font.setBold(is_bold)
    return font

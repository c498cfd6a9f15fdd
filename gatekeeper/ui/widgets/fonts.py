"""The fonts of every window, and those that stand in for letters that the first one lacks."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QFont

OTHER_SCRIPTS: Final = ("Noto Sans Thai", "Noto Sans Arabic")
"""Families for letters that the first one lacks."""


def make_font(family: str, px: float, *, is_bold: bool) -> QFont:
    """Return a font of a pixel size."""
    font = QFont()
    font.setFamilies([family, *OTHER_SCRIPTS])
    font.setPixelSize(max(1, int(px)))
    font.setBold(is_bold)
    return font

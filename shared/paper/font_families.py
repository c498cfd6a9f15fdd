"""The families of fonts that papers are drawn in, and where each one's file lies."""

from __future__ import annotations

from typing import Final

SHIPPED: Final = ("NotoSans", "NotoSansArabic", "NotoSansThai", "NotoSansHebrew")
"""In two weights. The first has Latin, Greek, Cyrillic, figures and the marks between words."""

INSTALLED: Final = {
    "DroidSansFallbackFull": "/usr/share/fonts/truetype/droid",
    "DroidSansFallback": "/usr/share/fonts-droid-fallback/truetype",  # has Korean as well
}
"""Of Debian's `fonts-droid-fallback`, where a machine has it; in one weight."""


def font_file(family: str, *, is_bold: bool) -> str:
    """Return the path of a family's file: below the folder of the shipped fonts, or absolute."""
    if family in INSTALLED:
        return f"{INSTALLED[family]}/{family}.ttf"
    return f"{family}-{'Bold' if is_bold else 'Regular'}.ttf"

"""Which of the shipped fonts has a letter."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import uharfbuzz as hb

from gatekeeper.wording.resource_files import resource_folder

FAMILIES: Final = ("NotoSans", "NotoSansArabic", "NotoSansThai", "NotoSansHebrew")
"""The first has Latin, Greek, Cyrillic, figures and the marks between words."""


def font_path(family: str, *, is_bold: bool) -> Path:
    """Return a font's file."""
    return resource_folder() / "fonts" / f"{family}-{'Bold' if is_bold else 'Regular'}.ttf"


@cache
def letters_of(family: str) -> frozenset[int]:
    """Return the code points that a family has."""
    return frozenset(hb.Face(hb.Blob.from_file_path(font_path(family, is_bold=False))).unicodes)


@lru_cache(maxsize=4_096)
def family_of(letter: str) -> str | None:
    """Return the first family that has a letter, or None."""
    point = ord(letter)
    return next((family for family in FAMILIES if point in letters_of(family)), None)

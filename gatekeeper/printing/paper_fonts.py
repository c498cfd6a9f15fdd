"""Which of the fonts for papers has a letter: one that is shipped, or one of this machine."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import uharfbuzz as hb

from gatekeeper.wording.resource_files import resource_folder
from shared.paper.font_families import INSTALLED, SHIPPED, font_file


def font_path(family: str, *, is_bold: bool) -> Path:
    """Return a font's file."""
    return resource_folder() / "fonts" / font_file(family, is_bold=is_bold)


@cache
def families() -> tuple[str, ...]:
    """Return the families that there are, each only asked for what those before it lack."""
    return (*SHIPPED, *(one for one in INSTALLED if font_path(one, is_bold=False).is_file()))


@cache
def letters_of(family: str) -> frozenset[int]:
    """Return the code points that a family has."""
    return frozenset(hb.Face(hb.Blob.from_file_path(font_path(family, is_bold=False))).unicodes)


@lru_cache(maxsize=4_096)
def family_of(letter: str) -> str | None:
    """Return the first family that has a letter, or None."""
    point = ord(letter)
    return next((family for family in families() if point in letters_of(family)), None)

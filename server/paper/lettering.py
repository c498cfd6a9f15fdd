"""Texts of all scripts as glyphs of the shipped fonts, shaped and in the order they are drawn."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

import uharfbuzz as hb

from shared.kernel.text_in_line import keep_in_line
from shared.paper.font_families import INSTALLED, SHIPPED, font_file
from shared.paper.letters_in_drawn_order import (
    LACKING,
    in_drawn_order,
    levels_of,
    stands_for,
)

FOLDER: Final = Path(__file__).parents[2] / "resources" / "fonts"
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})
_ELLIPSIS: Final = "…"
# Glyphs then have the widths that the font itself says: what is written stays small.
_FEATURES: Final = {"kern": False}
_NOT_DRAWN: Final = tuple(
    int.from_bytes(table.encode("ascii"))
    for table in ("GSUB", "GPOS", "GDEF", "DSIG", "name", "post", "OS/2", "STAT", "cmap")
)
"""Tables that a document does not need which names each glyph by its number."""


class Glyph(NamedTuple):
    """One glyph: its number, what it stands for, and how far it moves, in units of the em.

    Attributes:
        text: What a reader of the file copies for it; "" where another glyph says it.
    """

    number: int
    text: str
    advance: float
    x: float
    y: float


class Run(NamedTuple):
    """Glyphs of one font, from left to right."""

    font: str
    glyphs: tuple[Glyph, ...]
    width: float


class LetteredLine(NamedTuple):
    """A line's runs, from left to right, and how wide they are in units of the em."""

    runs: tuple[Run, ...]
    width: float


def font_path(font: str) -> Path:
    """Return the file of a font, such as `NotoSans-Bold`."""
    family, _, weight = font.partition("-")
    return FOLDER / font_file(family, is_bold=weight == "Bold")


@cache
def open_font(font: str) -> Any:
    """Return a font as HarfBuzz has it."""
    return hb.Font(hb.Face(hb.Blob.from_file_path(font_path(font))))


def cut_font(font: str, numbers: Iterable[int]) -> bytes:
    """Return a font's file with the outlines of some glyphs only, which keep their numbers.

    HarfBuzz does it in a third of a millisecond; to take the font apart in Python took up to 30.
    """
    wanted = hb.SubsetInput()
    wanted.flags = (
        hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE
    )
    wanted.glyph_set.update(numbers)
    wanted.drop_table_tag_set.update(_NOT_DRAWN)
    return bytes(hb.subset(open_font(font).face, wanted).blob.data)


@cache
def _letters_of(family: str) -> frozenset[int]:
    return frozenset(open_font(f"{family}-Regular").face.unicodes)


@cache
def families() -> tuple[str, ...]:
    """Return the families that there are, each only asked for what those before it lack."""
    return (*SHIPPED, *(one for one in INSTALLED if font_path(one).is_file()))


def _family_of(letter: str) -> str | None:
    return next((one for one in families() if ord(letter) in _letters_of(one)), None)


def families_of(text: str) -> list[str]:
    """Return the families that a text is drawn in, the first one left out, in their order."""
    found = {_family_of(letter) for letter in set(text)}
    return [one for one in families()[1:] if one in found]


def lacks_letters(text: str) -> bool:
    """Tell whether a sign stands for some letter of a line, because no font here has it."""
    return not text.isascii() and any(
        _family_of(one) is None and stands_for(one) == LACKING
        for one in keep_in_line(text)
        if not one.isspace() and unicodedata.category(one) not in _UNSEEN
    )


@lru_cache(maxsize=1_024)
def shape(text: str, *, is_bold: bool = False, starts_right: bool = False) -> LetteredLine:
    """Return a line's glyphs.

    Args:
        text: One line; what is invisible is left out.
        is_bold: In the bold fonts.
        starts_right: The paper's language runs from right to left.
    """
    style = "Bold" if is_bold else "Regular"
    runs = []
    for letters, family, is_right in _visual_runs(keep_in_line(text), starts_right=starts_right):
        runs.append(_shape(letters, f"{family}-{style}", is_right=is_right))
    return LetteredLine(tuple(runs), sum(run.width for run in runs))


def _shape(text: str, font: str, *, is_right: bool) -> Run:
    opened = open_font(font)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if is_right else "ltr"
    hb.shape(opened, buffer, _FEATURES)
    em = opened.face.upem
    starts = sorted({info.cluster for info in buffer.glyph_infos})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    told: set[int] = set()
    glyphs, width = [], 0.0
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        says = "" if info.cluster in told else text[info.cluster : ends[info.cluster]]
        told.add(info.cluster)
        moved = place.x_advance / em
        glyphs.append(Glyph(info.codepoint, says, moved, place.x_offset / em, place.y_offset / em))
        width += moved
    return Run(font, tuple(glyphs), width)


def _visual_runs(text: str, *, starts_right: bool) -> list[tuple[str, str, bool]]:
    """Return letters, family and whether they run from right to left, as they are drawn."""
    if not starts_right and text.isascii() and text.isprintable():
        return [(text, SHIPPED[0], False)] if text else []
    drawn: list[tuple[str, str, int]] = []
    family = SHIPPED[0]
    for letter, level in levels_of(text, starts_right=starts_right):
        if unicodedata.category(letter) in _UNSEEN:
            continue
        shown = " " if letter.isspace() else letter
        if shown.isalnum() or ord(shown) not in _letters_of(family):
            found = _family_of(shown)
            family, shown = (SHIPPED[0], stands_for(shown)) if found is None else (found, shown)
        if shown:
            drawn.append((shown, family, level))
    runs = [
        (("".join(letter for letter, _, _ in group), family, bool(level % 2)), level)
        for (family, level), group in groupby(drawn, key=lambda one: (one[1], one[2]))
    ]
    return in_drawn_order(runs)


def runs_right(text: str, *, otherwise: bool) -> bool:
    """Tell by its first letter that is not set apart whether a text runs from right to left."""
    depth = 0
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        depth += (kind in {"LRI", "RLI", "FSI"}) - (kind == "PDI")
        if kind in {"L", "R", "AL"} and depth <= 0:
            return kind != "L"
    return otherwise


def wrap(text: str, width: float, *, is_bold: bool = False, lines_max: int = 0) -> list[str]:
    """Break a text into lines, at spaces where there are any; no letter is lost.

    Args:
        text: Line ends count as spaces.
        width: In units of the em.
        is_bold: In the bold fonts.
        lines_max: The last of so many lines says by its dots that there is more; 0 for no bound.
    """
    text = " ".join(text.split())
    if _width(text, is_bold=is_bold) <= width:
        return [text]
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if _width(longer, is_bold=is_bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while _width(line, is_bold=is_bold) > width and len(line) > 1:
            fits = _fitting(line, width, is_bold=is_bold)
            lines.append(line[:fits])
            line = line[fits:]
    lines.append(line)
    if lines_max and len(lines) > lines_max:
        last = lines[lines_max - 1]
        while last and _width(last + _ELLIPSIS, is_bold=is_bold) > width:
            last = last[:-1]
        return [*lines[: lines_max - 1], last.rstrip() + _ELLIPSIS]
    return lines


def _width(text: str, *, is_bold: bool) -> float:
    return shape(text, is_bold=is_bold).width


def _fitting(word: str, width: float, *, is_bold: bool) -> int:
    """Return how many letters of a word fit, at least one; a mark stays with its letter."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        if _width(word[:middle], is_bold=is_bold) <= width:
            low = middle
        else:
            high = middle - 1
    while 1 < low < len(word) and unicodedata.category(word[low]) in {"Mn", "Me", "Mc"}:
        low -= 1
    return low

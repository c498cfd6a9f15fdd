"""A line's letters as they are drawn from left to right, whichever way each is read (UAX 9)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Final, TypeVar

T = TypeVar("T")

_PICTURES: Final = frozenset({"So", "Sk"})
_VARIANTS: Final = frozenset(map(chr, range(0xFE00, 0xFE10)))
_COUNTED: Final = frozenset("★☆⭐")
"""Of these it matters how many there are."""

LACKING: Final = "\ufffd"
"""Drawn for a letter of no shipped font, so that nobody takes a gap for nothing."""
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "RLE", "RLO", "RLI", "AN"})


def stands_for(letter: str) -> str:
    """Return what is drawn for a letter of no shipped font: nothing for an emoji, which is none.

    Tickets of an event whose name ends in one looked damaged.
    """
    is_emoji = unicodedata.category(letter) in _PICTURES or letter in _VARIANTS
    return "" if is_emoji and letter not in _COUNTED else LACKING


def has_right_to_left(text: str) -> bool:
    """Tell whether some of a text runs from right to left."""
    return any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text)


def levels_of(text: str, *, starts_right: bool) -> list[tuple[str, int]]:
    """Return each letter of a line with the level at which it is embedded; odd ones run left.

    Args:
        text: One line.
        starts_right: The language of the paper runs from right to left.
    """
    if not starts_right and not has_right_to_left(text):
        return [(letter, 0) for letter in text]
    from fpdf.bidi import BidiParagraph
    from fpdf.enums import TextDirection

    direction = TextDirection.RTL if starts_right else TextDirection.LTR
    resolved = BidiParagraph(text, direction).get_characters_with_embedding_level()
    return [(text[one.character_index], one.embedding_level) for one in resolved]


def in_drawn_order(runs: Sequence[tuple[T, int]]) -> list[T]:
    """Reverse what runs from right to left, from the innermost level out (rule L2).

    Args:
        runs: Each with its level.
    """
    ordered = list(runs)
    for level in range(max((one[1] for one in runs), default=0), 0, -1):
        turned: list[tuple[T, int]] = []
        for is_deep, group in groupby(ordered, key=lambda one: one[1] >= level):
            members = list(group)
            turned += reversed(members) if is_deep else members
        ordered = turned
    return [run for run, _ in ordered]

"""A name kept within its line: whoever gave it may have tried to draw over its neighbours. Pure.

A name's line break would begin a line of the screen's own, its overrides of direction would turn
round what is said after it, and a letter's hundred marks would stand on the words above it.
"""

from __future__ import annotations

import unicodedata
from typing import Final

MARKS_MAX: Final = 4
"""Marks of one letter, each another: Hebrew and Tibetan have so many, no language more."""
MARKS_AT_ONE_SIDE: Final = 2
"""Of them above the letter, and below it, in the scripts that pile them up: Vietnamese has two."""
_PILED: Final = 200
"""From this class on (UAX #44, Canonical_Combining_Class) a mark stands on the one before it."""

_MARKS: Final = frozenset({"Mn", "Me"})
_BREAKS: Final = frozenset({"Cc", "Zl", "Zp"})
_UNSEEN: Final = "Cf"
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e")
"""Embeddings and overrides (UAX #9): no line of ours needs any, isolates do what they did."""


def keep_in_line(text: str) -> str:
    """Return a text that stays within its line, and lets what follows stand as it is written.

    Line ends and control characters are spaces then; what no language writes is left out.
    """
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks: list[str] = []
    for sign in text:
        kind = unicodedata.category(sign)
        if kind in _MARKS:
            if not _has_room(marks, sign):
                continue
            marks.append(sign)
        elif kind != _UNSEEN:  # what is unseen stands between a letter's marks and parts none
            marks.clear()
        if sign not in _TURNS:
            kept.append(" " if kind in _BREAKS else sign)
    return "".join(kept)


def _has_room(marks: list[str], mark: str) -> bool:
    """Tell whether a letter that has marks may have a further one."""
    side = unicodedata.combining(mark)
    beside = [one for one in marks if side >= _PILED and unicodedata.combining(one) == side]
    return len(marks) < MARKS_MAX and len(beside) < MARKS_AT_ONE_SIDE and mark not in marks

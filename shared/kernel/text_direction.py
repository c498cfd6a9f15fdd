"""The direction in which a name, a number or a time is read, beside words of another direction.

An Arabic name draws the number after it to its own left: "name · 3" is read as "3 · name", and
2026-07-04 as 04-07-2026, by the rules of Unicode for whole lines (UAX #9). What is set apart here
has a direction of its own and leaves its neighbours where they were written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from shared.kernel.text_in_line import keep_in_line

_BY_ITS_LETTERS: Final = "\u2068"
_LEFT_TO_RIGHT: Final = "\u2066"  # a number, with its sign and its dots
_RIGHT_TO_LEFT: Final = "\u2067"  # a line of parts that are set apart each
_END: Final = "\u2069"
_STAYS_LEFT: Final = "\u200e"  # what has no letters goes on from left to right after it
_SIDE_MARKS: Final = f"{_STAYS_LEFT}\u200f\u061c"
_OPENING: Final = f"{_BY_ITS_LETTERS}{_LEFT_TO_RIGHT}{_RIGHT_TO_LEFT}"
_SEVERAL: Final = 2
_APART: Final = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")
_OPENS: Final = re.compile(f"[{_OPENING}]")
_RUNS_LEFT: Final = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Letters of scripts that run from right to left: Hebrew, Arabic, Syriac and their kin."""


def set_apart(value: object, *, runs_left: bool) -> str:
    """Return a value as it stands inside a sentence: with a direction of its own.

    Args:
        value: A name, a number, a time; of a name that tries to turn its neighbours round, or
            to begin a line of its own, what does so is left out.
        runs_left: Whether the sentence runs from right to left. In one that does not, only what
            has letters that do needs to be set apart; all else is returned as it is.
    """
    text = _closed(keep_in_line(str(value)))
    if not runs_left and (text.isascii() or _RUNS_LEFT.search(text) is None):
        return text
    own = _APART.sub("", text)
    if own != text and not any(character.isalpha() for character in own):
        # By its letters it would run right: those inside of parts that are set apart do not count.
        return f"{_RIGHT_TO_LEFT if runs_left else _LEFT_TO_RIGHT}{text}{_END}"
    has_letters = any(character.isalpha() for character in text)
    return f"{_BY_ITS_LETTERS if has_letters else _LEFT_TO_RIGHT}{text}{_END}"


def _closed(text: str) -> str:
    """Return a text in which each part that is set apart is ended, and nothing else is."""
    if text.isascii():
        return text
    depth, kept = 0, []
    for sign in text:
        depth += (sign in _OPENING) - (sign == _END)
        if depth < 0:
            depth = 0
        else:
            kept.append(sign)
    return "".join(kept) + _END * depth


def set_amount_apart(text: str) -> str:
    """Return an amount for a line that runs from right to left, its sign before the number.

    A currency of letters that run left stands at the left of the number, any other at its right.

    Args:
        text: A number with its sign, and a currency, as Unicode CLDR writes them: the mark at its
            start would draw the sign behind the number.
    """
    own = text.lstrip(_SIDE_MARKS)
    if _RUNS_LEFT.search(own):
        return f"{_RIGHT_TO_LEFT}{_STAYS_LEFT}{own}{_END}"
    return f"{_LEFT_TO_RIGHT}{own}{_END}"


def set_lines_apart(text: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines into which a text was broken, each part of the direction that it has.

    A line is drawn by itself: what is set apart and goes on in the next one is ended at its end,
    and begun again there.
    """
    if len(lines) < _SEVERAL or not _OPENS.search(text):
        return tuple(lines)
    marks, open_marks, done = _marks_of(text), list[str](), []
    for line in lines:
        said = ["".join(open_marks)]
        for sign in line:
            if sign in _OPENING:
                open_marks.append(next(marks, _LEFT_TO_RIGHT))
                said.append(open_marks[-1])
            elif sign != _END:
                said.append(sign)
            elif open_marks:
                open_marks.pop()
                said.append(_END)
        done.append("".join(said) + _END * len(open_marks))
    return tuple(done)


def _marks_of(text: str) -> Iterator[str]:
    """Yield the direction of each part that is set apart, in the order in which they begin."""
    for opened in _OPENS.finditer(text):
        yield _direction_by(text[opened.end() :]) if opened[0] == _BY_ITS_LETTERS else opened[0]


def _direction_by(text: str) -> str:
    """Return the direction of a part by its first letter, but those of parts inside of it."""
    depth = 0
    for sign in text:
        if sign in _OPENING:
            depth += 1
        elif sign == _END:
            depth -= 1
        if depth < 0:
            break
        if not depth and sign.isalpha():
            return _RIGHT_TO_LEFT if _RUNS_LEFT.match(sign) else _LEFT_TO_RIGHT
    return _LEFT_TO_RIGHT

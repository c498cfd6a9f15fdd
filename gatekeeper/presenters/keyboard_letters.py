"""Letters for fingers in three scripts: pages of a keyboard, turned by one key. Without Qt.

A search folds names before it compares them: marks above and below count nothing, and forms of one
Arabic letter are one. So a page has the letters that are left, and fits in three rows.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class LettersPage(NamedTuple):
    """One page of keys.

    Attributes:
        sign: Its first letters, for the key that turns to it.
        letters: Its keys, in order.
        is_right_to_left: Whether the first key stands at the right.
    """

    sign: str
    letters: str
    is_right_to_left: bool = False


PAGES: Final = (
    LettersPage("ABC", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    LettersPage("กขค", "กขคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝ"),
    LettersPage("พมร", "พฟภมยรลวศษสหฬอฮฤเแโใไาะ"),
    LettersPage("أبت", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", is_right_to_left=True),
)
_FIRST: Final = {"th": 1, "ar": 3}


def first_page(language: str) -> int:
    """Return the number of the page that a language begins with."""
    return _FIRST.get(language, 0)


def next_page(number: int) -> int:
    """Return the number of the page after one; after the last comes the first."""
    return (number + 1) % len(PAGES)

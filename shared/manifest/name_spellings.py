"""How else a name that was typed may stand in a list: with or without what a keyboard lacks.

A gate's keys are A to Z, and so are a passport's: Müller is typed Mueller, O'Brien OBrien. A list
has either. Only what was asked for is spelt anew; names stay folded as they were published.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from shared.manifest.name_folding import fold_name

LETTERS_MIN: Final = 4
"""Of a word that is spelt anew: a shorter one would begin too many names."""
_SPELT_OUT: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
    | {"Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe"}
)
_WITHOUT_MARK: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"))
_ELIDED: Final = frozenset("dlmno")
"""Letters that an apostrophe parts from a name: D'Angelo, L'Hermite, N'Diaye, O'Brien."""


def spellings_of(
    text: str,
    fold: Callable[[str], str] = fold_name,
    apostrophes: Sequence[str] = (" ",),
) -> list[tuple[str, ...]]:
    """Return each word that was typed, folded, followed by its other spellings.

    Args:
        text: As it was typed.
        fold: As the names are folded that are looked through.
        apostrophes: What stands for one in them.
    """
    words: list[tuple[str, ...]] = []
    for typed in unicodedata.normalize("NFC", text).split():
        folded, spelt_out = fold(typed).split(), fold(typed.translate(_SPELT_OUT)).split()
        for word, spelt in zip(folded, spelt_out, strict=True):
            words.append(tuple(dict.fromkeys((word, spelt, *_others(word, apostrophes)))))
    return words


def found_by(words: Sequence[tuple[str, ...]], *, is_whole: bool) -> Callable[[str], bool]:
    """Return what says of a folded name whether each word stands in it, by one of its spellings.

    Args:
        words: As `spellings_of` gives them.
        is_whole: A part of a word finds nothing.
    """
    edge = " " if is_whole else ""
    sought = [tuple(f"{edge}{one}{edge}" for one in word) for word in words]

    def is_found(folded: str) -> bool:
        name = f"{edge}{folded}{edge}"
        return all(any(one in name for one in word) for word in sought)

    return is_found


def _others(word: str, apostrophes: Sequence[str]) -> list[str]:
    if len(word) < LETTERS_MIN:
        return []
    plain = word
    for written, letter in _WITHOUT_MARK:
        plain = plain.replace(written, letter)
    elided = [f"{word[0]}{one}{word[1:]}" for one in apostrophes if word[0] in _ELIDED]
    return [plain, *elided]

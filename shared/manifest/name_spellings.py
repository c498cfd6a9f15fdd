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


def _others(word: str, apostrophes: Sequence[str]) -> list[str]:
    if len(word) < LETTERS_MIN:
        return []
    plain = word
    for written, letter in _WITHOUT_MARK:
        plain = plain.replace(written, letter)
    elided = [f"{word[0]}{one}{word[1:]}" for one in apostrophes if word[0] in _ELIDED]
    return [plain, *elided]

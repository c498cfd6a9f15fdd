"""Which letters of a name are held to be the same: for search, and for knowing who was erased.

Names are published folded, and the erased are kept as hashes of folded names: by another folding
nobody finds either again.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_MARK: Final = "Mn"
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
    | {"ى": "ي", "ة": "ه", "ء": None, "ـ": None}
)

_ASCII: Final = {code: " " for code in range(128) if not chr(code).isalnum()}


def fold_name(text: str) -> str:
    """Fold a name for comparison: no accents, no case, words of letters and digits only."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII).split())
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    kept = (
        character if character.isalnum() else " "
        for character in unicodedata.normalize("NFKD", plain)
        # Not all marks combine: those of Thai stand for vowels, and part no words either.
        if unicodedata.category(character) != _MARK
    )
    return " ".join("".join(kept).split())

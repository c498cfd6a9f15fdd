"""A person's words in texts that others wrote, and what is left without them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from shared.manifest.name_folding import fold_name

CUT_LETTERS_MIN: Final = 3
"""Shorter words are cut nowhere: they would be parts of others' sentences."""

CUT: Final = "…"
"""Stands where a person's words stood."""


class PersonalWords:
    """What is cut out of texts: a person's names, addresses and numbers, as they were written.

    Args:
        said: All spellings that are known; None and short ones are left out.

    Attributes:
        said: Those that are looked for, the longest first.
    """

    def __init__(self, said: Iterable[str | None]) -> None:
        wanted = {" ".join(one.split()) for one in said if one is not None}
        self.said = sorted(
            (one for one in wanted if len(one) >= CUT_LETTERS_MIN), key=len, reverse=True
        )
        folded = map(fold_name, self.said)
        self._plain = {one for one in folded if len(one) >= CUT_LETTERS_MIN}
        words = [one.split() for one in self._plain]
        self._parted = {
            (" ".join(one[:at]), " ".join(one[at:])) for one in words for at in range(1, len(one))
        }
        spelled = [r"\s+".join(map(re.escape, one.split())) for one in self.said]
        either = "|".join(spelled) or r"(?!)"
        self._pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)

    def stand_in(self, text: str) -> bool:
        """Tell whether a text holds any of them, spelled with or without accents."""
        if self._pattern.search(text) is not None:
            return True
        plain = f" {fold_name(text)} "
        return any(f" {one} " in plain for one in self._plain)

    def stand_in_row(self, cells: Sequence[str]) -> bool:
        """Tell whether a list's row holds any of them, a name perhaps in two cells."""
        if self.stand_in(" ".join(cells)):
            return True
        if not self._parted:
            return False
        plain = {fold_name(cell) for cell in cells}
        return any(first in plain and last in plain for first, last in self._parted)

    def cut(self, text: str) -> str:
        """Return a text without them; one that spells them otherwise goes as a whole."""
        left = self._pattern.sub(CUT, text)
        return CUT if self.stand_in(left) else left

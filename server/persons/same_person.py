"""Whether something names a person, and what of a text is left without them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from server.erasures.service import plain_email, plain_name, plain_phone

CUT: Final = "…"
"""Stands where a person's words stood."""
_LETTERS_MIN: Final = 3
"""Shorter words are cut nowhere: they would be parts of others' sentences."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the organizer says who: at least one of them.

    Attributes:
        name, email, phone: In any spelling; None for unknown.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None

    def fits(self, name: str | None, email: str | None, phone: str | None = None) -> bool:
        """Tell whether what a record says is this person.

        The same e-mail or telephone is the same person. The same name is, unless e-mail or
        telephone say that it is another one of that name.
        """
        mails = _plain(plain_email, self.email, email)
        phones = _plain(plain_phone, self.phone, phone)
        if any(mine and mine == theirs for mine, theirs in (mails, phones)):
            return True
        mine, theirs = _plain(plain_name, self.name, name)
        if not mine or mine != theirs:
            return False
        return not any(one and other and one != other for one, other in (mails, phones))

    def is_sayable(self) -> bool:
        """Tell whether anybody could be found by it."""
        return bool(
            plain_name(self.name or "")
            or plain_email(self.email or "")
            or len(plain_phone(self.phone or "")) >= _LETTERS_MIN
        )


def _plain(fold: object, mine: str | None, theirs: str | None) -> tuple[str, str]:
    assert callable(fold)
    return fold(mine or ""), fold(theirs or "")


class Words:
    """What is cut out of texts: a person's names, addresses and numbers, as they were written.

    Args:
        said: All spellings that are known; None and short ones are left out.

    Attributes:
        said: Those that are looked for, the longest first.
    """

    def __init__(self, said: Iterable[str | None]) -> None:
        wanted = {" ".join(one.split()) for one in said if one is not None}
        self.said = sorted(
            (one for one in wanted if len(one) >= _LETTERS_MIN), key=len, reverse=True
        )
        folded = map(plain_name, self.said)
        self._plain = {one for one in folded if len(one) >= _LETTERS_MIN}
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
        plain = f" {plain_name(text)} "
        return any(f" {one} " in plain for one in self._plain)

    def stand_in_row(self, cells: Sequence[str]) -> bool:
        """Tell whether a list's row holds any of them, a name perhaps in two cells."""
        if self.stand_in(" ".join(cells)):
            return True
        if not self._parted:
            return False
        plain = {plain_name(cell) for cell in cells}
        return any(first in plain and last in plain for first, last in self._parted)

    def cut(self, text: str) -> str:
        """Return a text without them; one that spells them otherwise goes as a whole."""
        left = self._pattern.sub(CUT, text)
        return CUT if self.stand_in(left) else left

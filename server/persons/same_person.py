"""Whether something names a person. Pure."""

from __future__ import annotations

import msgspec

from server.erasures.hashed_words import plain_phone
from server.persons.personal_words import CUT_LETTERS_MIN
from shared.kernel.email_address import email_key
from shared.manifest.name_folding import fold_name


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
        mails = _plain(email_key, self.email, email)
        phones = _plain(plain_phone, self.phone, phone)
        if any(mine and mine == theirs for mine, theirs in (mails, phones)):
            return True
        mine, theirs = _plain(fold_name, self.name, name)
        if not mine or mine != theirs:
            return False
        return not any(one and other and one != other for one, other in (mails, phones))

    def is_sayable(self) -> bool:
        """Tell whether anybody could be found by it."""
        return bool(
            fold_name(self.name or "")
            or email_key(self.email or "")
            or len(plain_phone(self.phone or "")) >= CUT_LETTERS_MIN
        )


def _plain(fold: object, mine: str | None, theirs: str | None) -> tuple[str, str]:
    assert callable(fold)
    return fold(mine or ""), fold(theirs or "")

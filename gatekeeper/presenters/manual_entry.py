"""A code while it is typed: what stands there, what may follow, whether it can be looked up."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.credential.manual_code import CHARACTER_COUNT, parse_manual_code
from shared.kernel.errors import Malformed
from shared.kernel.ids import CROCKFORD
from shared.manifest.presenting import FOREIGN_SIZE_MAX

CODE_KEYS: Final = CROCKFORD.upper()
"""The 32 characters of a code, in the keypad's order."""
CHECK_KEYS: Final = "*~$=U"
"""Check symbols that are no code characters."""
FOREIGN_KEYS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./:#+=$%* "
"""What codes of other box offices are made of, in the keypad's order; letters come small too."""
SIZE: Final = CHARACTER_COUNT + 1
_SHOWN: Final = 36
_BREAK: Final = "\u200b"
_SAME: Final = {"O": "0", "I": "1", "L": "1"}
_GROUP: Final = 4


class ManualEntry(msgspec.Struct, frozen=True):
    """Characters entered so far, in upper case, without separators."""

    text: str = ""

    @property
    def is_full(self) -> bool:
        """Whether the check symbol stands there as well."""
        return len(self.text) == SIZE

    @property
    def fits(self) -> bool:
        """Whether the whole code and its check symbol belong together."""
        if not self.is_full:
            return False
        try:
            parse_manual_code(self.text)
        except Malformed:
            return False
        return True

    @property
    def left(self) -> int:
        """Code characters that are still missing; 0 when only the check symbol is."""
        return max(0, CHARACTER_COUNT - len(self.text))

    def may_follow(self, character: str) -> bool:
        """Whether a key of the keypad can be next."""
        if self.is_full:
            return False
        return character in CODE_KEYS or (
            len(self.text) == CHARACTER_COUNT and character in CHECK_KEYS
        )

    def type(self, character: str) -> ManualEntry:
        """Return the entry with one more character; one that cannot follow changes nothing."""
        upper = character.upper() if character.isascii() else ""
        plain = _SAME.get(upper, upper)
        return ManualEntry(self.text + plain) if plain and self.may_follow(plain) else self

    def erase(self) -> ManualEntry:
        """Return the entry without its last character."""
        return ManualEntry(self.text[:-1])

    def spell(self) -> str:
        """Spell it in its groups, with a low line for what is missing: `7K2M-9Q__-_`."""
        padded = self.text.ljust(SIZE, "_")
        groups = padded[:_GROUP], padded[_GROUP : 2 * _GROUP], padded[2 * _GROUP :]
        return "-".join(groups)


class ForeignEntry(msgspec.Struct, frozen=True):
    """A code of another box office, as it is printed: any characters, at any length.

    Attributes:
        text: What stands there; the case of letters counts, because it counts in such codes.
    """

    text: str = ""

    @property
    def fits(self) -> bool:
        """Whether there is something to be looked up."""
        return bool(self.text.strip())

    @property
    def count(self) -> int:
        """How many characters stand there."""
        return len(self.text)

    def type(self, character: str) -> ForeignEntry:
        """Return the entry with one more character; what is none, or one too many, changes none.

        No such code begins with a space.
        """
        is_one = len(character) == 1 and character.isprintable()
        if not is_one or self.count >= FOREIGN_SIZE_MAX or not (self.text + character).strip():
            return self
        return ForeignEntry(self.text + character)

    def erase(self) -> ForeignEntry:
        """Return the entry without its last character."""
        return ForeignEntry(self.text[:-1])

    def spell(self) -> str:
        """Spell it so that it can be broken anywhere; of a long one its end: `…4567_`."""
        shown = self.text if self.count <= _SHOWN else "…" + self.text[-_SHOWN:]
        return _BREAK.join(shown + "_")


def begin_entry(*, has_foreign: bool, was_foreign: bool) -> ManualEntry | ForeignEntry:
    """Begin with nothing, and with a code of the kind that was chosen last.

    Args:
        has_foreign: Codes of other box offices are offered.
        was_foreign: Such a one was chosen last.
    """
    return ForeignEntry() if has_foreign and was_foreign else ManualEntry()

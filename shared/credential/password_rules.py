"""What makes a password that somebody chooses acceptable: by the server, and at the desk at once.

Length counts, composition does not (ASVS 6.2). What is common, a row of keys, one repeated piece,
or made from the person's own name or address, is refused.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

PASSWORD_LENGTH_MIN: Final = 12
PASSWORD_LENGTH_MAX: Final = 256
"""Characters; nothing is cut off."""
_LETTERS_MIN: Final = 5
"""Different ones of a password."""
_OWN_PIECE_MIN: Final = 3
_LEFT_MIN: Final = 4
"""Letters that are left without the person's own name and address."""
_PADDING: Final = "0123456789 !?.,-_*#$%&@+="
_KEYBOARD_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol",
)
_COMMON_STEMS: Final = frozenset(
    """
    password passwort passw0rd letmein welcome admin administrator iloveyou monkey dragon
    football baseball sunshine princess qwerty qwertz azerty changeme secret gatekeeper ticket
    tickets starwars superman batman trustno1 whatever freedom master shadow michael jennifer
    hello login access flower charlie hunter soccer hockey killer pepper ginger summer winter
    spring autumn default temporary guest organizer event events festival concert concerts
    theatre theater
    """.split()  # noqa: SIM905 - some words read better as text
)
"""What common passwords consist of; long ones repeat these and pad them with digits."""


class PasswordFlaw(StrEnum):
    """Why a password is not taken."""

    LENGTH = "length"
    REPEATS = "repeats"
    COMMON = "common"
    KEYS = "keys"
    OWN = "own"


_WORDS: Final = {
    PasswordFlaw.LENGTH: f"must have {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters",
    PasswordFlaw.REPEATS: "repeats itself; use several words that have nothing to do with each"
    " other",
    PasswordFlaw.COMMON: "is too common",
    PasswordFlaw.KEYS: "is a row of keys",
    PasswordFlaw.OWN: "is made of your own name or address",
}


def find_password_flaw(password: str, *personal: str) -> PasswordFlaw | None:
    """Say why a password is not acceptable; None if it is.

    Args:
        password: As typed, not trimmed.
        personal: Name and e-mail.
    """
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        return PasswordFlaw.LENGTH
    folded = password.casefold()
    letters = folded.strip(_PADDING)
    if len(set(folded)) < _LETTERS_MIN or repeats(folded):
        return PasswordFlaw.REPEATS
    if not letters or letters in _COMMON_STEMS or repeats(letters):
        return PasswordFlaw.COMMON
    doubled = [row * 2 for row in _KEYBOARD_ROWS]
    if any(folded in row or folded[::-1] in row for row in doubled):
        return PasswordFlaw.KEYS
    own = {piece for text in personal for piece in _pieces(text) if len(piece) >= _OWN_PIECE_MIN}
    for piece in sorted(own, key=len, reverse=True):
        letters = letters.replace(piece, "")
    if sum(letter.isalnum() for letter in letters) < _LEFT_MIN:
        return PasswordFlaw.OWN
    return None


def find_weakness(password: str, *personal: str) -> str | None:
    """Say why a password is not acceptable; None if it is.

    Args:
        password: As typed, not trimmed.
        personal: Name and e-mail.
    """
    flaw = find_password_flaw(password, *personal)
    return None if flaw is None else _WORDS[flaw]


def _pieces(text: str) -> list[str]:
    for mark in "@.+-_":
        text = text.replace(mark, " ")
    return text.casefold().split()


def repeats(text: str) -> bool:
    """Tell whether a text is one piece over and over."""
    return any(
        len(text) % size == 0 and text == text[:size] * (len(text) // size)
        for size in range(1, len(text) // 2 + 1)
    )

"""Password hashes (argon2id) and what makes a password acceptable.

Hashing runs in threads behind a semaphore, so that many sign-ins at once take neither the memory
nor the event loop.
"""

from __future__ import annotations

import asyncio
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from server.policy import (
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    PASSWORD_MEMORY_KIB,
    PASSWORD_PASSES,
)
from server.system import cpu_count
from shared.kernel.ports import Entropy

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
    spring autumn default temporary guest organizer event events
    """.split()  # noqa: SIM905 - sixty words read better as text
)
"""What common passwords consist of; long ones repeat these and pad them with digits."""


class PasswordHashes:
    """Hashes and verifies passwords without blocking the event loop.

    Args:
        entropy: Draws the salts.
        memory_kib: What each hash costs, in memory and
        passes: in time; less is for tests that guess by the hundred.
    """

    def __init__(
        self,
        entropy: Entropy,
        *,
        memory_kib: int = PASSWORD_MEMORY_KIB,
        passes: int = PASSWORD_PASSES,
    ) -> None:
        self._entropy = entropy
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=1, hash_len=32, type=Type.ID
        )
        self._turns = asyncio.Semaphore(cpu_count())
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the encoded hash of a new password."""
        salt = self._entropy.random_bytes(16)
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password, salt=salt)

    async def is_right(self, password: str, encoded: str | None) -> bool:
        """Tell whether a password fits; takes the same time for accounts that do not exist."""
        if encoded is None:
            if self._decoy is None:
                self._decoy = await self.hash("decoy of an account without a password")
            await self._verify(password, self._decoy)
            return False
        return await self._verify(password, encoded)

    def is_outdated(self, encoded: str) -> bool:
        """Tell whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    async def _verify(self, password: str, encoded: str) -> bool:
        async with self._turns:
            try:
                return await asyncio.to_thread(self._hasher.verify, encoded, password)
            except (VerificationError, InvalidHashError):
                return False


def find_weakness(password: str, *personal: str) -> str | None:
    """Say why a password is not acceptable; None if it is.

    Length counts, composition does not (ASVS 6.2). What is common, a keyboard row, one repeated
    piece, or made from the person's own name or address, is refused.

    Args:
        password: As typed, not trimmed.
        personal: Name and e-mail.
    """
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        return f"must have {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters"
    folded = password.casefold()
    letters = folded.strip("0123456789 !?.,-_*#$%&@+=")
    if len(set(folded)) < 5 or _repeats(folded):
        return "repeats itself; use several words that have nothing to do with each other"
    if not letters or letters in _COMMON_STEMS or _repeats(letters):
        return "is too common"
    doubled = [row * 2 for row in _KEYBOARD_ROWS]
    if any(folded in row or folded[::-1] in row for row in doubled):
        return "is a row of keys"
    own = {piece for text in personal for piece in _pieces(text) if len(piece) >= 3}
    for piece in sorted(own, key=len, reverse=True):
        letters = letters.replace(piece, "")
    if sum(letter.isalnum() for letter in letters) < 4:
        return "is made of your own name or address"
    return None


def _pieces(text: str) -> list[str]:
    for mark in "@.+-_":
        text = text.replace(mark, " ")
    return text.casefold().split()


def _repeats(text: str) -> bool:
    return any(
        len(text) % size == 0 and text == text[:size] * (len(text) // size)
        for size in range(1, len(text) // 2 + 1)
    )

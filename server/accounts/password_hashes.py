"""Password hashes (argon2id) and what makes a password acceptable.

Hashing runs in few threads of its own, so that many sign-ins at once take neither the memory nor
the event loop; the system prefers others to them, so that guesses do not take the processors from
claims.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from server.host_machine import cpu_count, yield_to_others
from shared.kernel.ports import Entropy

PASSWORD_MEMORY_KIB: Final = 19_456
PASSWORD_PASSES: Final = 2
"""OWASP's smaller set for argon2id with one lane: about 24 ms of a core for each guess."""


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
        self._threads = ThreadPoolExecutor(cpu_count(), "password", yield_to_others)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the encoded hash of a new password."""
        salt = self._entropy.random_bytes(16)
        hashing = partial(self._hasher.hash, password, salt=salt)
        return await asyncio.get_running_loop().run_in_executor(self._threads, hashing)

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
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._threads, self._hasher.verify, encoded, password
            )
        except (VerificationError, InvalidHashError):
            return False

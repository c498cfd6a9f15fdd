"""What lies in the database sealed: under a secret of the data folder, bound to what it is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from shared.kernel.errors import GatekeeperError
from shared.kernel.ports import Entropy

_NONCE_SIZE: Final = 12


class DataSeal:
    """Seals and opens (ChaCha20-Poly1305, RFC 8439).

    Args:
        secret: 32 bytes of the data folder's.
        refuse: Says what to do where another secret has sealed something.
    """

    def __init__(self, secret: bytes, refuse: Callable[[], GatekeeperError]) -> None:
        self._cipher = ChaCha20Poly1305(secret)
        self._refuse = refuse

    def seal(self, content: bytes, owner: bytes, entropy: Entropy) -> bytes:
        """Return something, sealed and bound to what it is of."""
        nonce = entropy.random_bytes(_NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, content, owner)

    def open(self, sealed: bytes, owner: bytes) -> bytes:
        """Return what was sealed for the same owner.

        Raises:
            GatekeeperError: what `refuse` says, if another secret has sealed it, or for another.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], owner)
        except InvalidTag:
            raise self._refuse() from None

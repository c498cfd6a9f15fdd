"""What lies in the database sealed: under a secret of the data folder, bound to what it is of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from server.settings import load_secret
from shared.kernel.errors import GatekeeperError, StoreFault
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


def open_seal(
    data_folder: Path, entropy: Entropy, *, name: str, what: str, otherwise: str
) -> DataSeal:
    """Open one of the data folder's seals, making its secret on first use.

    Args:
        data_folder: Where its secrets are.
        entropy: Draws the secret.
        name: The secret's.
        what: What cannot be opened where the secret is another one.
        otherwise: What to do then, if the old one cannot be put back.

    Raises:
        StoreFault: if the secret can be neither read nor made.
    """
    told = (
        f"{what} cannot be opened: restore secrets/{name}.key from the data folder that made it,"
        f" or {otherwise}"
    )
    return DataSeal(load_secret(data_folder, name, entropy), lambda: StoreFault(told))

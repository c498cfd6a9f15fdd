"""Pieces of files at rest: sealed under a secret of the data folder, bound to their place."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from server.settings import load_secret
from shared.kernel.errors import StoreFault
from shared.kernel.ports import Entropy

SEAL_NAME: Final = "ticket-files"
_NONCE_SIZE: Final = 12


class FileSeal:
    """Seals and opens pieces (ChaCha20-Poly1305, RFC 8439)."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = ChaCha20Poly1305(secret)

    def seal(self, piece: bytes, place: str, entropy: Entropy) -> bytes:
        """Return a piece, sealed and bound to its file and number."""
        nonce = entropy.random_bytes(_NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, piece, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Return a piece.

        Raises:
            StoreFault: if the data folder's secret is not the one that sealed it.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], place.encode())
        except InvalidTag:
            message = (
                f"a file of tickets cannot be opened: put secrets/{SEAL_NAME}.key of the data"
                " folder that made it back in its place, or have the file written again"
            )
            raise StoreFault(message) from None


def open_file_seal(data_folder: Path, entropy: Entropy) -> FileSeal:
    """Open the data folder's seal, making its secret on first use.

    Raises:
        StoreFault: if the secret can be neither read nor made.
    """
    return FileSeal(load_secret(data_folder, SEAL_NAME, entropy))

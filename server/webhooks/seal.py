"""Webhooks' secrets at rest: sealed under a secret of the data folder, bound to their webhooks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from server.settings import load_secret
from shared.kernel.errors import StoreFault
from shared.kernel.ports import Entropy

SEAL_NAME: Final = "webhooks"
_NONCE_SIZE: Final = 12


class WebhookSeal:
    """Seals and opens webhooks' secrets (ChaCha20-Poly1305, RFC 8439)."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = ChaCha20Poly1305(secret)

    def seal(self, secret: bytes, webhook_id: str, entropy: Entropy) -> bytes:
        """Return a secret, sealed and bound to its webhook."""
        nonce = entropy.random_bytes(_NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, secret, webhook_id.encode())

    def open(self, sealed: bytes, webhook_id: str) -> bytes:
        """Return a webhook's secret.

        Raises:
            StoreFault: if the data folder's secret is not the one that sealed it.
        """
        try:
            return self._cipher.decrypt(
                sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], webhook_id.encode()
            )
        except InvalidTag:
            message = (
                f"a webhook's secret cannot be opened: put secrets/{SEAL_NAME}.key of the data"
                " folder that made it back in its place, or draw the webhook another secret"
            )
            raise StoreFault(message) from None


def open_seal(data_folder: Path, entropy: Entropy) -> WebhookSeal:
    """Open the data folder's seal, making its secret on first use.

    Raises:
        StoreFault: if the secret can be neither read nor made.
    """
    return WebhookSeal(load_secret(data_folder, SEAL_NAME, entropy))

"""Private keys at rest: sealed under a secret of the data folder, never readable in a dump."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from server.data_seal import DataSeal
from server.settings import load_secret, secret_file
from shared.kernel.ed25519 import SEED_SIZE, SigningKey
from shared.kernel.errors import StoreFault
from shared.kernel.ports import Entropy

SEAL_NAME: Final = "signing_keys"
SEALED_BY_ANOTHER: Final = (
    "the organization's keys cannot be opened: restore secrets/signing_keys.key from the data"
    " folder that made them"
)
_DERIVED_SIZE: Final = 32


class Vault:
    """Seals and opens the seeds of signing keys."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._seal = DataSeal(secret, _refuse)

    def derive(self, purpose: bytes) -> bytes:
        """Return a 32-byte secret of a purpose's own; the same after a database was put back.

        Args:
            purpose: At most 16 bytes; no other use of the vault's secret has the same.
        """
        hashed = hashlib.blake2b(key=self._secret, person=purpose, digest_size=_DERIVED_SIZE)
        return hashed.digest()

    def seal(self, key: SigningKey, entropy: Entropy) -> bytes:
        """Return the seed, sealed and bound to its public key."""
        return self._seal.seal(key.seed, key.public_key, entropy)

    def open(self, sealed: bytes, public_key: bytes) -> SigningKey:
        """Return the key pair.

        Raises:
            StoreFault: if the data folder's secret is not the one that sealed it.
        """
        seed = self._seal.open(sealed, public_key)
        assert len(seed) == SEED_SIZE
        return SigningKey(seed)


def _refuse() -> StoreFault:
    return StoreFault(SEALED_BY_ANOTHER)


def open_vault(data_folder: Path, entropy: Entropy) -> Vault:
    """Open the data folder's vault, making its secret on first use.

    Raises:
        StoreFault: if the secret can be neither read nor made.
    """
    return Vault(load_secret(data_folder, SEAL_NAME, entropy))


def has_vault(data_folder: Path) -> bool:
    """Whether the data folder has a vault's secret, good or damaged."""
    return secret_file(data_folder, SEAL_NAME).exists()

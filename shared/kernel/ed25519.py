"""All programs sign, and check signatures, by Ed25519 (RFC 8032) here alone, over libsodium.

libsodium verifies in about 40 µs and releases the interpreter lock meanwhile, so that a server
can check a batch on all cores. It refuses small-order public keys and any S not below the group
order, so a signature has one spelling.

Every signature of the project covers a context string and a zero byte before the message, so
that bytes signed for one purpose verify for no other.
"""

from __future__ import annotations

import hashlib
from typing import Final

from nacl import bindings
from nacl.exceptions import BadSignatureError, CryptoError

from shared.kernel.ports import Entropy

SEED_SIZE: Final = 32
PUBLIC_KEY_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64


class SigningKey:
    """A private key with its public half.

    Attributes:
        public_key: 32 bytes.
    """

    __slots__ = ("_secret", "public_key", "seed")

    def __init__(self, seed: bytes) -> None:
        """Derive the pair from a seed of 32 bytes."""
        assert len(seed) == SEED_SIZE
        self.seed = seed
        self.public_key, self._secret = bindings.crypto_sign_seed_keypair(seed)

    @classmethod
    def generate(cls, entropy: Entropy) -> SigningKey:
        """Make a fresh pair."""
        return cls(entropy.random_bytes(SEED_SIZE))

    def sign(self, context: bytes, message: bytes) -> bytes:
        """Return the 64-byte signature over `context ‖ 0x00 ‖ message`."""
        signed: bytes = bindings.crypto_sign(context + b"\0" + message, self._secret)
        return signed[:SIGNATURE_SIZE]


def is_valid(public_key: bytes, signature: bytes, context: bytes, message: bytes) -> bool:
    """Tell whether `signature` is `public_key`'s over `context ‖ 0x00 ‖ message`."""
    return is_valid_bare(public_key, signature, context + b"\0" + message)


def is_valid_bare(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature without a context verifies; only for foreign formats."""
    if len(public_key) != PUBLIC_KEY_SIZE or len(signature) != SIGNATURE_SIZE:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public_key)
    except (BadSignatureError, CryptoError):
        return False
    return True


def sha256(message: bytes) -> bytes:
    """Return the 32-byte SHA-256 digest."""
    return hashlib.sha256(message).digest()

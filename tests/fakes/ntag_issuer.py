"""A chip maker of our own: signs UIDs on secp128r1 under a test key."""

from __future__ import annotations

from typing import Final

from ecdsa import SigningKey
from ecdsa.curves import SECP128r1

_KEY: Final = SigningKey.from_secret_exponent(0x5EC12E7F00112233445566778899AABB, SECP128r1)

TEST_PUBLIC_KEY: Final = bytes(_KEY.verifying_key.to_string("uncompressed"))
ORDER: Final = int(SECP128r1.order)


def sign_uid(uid: bytes, nonce: int = 0x1234567) -> bytes:
    """Return the 32-byte signature over a UID under `TEST_PUBLIC_KEY`."""
    return bytes(_KEY.sign_digest(uid, k=nonce))

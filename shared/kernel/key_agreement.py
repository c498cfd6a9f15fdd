"""A key that two devices share without ever sending it, from the Ed25519 keys that they have.

X25519 (RFC 7748) between one's private and the other's public key, both converted from Ed25519
by libsodium; then BLAKE2b, which binds the result to both keys and to its purpose. What it is for:
`shared.kernel.message_authentication_codes`.
"""

from __future__ import annotations

import hashlib
from typing import Final

from nacl import bindings
from nacl.exceptions import CryptoError

from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput

_PURPOSE_SIZE_MAX: Final = 16


def agree_on_key(key: SigningKey, public_key: bytes, purpose: bytes) -> bytes:
    """Return the 32-byte key that this and the other device share for a purpose.

    Args:
        key: One's own.
        public_key: The other's Ed25519 key, 32 bytes.
        purpose: At most 16 bytes; other purposes give other keys.

    Raises:
        BadInput: if the other's key is no point of the curve, or one of small order.
    """
    assert len(purpose) <= _PURPOSE_SIZE_MAX
    try:
        theirs = bindings.crypto_sign_ed25519_pk_to_curve25519(public_key)
        mine = bindings.crypto_sign_ed25519_sk_to_curve25519(key.seed + key.public_key)
        shared = bindings.crypto_scalarmult(mine, theirs)
    except CryptoError:
        raise BadInput("this public key cannot be used for a shared key") from None
    both = b"".join(sorted((key.public_key, public_key)))
    return hashlib.blake2b(shared + both, digest_size=32, person=purpose).digest()

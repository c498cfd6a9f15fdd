"""The authentication code of a message, under a key that two share: one of them has made it.

Gates know each other's datagrams by it, device and server each other's requests and answers, and
the ledger what it has granted. It costs a fiftieth of a signature to check, and proves nothing to
a third party: what others must believe is signed.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

TAG_SIZE: Final = 16
"""Bytes of a code."""


def tag(key: bytes, message: bytes) -> bytes:
    """Return the BLAKE2b code of a message, `TAG_SIZE` bytes, under a shared key of 32 bytes."""
    return hashlib.blake2b(message, key=key, digest_size=TAG_SIZE).digest()


def is_tagged(key: bytes, message: bytes, code: bytes) -> bool:
    """Tell whether `code` is the message's code, in constant time."""
    return hmac.compare_digest(tag(key, message), code)

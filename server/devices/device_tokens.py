"""The tokens that devices keep, and what they are found by."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import Final

from shared.kernel.ports import Entropy

DEVICE_PREFIX: Final = "gkd_"
TOKEN_BYTES: Final = 32
TOKEN_SIZE_MAX: Final = 128


def new_token(entropy: Entropy) -> str:
    """Draw a device's bearer token."""
    drawn = urlsafe_b64encode(entropy.random_bytes(TOKEN_BYTES)).rstrip(b"=").decode()
    return DEVICE_PREFIX + drawn


def hash_token(token: str) -> bytes:
    """Return what a token is found by."""
    return hashlib.sha256(token.encode()).digest()

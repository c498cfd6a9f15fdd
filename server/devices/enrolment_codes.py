"""One-time codes that people type, and the tokens that devices keep."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import Final

from shared.kernel.ids import CROCKFORD
from shared.kernel.ports import Entropy
from shared.wire.enrol_code import CODE_CHARACTERS

DEVICE_PREFIX: Final = "gkd_"
TOKEN_BYTES: Final = 32
TOKEN_SIZE_MAX: Final = 128
_GROUP: Final = 4


def new_code(entropy: Entropy) -> str:
    """Draw a code and spell it in groups, like `7K2M-9Q4T-1X0C-8F3Z`."""
    drawn = entropy.random_bytes(CODE_CHARACTERS)
    text = "".join(CROCKFORD[byte & 31] for byte in drawn)
    return "-".join(text[at : at + _GROUP] for at in range(0, CODE_CHARACTERS, _GROUP))


def new_token(entropy: Entropy) -> str:
    """Draw a device's bearer token."""
    drawn = urlsafe_b64encode(entropy.random_bytes(TOKEN_BYTES)).rstrip(b"=").decode()
    return DEVICE_PREFIX + drawn


def hash_token(token: str) -> bytes:
    """Return what a token is found by."""
    return hashlib.sha256(token.encode()).digest()

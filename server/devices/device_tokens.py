"""The tokens that devices keep; they are found by their hashes, as access keys are."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import Final

from server.keys.vault import Vault

DEVICE_PREFIX: Final = "gkd_"
PURPOSE: Final = b"gatekeeper/tokn1"
TOKEN_SIZE_MAX: Final = 128


def token_of_enrolment(vault: Vault, code_id: bytes, public_key: bytes) -> str:
    """Return the bearer token that a code gives to the device that has a key.

    It is the same each time, so that a device whose answer was lost may ask again. Only the
    server can tell it, whoever knows the code and the key.
    """
    made = hashlib.blake2b(code_id + public_key, key=vault.derive(PURPOSE), digest_size=32)
    return DEVICE_PREFIX + urlsafe_b64encode(made.digest()).rstrip(b"=").decode()

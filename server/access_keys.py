"""Keys of random digits that prove who has them: made, known by their form, kept as hashes."""

from __future__ import annotations

import hashlib
import zlib
from typing import Final

from shared.kernel.ports import Entropy

BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_BODY_LENGTH: Final = 30
KEY_CHECK_LENGTH: Final = 6
KEY_SHOWN_LENGTH: Final = 8


def new_key(prefix: str, entropy: Entropy) -> str:
    """Make a key such as `gks_` + 30 characters (178 bits) + 6 of checksum."""
    body = ""
    while len(body) < KEY_BODY_LENGTH:
        # 248 is the highest multiple of 62 in a byte: what is above would favour some digits.
        body += "".join(BASE62[b % 62] for b in entropy.random_bytes(40) if b < 248)
    body = body[:KEY_BODY_LENGTH]
    return f"{prefix}_{body}{checksum(body)}"


def is_well_formed_key(text: str, prefix: str) -> bool:
    """Tell whether a key can be one of ours, without asking the database."""
    head, _, rest = text.partition("_")
    if head != prefix or len(rest) != KEY_BODY_LENGTH + KEY_CHECK_LENGTH:
        return False
    return rest.isascii() and checksum(rest[:KEY_BODY_LENGTH]) == rest[KEY_BODY_LENGTH:]


def checksum(body: str) -> str:
    """Return the CRC-32 of a key's body as six base62 digits."""
    number = zlib.crc32(body.encode("ascii"))
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits.rjust(KEY_CHECK_LENGTH, "0")


def hash_token(token: str) -> bytes:
    """Return what the database keeps of a token with at least 128 random bits: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()

"""The one place where a credential is found genuine or not."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from shared.credential.codec import decode_credential, from_digits
from shared.credential.credential_fields import Claims
from shared.credential.keyring import Keyring, TicketKey
from shared.credential.sizes_and_bounds import CONTEXT
from shared.kernel.ed25519 import is_valid
from shared.kernel.errors import Malformed


class Flaw(StrEnum):
    """Why a credential is not genuine; the values are admission reason codes."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"


Verification: TypeAlias = tuple[Claims | None, TicketKey | Flaw]
"""What the bytes say, where they could be read, and whose word it is; unproven where it is none's.
"""


def verify_digits(digits: str, keyring: Keyring) -> Verification:
    """Verify a printed credential from its 200 digits."""
    try:
        credential = from_digits(digits)
    except Malformed:
        return None, Flaw.MALFORMED
    return verify_credential(credential, keyring, tag_uid=None)


def verify_credential(
    credential: bytes, keyring: Keyring, *, tag_uid: bytes | None
) -> Verification:
    """Verify credential bytes as read from paper or screen, or from a tag.

    Args:
        credential: 83 or 90 bytes.
        keyring: The trusted keys.
        tag_uid: The UID that the NFC reader saw, or None where no tag was read. A credential
            bound to a tag is refused anywhere but on that tag; a printed one on a tag is what it
            is, a copyable code, and verifies.

    Returns:
        The claims, and the key whose own words they are, within its scope; or the flaw:
        `malformed` (not GK1's bytes: no claims), `bad_signature` (no key that the id names made
        this signature, or it is on another tag), `unknown_key` (no trusted key has that id, or
        the one that signed may not say this).
    """
    try:
        claims, body, signature = decode_credential(credential)
    except Malformed:
        return None, Flaw.MALFORMED
    candidates = keyring.named(claims.key_id)
    if not candidates:
        return claims, Flaw.UNKNOWN_KEY
    signers = [k for k in candidates if is_valid(k.public_key, signature, CONTEXT, body)]
    if not signers or (claims.tag_uid is not None and claims.tag_uid != tag_uid):
        return claims, Flaw.BAD_SIGNATURE
    for key in signers:
        if key.covers(claims):
            return claims, key
    return claims, Flaw.UNKNOWN_KEY

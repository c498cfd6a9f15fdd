"""Originality signatures of NXP's tags (NTAG 21x, Ultralight EV1): is this a chip of theirs?

NXP's ECDSA signature on secp128r1 over the bare 7-byte UID, without a hash. Neither OpenSSL nor
libsodium has that curve; the library that has it does not compute in constant time, which nothing
here needs, since all of it is public. What the check stops and what it does not stands in
`docs/specs/media.md`.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from ecdsa import BadDigestError, BadSignatureError, VerifyingKey
from ecdsa.curves import SECP128r1

ORIGINALITY_SIZE: Final = 32
NTAG21X_PUBLIC_KEY: Final = bytes.fromhex(
    "04494e1a386d3d3cfe3dc10e5de68a499b1c202db5b132393e89ed19fe5be8bc61"
)
ULTRALIGHT_EV1_PUBLIC_KEY: Final = bytes.fromhex(
    "0490933bdcd6e99b4e255e3da55389a827564e11718e017292faf23226a96614b8"
)

NXP_PUBLIC_KEYS: Final = (NTAG21X_PUBLIC_KEY, ULTRALIGHT_EV1_PUBLIC_KEY)
"""Whose chips are known."""


class Originality(Enum):
    """Whether the chip carries its maker's signature over its UID."""

    GENUINE = "genuine"
    FORGED = "forged"  # there is a signature, and it is not NXP's over this UID
    ABSENT = "absent"  # the chip or the reader tells none


def judge_originality(
    uid: bytes, signature: bytes | None, maker_keys: tuple[bytes, ...]
) -> Originality:
    """Tell whether a signature is one of the maker's keys' over the UID."""
    if signature is None:
        return Originality.ABSENT
    if any(is_original(uid, signature, key) for key in maker_keys):
        return Originality.GENUINE
    return Originality.FORGED


def is_original(uid: bytes, signature: bytes, public_key: bytes = NTAG21X_PUBLIC_KEY) -> bool:
    """Tell whether NXP's originality signature belongs to this UID.

    Args:
        uid: As the tag sends it, 7 bytes.
        signature: The 32 bytes that READ_SIG answers, r then s.
        public_key: 33 bytes, uncompressed: that of the chip's family.
    """
    key = VerifyingKey.from_string(public_key, SECP128r1)
    try:
        return bool(key.verify_digest(signature, uid))
    except (BadSignatureError, BadDigestError):
        return False

"""A credential's form on an NFC tag: raw bytes in one NDEF external record.

The record's type is `gatekeeper:gk1`. A message for a tag-bound credential takes 107 bytes, so
it fits an NTAG213, which has room for 137 as delivered. NDEF layout: NFC Forum, NDEF 1.0,
section 3.2.
"""

from __future__ import annotations

from typing import Final

from shared.credential.sizes_and_bounds import SIZE_PRINT, SIZE_TAG
from shared.kernel.errors import Malformed

RECORD_TYPE: Final = b"gatekeeper:gk1"
_FLAGS: Final = 0b1101_0100
"""First and last record (MB, ME), short (SR), type name format 4: external."""


def to_ndef(credential: bytes) -> bytes:
    """Wrap credential bytes (83 or 90) into a whole NDEF message."""
    assert len(credential) in {SIZE_PRINT, SIZE_TAG}
    header = bytes((_FLAGS, len(RECORD_TYPE), len(credential)))
    return header + RECORD_TYPE + credential


def from_ndef(message: bytes) -> bytes:
    """Take the credential bytes out of an NDEF message of exactly one such record.

    Raises:
        Malformed: if the message is anything else.
    """
    start = 3 + len(RECORD_TYPE)
    credential = message[start:]
    if len(credential) not in {SIZE_PRINT, SIZE_TAG} or message != to_ndef(credential):
        message_text = "this tag holds no Gatekeeper ticket"
        raise Malformed(message_text)
    return credential

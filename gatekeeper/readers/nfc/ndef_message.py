"""What an NDEF message on a tag says: a credential, a text, or nothing that we know."""

from __future__ import annotations

from typing import Final

import ndef

from shared.credential.ndef_record import from_ndef
from shared.kernel.errors import Malformed

_TEXT_MAX: Final = 1024


def credential_of(message: bytes) -> bytes | None:
    """Return GK1's bytes if the message is exactly the one record of the specification."""
    try:
        return from_ndef(message)
    except Malformed:
        return None


def text_of(message: bytes) -> str | None:
    """Return the text or address of a message of exactly one such record.

    Addresses are given as they are stored: ndeflib's `uri` would percent-encode the query, over
    which SUN messages are signed.
    """
    try:
        records = list(ndef.message_decoder(message, errors="strict"))
    except (ndef.DecodeError, ValueError):
        return None
    if len(records) != 1:
        return None
    record = records[0]
    if isinstance(record, ndef.TextRecord):
        text: str = record.text
    elif isinstance(record, ndef.UriRecord):
        text = record.iri
    else:
        return None
    return text if 0 < len(text) <= _TEXT_MAX else None

"""Body bytes to claims and back, and credential bytes to decimal digits and back.

The digits are what the QR code holds: one big-endian number of exactly 200 decimal digits. Each
credential has exactly one spelling; every other string is refused here, before any cryptography.
"""

from __future__ import annotations

from typing import Final

from shared.credential.credential_fields import (
    Claims,
    instant_of_step,
    window_step_ceiling,
    window_step_floor,
)
from shared.credential.sizes_and_bounds import (
    BODY_SIZE_PRINT,
    DIGIT_COUNT,
    FORM_PRINT,
    FORM_TAG,
    SIZE_PRINT,
    SIZE_TAG,
    WINDOW_BITS,
    WINDOW_STEPS_MAX,
)
from shared.kernel.ed25519 import SIGNATURE_SIZE
from shared.kernel.errors import Malformed
from shared.kernel.id_types import TicketId

_ASCII_DIGITS: Final = frozenset("0123456789")
_NUMBER_LIMIT: Final = 256**SIZE_PRINT
_OTHER_DIGITS_MAX: Final = 48
"""Digits of the longest code of figures alone that others print (GS1-128)."""


def encode_body(claims: Claims) -> bytes:
    """Lay the claims out as 19 bytes (printed) or 26 (bound to a tag).

    A window is widened outwards to whole quarter hours, so the signed window never turns away a
    holder whom the exact one admits.

    Raises:
        BadInput: if a field does not fit.
    """
    claims.check()
    form = FORM_PRINT if claims.tag_uid is None else FORM_TAG
    window = window_step_floor(claims.valid_from) << WINDOW_BITS
    window |= window_step_ceiling(claims.valid_until)
    body = b"".join(
        (
            form.to_bytes(1, "big"),
            claims.key_id.to_bytes(2, "big"),
            claims.ticket_id.to_bytes(8, "big"),
            claims.ticket_type_code.to_bytes(2, "big"),
            window.to_bytes(5, "big"),
            claims.generation.to_bytes(1, "big"),
        )
    )
    assert len(body) == BODY_SIZE_PRINT
    return body + (claims.tag_uid or b"")


def decode_credential(credential: bytes) -> tuple[Claims, bytes, bytes]:
    """Split a credential into its claims, its body and its signature; nothing is verified yet.

    Raises:
        Malformed: if the length or the form byte is not one of GK1's.
    """
    form = credential[0] if credential else -1
    if (form, len(credential)) not in {(FORM_PRINT, SIZE_PRINT), (FORM_TAG, SIZE_TAG)}:
        raise Malformed("not a GK1 credential: wrong length or first byte")
    body, signature = credential[:-SIGNATURE_SIZE], credential[-SIGNATURE_SIZE:]
    window = int.from_bytes(body[13:18], "big")
    claims = Claims(
        key_id=int.from_bytes(body[1:3], "big"),
        ticket_id=TicketId(int.from_bytes(body[3:11], "big")),
        ticket_type_code=int.from_bytes(body[11:13], "big"),
        valid_from=instant_of_step(window >> WINDOW_BITS),
        valid_until=instant_of_step(window & WINDOW_STEPS_MAX),
        generation=body[18],
        tag_uid=body[BODY_SIZE_PRINT:] or None,
    )
    return claims, body, signature


def to_digits(credential: bytes) -> str:
    """Spell a printed credential (83 bytes) as its 200 decimal digits."""
    assert len(credential) == SIZE_PRINT
    return f"{int.from_bytes(credential, 'big'):0{DIGIT_COUNT}d}"


def is_misread(text: str) -> bool:
    """Tell whether a text can only be part of a printed credential's digits, or more than one's.

    A reader that stops amid a code, or sends two without an end between them, reads such.
    """
    is_of_digits = _ASCII_DIGITS.issuperset(text)
    return is_of_digits and len(text) > _OTHER_DIGITS_MAX and len(text) != DIGIT_COUNT


def from_digits(digits: str) -> bytes:
    """Read 200 decimal digits back into 83 bytes.

    Raises:
        Malformed: if the text is not exactly 200 ASCII digits below 256^83, or does not begin
            as a printed GK1 credential does.
    """
    if len(digits) != DIGIT_COUNT or not _ASCII_DIGITS.issuperset(digits):
        raise Malformed("not a GK1 code: it is exactly 200 decimal digits")
    number = int(digits)
    if number >= _NUMBER_LIMIT:
        raise Malformed("not a GK1 code: the number is too large")
    credential = number.to_bytes(SIZE_PRINT, "big")
    if credential[0] != FORM_PRINT:
        raise Malformed("not a GK1 code: unknown form")
    return credential

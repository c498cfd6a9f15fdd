"""Tickets of the foreign format pretix_sig1, as pretix publishes it.

The text of the code, reversed and decoded as standard base64, is: version 1 (1 byte), payload
length and signature length (2 bytes each, big-endian), the payload (a small protobuf message) and
an Ed25519 signature over the payload alone. It names neither its event nor its key: the key that
verifies it is what binds it to an event. Which item and sub-event mean what is the organizer's
import, not this module's.

A ticket's identity is its whole text (withdrawn tickets are listed by it), so a text is accepted
in one spelling only: what decodes to the same bytes but is written otherwise is malformed. The
signature has one spelling as well, which `shared.kernel.ed25519` sees to.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from shared.kernel import ed25519
from shared.kernel.errors import Malformed
from shared.kernel.ids import HEX_DIGITS
from shared.kernel.instant import INSTANT_MAX, SECOND, Instant

TEXT_LENGTH_MAX: Final = 4096
VERSION: Final = 1

_HEADER_SIZE = 5
_VARINT_SIZE_MAX = 10
_INSTANT_MIN = Instant(-62_135_596_800 * SECOND)  # the first second of the year 1
_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: id-Ed25519, 32 key bytes
_PEM_HEAD = "-----BEGIN PUBLIC KEY-----"
_PEM_FOOT = "-----END PUBLIC KEY-----"
_KEY_TEXT_LENGTH_MAX = 4096

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SEED, _ITEM, _VARIATION, _SUBEVENT, _VALID_FROM, _VALID_UNTIL = 1, 2, 3, 4, 5, 6

_Field: TypeAlias = tuple[int, int | bytes]


@dataclass(frozen=True, slots=True)
class PretixTicket:
    """What a pretix_sig1 text says; true only once `verify` has found a key for it.

    Attributes:
        text: The whole text of the code, the ticket's identity.
        seed: Random characters that make the text unique; nine as published.
        item: pretix's number of the ticket type; 0 if it names none.
        variation: pretix's number of the variation.
        subevent: pretix's number of the occurrence.
        valid_from: The first instant of validity, in µs.
        valid_until: The last instant of validity, in µs.
        payload: The signed bytes.
        signature: 64 bytes.
    """

    text: str
    seed: str
    item: int
    variation: int | None
    subevent: int | None
    valid_from: Instant | None
    valid_until: Instant | None
    payload: bytes
    signature: bytes


def parse(text: str) -> PretixTicket:
    """Read a code's text; says nothing about the signature.

    Raises:
        Malformed: if the text is not exactly one ticket in its one spelling.
    """
    raw = _bytes_of(text)
    if len(raw) < _HEADER_SIZE or raw[0] != VERSION:
        raise Malformed("not a pretix_sig1 ticket")
    payload_size = int.from_bytes(raw[1:3], "big")
    signature_size = int.from_bytes(raw[3:5], "big")
    if signature_size != ed25519.SIGNATURE_SIZE:
        raise Malformed("the signature is not 64 bytes long")
    if len(raw) != _HEADER_SIZE + payload_size + signature_size:
        raise Malformed("the ticket is cut off or has something after its end")
    payload = raw[_HEADER_SIZE : _HEADER_SIZE + payload_size]
    numbers, seed = _read_payload(payload)
    return PretixTicket(
        text=text,
        seed=seed,
        item=numbers.get(_ITEM, 0),
        variation=numbers.get(_VARIATION, 0) or None,
        subevent=numbers.get(_SUBEVENT, 0) or None,
        valid_from=_bound(numbers.get(_VALID_FROM, 0)),
        valid_until=_bound(numbers.get(_VALID_UNTIL, 0)),
        payload=payload,
        signature=raw[_HEADER_SIZE + payload_size :],
    )


def verify(ticket: PretixTicket, public_keys: Iterable[bytes]) -> bytes | None:
    """Find which of an event's keys signed the ticket.

    Args:
        ticket: As parsed.
        public_keys: Raw keys of 32 bytes; several may be valid at once, the first hit counts.

    Returns:
        The key that verifies, or None if none does.
    """
    for public_key in public_keys:
        if ed25519.is_valid_bare(public_key, ticket.signature, ticket.payload):
            return public_key
    return None


def public_key_from_pem_base64(text: str) -> bytes:
    """Read an event's key as published: base64 of a PEM SubjectPublicKeyInfo (RFC 8410).

    The PEM itself and 64 hex digits are read as well, since organizers paste what they have.

    Returns:
        The 32 raw bytes of the key.

    Raises:
        Malformed: if the text is none of these, or a key of another algorithm.
    """
    if len(text) > _KEY_TEXT_LENGTH_MAX:
        raise Malformed("too long for a public key")
    text = text.strip()
    # Not bytes.fromhex alone: it skips white space, and would return a shorter key.
    if len(text) == 2 * ed25519.PUBLIC_KEY_SIZE and HEX_DIGITS.issuperset(text):
        return bytes.fromhex(text)
    if not text.startswith("-----"):
        try:
            text = _decode_base64("".join(text.split())).decode("ascii").strip()
        except UnicodeDecodeError:
            raise Malformed("not a public key in PEM") from None
    if not (text.startswith(_PEM_HEAD) and text.endswith(_PEM_FOOT)):
        raise Malformed("not a public key in PEM")
    der = _decode_base64("".join(text[len(_PEM_HEAD) : -len(_PEM_FOOT)].split()))
    if len(der) != len(_SPKI_PREFIX) + ed25519.PUBLIC_KEY_SIZE or der[:12] != _SPKI_PREFIX:
        raise Malformed("not an Ed25519 public key")
    return der[len(_SPKI_PREFIX) :]


def _bytes_of(text: str) -> bytes:
    if not 0 < len(text) <= TEXT_LENGTH_MAX:
        raise Malformed("empty, or too long for a pretix_sig1 ticket")
    forward = text[::-1]
    raw = _decode_base64(forward)
    # Padding in the wrong place, stray trailing bits: the same bytes under another name.
    if base64.b64encode(raw).decode("ascii") != forward:
        raise Malformed("not the one spelling of this ticket")
    return raw


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64") from None


def _bound(seconds: int) -> Instant | None:
    """Turn Unix seconds into an instant within the calendar; 0 says that there is no bound."""
    if seconds == 0:
        return None
    return Instant(max(_INSTANT_MIN, min(INSTANT_MAX, seconds * SECOND)))


def _read_payload(payload: bytes) -> tuple[dict[int, int], str]:
    numbers: dict[int, int] = {}
    seed = b""
    for number, value in _fields(payload):
        # As protobuf has it: the last one wins, and a known field of another type is unknown.
        if isinstance(value, int):
            numbers[number] = value
        elif number == _SEED:
            seed = value
    try:
        return numbers, seed.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("the seed is not text") from None


def _fields(payload: bytes) -> Iterator[_Field]:
    """Walk a protobuf message; fixed-size fields, none of which the format has, are skipped."""
    at = 0
    while at < len(payload):
        tag, at = _varint(payload, at)
        number, wire_type = tag >> 3, tag & 7
        if not 1 <= number < 1 << 29:
            raise Malformed("the payload has a field that cannot be")
        if wire_type == _VARINT:
            value, at = _varint(payload, at)
            yield number, value - (1 << 64) if value >> 63 else value
            continue
        if wire_type == _BYTES:
            size, at = _varint(payload, at)
        elif wire_type in (_FIXED32, _FIXED64):
            size = 4 if wire_type == _FIXED32 else 8
        else:
            raise Malformed("the payload has a field of an unknown kind")
        if size > len(payload) - at:
            raise Malformed("the payload is cut off")
        if wire_type == _BYTES:
            yield number, payload[at : at + size]
        at += size


def _varint(payload: bytes, at: int) -> tuple[int, int]:
    """Read an unsigned varint of at most 64 bits; return it and the offset after it."""
    value = 0
    for index in range(_VARINT_SIZE_MAX):
        if at + index >= len(payload):
            raise Malformed("the payload is cut off")
        byte = payload[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if value >> 64:
                raise Malformed("the payload has a number over 64 bits")
            return value, at + index + 1
    raise Malformed("the payload has a number over 64 bits")

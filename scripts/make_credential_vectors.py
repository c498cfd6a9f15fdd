"""Writes tests/vectors/credential_gk1.json: GK1 credentials good and bad, from fixed seeds.

The file belongs to docs/specs/credential.md and is never edited by hand. Run this after adding a
vector; a test proves that the file is what this makes.

    python scripts/make_credential_vectors.py
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import msgspec

from shared.credential.codec import encode_body, to_digits
from shared.credential.credential_fields import Claims
from shared.credential.inspecting import InspectionKey, inspect_code
from shared.credential.manual_code import format_manual_code, parse_manual_code
from shared.credential.ndef_record import to_ndef
from shared.credential.signing import sign_credential
from shared.credential.sizes_and_bounds import CONTEXT
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import Malformed
from shared.kernel.id_types import TicketId
from shared.kernel.instant import format_instant, parse_instant

VECTORS_PATH: Final = Path("tests/vectors/credential_gk1.json")

GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
NEUTRAL_POINT: Final = (1).to_bytes(32, "little")
TAG_UID: Final = bytes.fromhex("04a1b2c3d4e5f6")
OTHER_TAG_UID: Final = bytes.fromhex("04a1b2c3d4e5f7")

FIRST, SECOND, SCOPED, STRANGER = (
    SigningKey(hashlib.sha256(f"gatekeeper/vectors/{name}".encode()).digest())
    for name in ("first", "second", "scoped", "stranger")
)
SIGNERS: Final = {"first": FIRST, "second": SECOND, "scoped": SCOPED, "stranger": STRANGER}

PLAIN: Final = Claims(key_id=0x0001, ticket_id=TicketId(0x0123456789ABCDEF), ticket_type_code=7)
WINDOW: Final = msgspec.structs.replace(
    PLAIN,
    ticket_id=0x1122334455667788,
    valid_from=parse_instant("2026-07-04T15:00:00Z"),
    valid_until=parse_instant("2026-07-05T02:00:00Z"),
    generation=2,
)
IN_SCOPE: Final = Claims(
    key_id=0x0A3F, ticket_id=TicketId(0x5A50000000000001), ticket_type_code=3, generation=1
)

Vector = dict[str, Any]


def build_vectors() -> Vector:
    """Make the whole document."""
    return {
        "about": "GK1 test vectors. Made by scripts/make_credential_vectors.py; never edited.",
        "specification": "docs/specs/credential.md",
        "signers": [
            {"name": name, "seed": key.seed.hex(), "public_key": key.public_key.hex()}
            for name, key in SIGNERS.items()
        ],
        "keyring": _keyring(),
        "valid": _valid(),
        "not_the_digits_spelling": _misspelled(),
        "not_the_bytes": _misshapen(),
        "unknown_key": _unknown_key(),
        "bad_signature": _bad_signature(),
        "out_of_scope": _out_of_scope(),
        "ndef": _ndef(),
        "windows": _windows(),
        "manual_codes": _manual_codes(),
    }


def _keyring() -> list[Vector]:
    """The keys that every vector is verified with; as a file it serves `inspect --keyring`."""
    everything = {
        "ids": {"prefix": "0", "bits": 0},
        "ticket_type_codes": None,
        "generation_max": 255,
    }
    scope = {
        "ids": {"prefix": "5a5", "bits": 12},
        "ticket_type_codes": [3, 9],
        "generation_max": 1,
    }
    return [
        {"kid": "0001", "public_key": FIRST.public_key.hex(), "scope": everything},
        {"kid": "0002", "public_key": FIRST.public_key.hex(), "scope": everything},
        {"kid": "0002", "public_key": SECOND.public_key.hex(), "scope": everything},
        {"kid": "0a3f", "public_key": SCOPED.public_key.hex(), "scope": scope},
        {"kid": "00ee", "public_key": NEUTRAL_POINT.hex(), "scope": everything},
        {"kid": "ffff", "public_key": FIRST.public_key.hex(), "scope": everything},
    ]


def inspection_keys() -> tuple[InspectionKey, ...]:
    """Return the vectors' keyring as `inspect_code` takes it."""
    return tuple(
        InspectionKey(entry["kid"], bytes.fromhex(entry["public_key"])) for entry in _keyring()
    )


def _with(claims: Claims, **changes: object) -> Claims:
    return msgspec.structs.replace(claims, **changes)


def _claims(claims: Claims) -> Vector:
    return {
        "kid": f"{claims.key_id:04x}",
        "ticket_id": f"{claims.ticket_id:016x}",
        "ticket_type": claims.ticket_type_code,
        "valid_from": claims.valid_from and format_instant(claims.valid_from),
        "valid_until": claims.valid_until and format_instant(claims.valid_until),
        "generation": claims.generation,
        "tag_uid": claims.tag_uid and claims.tag_uid.hex(),
    }


def _printed(name: str, credential: bytes, claims: Claims, signer: str = "first") -> Vector:
    digits = to_digits(credential)
    return {
        "name": name,
        "signer": signer,
        "claims": _claims(claims),
        "bytes": credential.hex(),
        "digits": digits,
        "tag_uid_seen": None,
        "inspect": msgspec.to_builtins(inspect_code(digits, inspection_keys())),
    }


def _on_tag(name: str, credential: bytes, claims: Claims, seen: bytes | None) -> Vector:
    return {
        "name": name,
        "signer": "first",
        "claims": _claims(claims),
        "bytes": credential.hex(),
        "digits": None,
        "tag_uid_seen": seen and seen.hex(),
        "inspect": None,
    }


def _signed(name: str, claims: Claims, signer: str = "first") -> Vector:
    return _printed(name, sign_credential(claims, SIGNERS[signer]), claims, signer)


def _valid() -> list[Vector]:
    largest = Claims(
        key_id=0xFFFF,
        ticket_id=TicketId(2**64 - 1),
        ticket_type_code=0xFFFF,
        valid_from=parse_instant("2049-11-26T15:45:00Z"),
        valid_until=parse_instant("2049-11-26T15:45:00Z"),
        generation=255,
    )
    bound = _with(WINDOW, tag_uid=TAG_UID)
    plain = sign_credential(PLAIN, FIRST)
    return [
        _signed("plain: no window, generation 0", PLAIN),
        _signed("with a window, generation 2", WINDOW),
        _signed("opens, never closes", _with(WINDOW, valid_until=None)),
        _signed("closes, was always open", _with(WINDOW, valid_from=None)),
        _signed(
            "all zeros but the key id", Claims(key_id=1, ticket_id=TicketId(0), ticket_type_code=0)
        ),
        _signed("every field at its most", largest),
        _signed("two keys of one id: the first signed", _with(PLAIN, key_id=2)),
        _signed("two keys of one id: the second signed", _with(PLAIN, key_id=2), "second"),
        _signed("at the edge of a key's scope", IN_SCOPE, "scoped"),
        _on_tag("bound to the tag it is on", sign_credential(bound, FIRST), bound, TAG_UID),
        _on_tag("a printed one, copied onto a tag", plain, PLAIN, OTHER_TAG_UID),
    ]


def _misspelled() -> list[Vector]:
    """Texts that are no GK1 code, though many of them hold the number of a valid one."""
    good = to_digits(sign_credential(PLAIN, FIRST))
    number = int(good)
    form = 0x10 << 656
    bound = sign_credential(_with(PLAIN, tag_uid=TAG_UID), FIRST)
    full_width = good.translate({ord("0") + i: 0xFF10 + i for i in range(10)})
    arabic = good.translate({ord("0") + i: 0x0660 + i for i in range(10)})
    texts = {
        "empty": "",
        "199 digits: the leading zero dropped": good[1:],
        "199 digits: cut at the end": good[:-1],
        "201 digits: one more zero before": "0" + good,
        "201 digits: one more zero behind": good + "0",
        "200 letters": "O" * 200,
        "a letter O for the leading zero": "O" + good[1:],
        "full-width digits": full_width,
        "Arabic-Indic digits": arabic,
        "a plus for the leading zero": "+" + good[1:],
        "a minus for the leading zero": "-" + good[1:],
        "a space for the leading zero": " " + good[1:],
        "a space behind": good + " ",
        "a line end behind": good + "\n",
        "a zero byte behind": good + "\0",
        "an underscore inside": good[:100] + "_" + good[101:],
        "the number plus 256^83, which has the same low 83 bytes": str(number + 256**83),
        "the smallest number that 83 bytes cannot hold": str(256**83),
        "the largest of 200 digits": "9" * 200,
        "form byte 0x00": f"{number - form:0200d}",
        "form byte 0x0f": f"{number - (1 << 656):0200d}",
        "form byte 0x11 in 83 bytes": f"{number + (1 << 656):0200d}",
        "form byte 0x90": f"{number + (0x80 << 656):0200d}",
        "a tag-bound credential as digits": str(int.from_bytes(bound, "big")),
        "the bytes as hex": sign_credential(PLAIN, FIRST).hex(),
    }
    return [
        {
            "name": name,
            "text": text,
            "inspect": msgspec.to_builtins(inspect_code(text, inspection_keys())),
        }
        for name, text in texts.items()
    ]


def _misshapen() -> list[Vector]:
    printed = sign_credential(PLAIN, FIRST)
    bound = sign_credential(_with(PLAIN, tag_uid=TAG_UID), FIRST)
    wrong = {
        "no bytes": b"",
        "82 bytes": printed[:-1],
        "84 bytes": printed + b"\0",
        "89 bytes": bound[:-1],
        "91 bytes": bound + b"\0",
        "the printed form's first byte on 90 bytes": b"\x10" + bound[1:],
        "the tag form's first byte on 83 bytes": b"\x11" + printed[1:],
        "a later form": b"\x12" + printed[1:],
    }
    return [{"name": name, "bytes": value.hex()} for name, value in wrong.items()]


def _unknown_key() -> list[Vector]:
    return [
        _signed("no key has this id", _with(PLAIN, key_id=0x0003)),
        _signed("nor this one, and a stranger signed", _with(PLAIN, key_id=0x0100), "stranger"),
    ]


def _bad_signature() -> list[Vector]:
    good = sign_credential(PLAIN, FIRST)
    body = encode_body(PLAIN)
    flipped_body = _flip(good, 10, 0x01)
    at_tag = _with(PLAIN, tag_uid=TAG_UID)
    bound = sign_credential(at_tag, FIRST)
    return [
        _printed("one bit of the signature's R flipped", _flip(good, 19, 0x01), PLAIN),
        _printed("one bit of the signature's S flipped", _flip(good, 82, 0x01), PLAIN),
        _printed(
            "one bit of the ticket id flipped",
            flipped_body,
            _with(PLAIN, ticket_id=PLAIN.ticket_id ^ 1),
        ),
        _printed("S plus the group order", _malleate(good), PLAIN),
        _signed("a stranger under a known key id", PLAIN, "stranger"),
        _printed("signed without the context", body + _sign_bare(FIRST, body), PLAIN),
        _printed("signed under another context", body + FIRST.sign(b"gatekeeper/x", body), PLAIN),
        _printed("signature of zeros", body + bytes(64), PLAIN),
        _printed("R is the neutral point", body + _sign_with_neutral_r(FIRST, body), PLAIN),
        _printed(
            "the key is the neutral point, which any R = [S]B satisfies",
            _sign_for_neutral_key(_with(PLAIN, key_id=0x00EE)),
            _with(PLAIN, key_id=0x00EE),
            "stranger",
        ),
        _on_tag("on another tag", bound, at_tag, OTHER_TAG_UID),
        _on_tag("bound to a tag, and no tag was read", bound, at_tag, None),
        _on_tag(
            "another tag's UID written in",
            bound[:19] + OTHER_TAG_UID + bound[26:],
            _with(PLAIN, tag_uid=OTHER_TAG_UID),
            OTHER_TAG_UID,
        ),
    ]


def _out_of_scope() -> list[Vector]:
    return [
        _signed("id outside", _with(IN_SCOPE, ticket_id=0x5A60000000000000), "scoped"),
        _signed("id just below", _with(IN_SCOPE, ticket_id=0x5A4FFFFFFFFFFFFF), "scoped"),
        _signed("ticket type outside", _with(IN_SCOPE, ticket_type_code=4), "scoped"),
        _signed("generation too high", _with(IN_SCOPE, generation=2), "scoped"),
    ]


def _ndef() -> list[Vector]:
    printed = sign_credential(PLAIN, FIRST)
    bound = sign_credential(_with(PLAIN, tag_uid=TAG_UID), FIRST)
    message = to_ndef(bound)
    messages = {
        "tag form": (message, bound),
        "printed form": (to_ndef(printed), printed),
        "no bytes": (b"", None),
        "cut": (message[:-1], None),
        "one byte more": (message + b"\0", None),
        "not the last record": (_flip(message, 0, 0x40), None),
        "type name format 2": (_flip(message, 0, 0x06), None),
        "type in capitals": (message[:3] + b"GATEKEEPER:GK1" + message[17:], None),
        "long form of the same record": (
            b"\xc4\x0e" + len(bound).to_bytes(4, "big") + b"gatekeeper:gk1" + bound,
            None,
        ),
        "payload of 82 bytes": (
            b"\xd4\x0e\x52gatekeeper:gk1" + printed[:-1],
            None,
        ),
    }
    return [
        {"name": name, "message": value.hex(), "bytes": inner and inner.hex()}
        for name, (value, inner) in messages.items()
    ]


def _windows() -> list[Vector]:
    """Exact windows, and the outward-rounded one that is signed."""
    pairs = [
        (None, None),
        ("2020-01-01T00:15:00Z", "2020-01-01T00:15:00Z"),
        ("2026-07-04T17:00:00Z", "2026-07-04T23:00:00Z"),
        ("2026-07-04T17:14:59.999999Z", "2026-07-04T23:00:00.000001Z"),
        ("2026-07-04T17:07:30Z", "2026-07-04T17:07:30Z"),
        (None, "2049-11-26T15:45:00Z"),
    ]
    return [_window(opens, closes) for opens, closes in pairs]


def _window(opens: str | None, closes: str | None) -> Vector:
    claims = _with(
        PLAIN,
        valid_from=opens and parse_instant(opens),
        valid_until=closes and parse_instant(closes),
    )
    field = int.from_bytes(encode_body(claims)[13:18], "big")
    return {
        "valid_from": opens,
        "valid_until": closes,
        "from_step": field >> 20,
        "until_step": field & 0xFFFFF,
        "bytes": f"{field:010x}",
    }


def _manual_codes() -> list[Vector]:
    texts = [
        "7K2M-9Q4T-H", "7k2m-9q4t-h", "7K2M9Q4TH", " 7K2M 9Q4T H ", "7-K-2-M-9-Q-4-T-H",
        "0000-0000-0", "oooo-oooo-o", "OOOO-OOOO-0", "0000-0001-1", "OOOO-OOOI-L", "oooo-oool-i",
        "ZZZZ-ZZZZ-F", "ZZZZ-ZZZZ-B", "0000-000Z-Z", "0000-0010-*", "0000-0011-~", "0000-0012-$",
        "0000-0013-=",
        "0000-0014-U", "0000-0014-u",
        "", "7K2M-9Q4T", "7K2M-9Q4T-J", "7K2M-9Q4T-HH", "7K2M-9Q4U-H", "7M2K-9Q4T-H",
        "7K2M-9Q4T-\u0131", "0000-0001-\u0131", "\uff10000-0000-0", "0000_0000_0", "0000\t0000\t0",
        "0000-0000-0\n", "0" + "-" * 24 + "00000000", "0" + "-" * 23 + "00000000",
    ]  # fmt: skip
    return [_manual_code(text) for text in texts]


def _manual_code(text: str) -> Vector:
    try:
        number = parse_manual_code(text)
    except Malformed:
        return {"text": text, "number": None, "spelling": None}
    return {"text": text, "number": number, "spelling": format_manual_code(number)}


def _flip(value: bytes, at: int, mask: int) -> bytes:
    return value[:at] + bytes((value[at] ^ mask,)) + value[at + 1 :]


def _malleate(credential: bytes) -> bytes:
    """Write S + L for S: the same equation, another spelling."""
    scalar = int.from_bytes(credential[-32:], "little") + GROUP_ORDER
    return credential[:-32] + scalar.to_bytes(32, "little")


def _sign_bare(key: SigningKey, body: bytes) -> bytes:
    """Sign without context, with the published algorithm's own library."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key.seed).sign(body)


def _secret_scalar(key: SigningKey) -> int:
    """RFC 8032, section 5.1.5, steps 1 to 3."""
    scalar = int.from_bytes(hashlib.sha512(key.seed).digest()[:32], "little")
    return scalar & ((1 << 254) - 8) | 1 << 254


def _sign_with_neutral_r(key: SigningKey, body: bytes) -> bytes:
    """Sign with r = 0, which the algorithm never does."""
    hashed = hashlib.sha512(NEUTRAL_POINT + key.public_key + CONTEXT + b"\0" + body).digest()
    scalar = int.from_bytes(hashed, "little") * _secret_scalar(key) % GROUP_ORDER
    return NEUTRAL_POINT + scalar.to_bytes(32, "little")


def _sign_for_neutral_key(claims: Claims) -> bytes:
    """Forge for the neutral key: [S]B = R + [k]0 holds for R = [S]B, whatever is signed."""
    scalar = _secret_scalar(STRANGER) % GROUP_ORDER
    return encode_body(claims) + STRANGER.public_key + scalar.to_bytes(32, "little")


def render() -> str:
    """Return the file's text."""
    return json.dumps(build_vectors(), indent=1) + "\n"


def main() -> None:
    """Write the file."""
    root = Path(__file__).resolve().parent.parent
    (root / VECTORS_PATH).write_text(render(), encoding="utf-8")
    print(f"wrote {VECTORS_PATH}")


if __name__ == "__main__":
    main()

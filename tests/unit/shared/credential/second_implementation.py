"""A second GK1, written from docs/specs/credential.md alone, to compare the first one with.

It shares no code with the product and does its arithmetic another way: digits by long
multiplication, fields by slicing hex, Ed25519 by OpenSSL with the checks that OpenSSL leaves out.
Section numbers are the specification's.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final, TypedDict

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Facts = dict[str, Any]

P: Final = 2**255 - 19
L: Final = 2**252 + 27742317777372353535851937790883648493
SMALL_YS: Final = [
    int.from_bytes(bytes.fromhex(text), "little")
    for text in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
    )
]
BASE32: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Scope(TypedDict):
    """Section 15: what a vector's keyring entry may sign."""

    ids: dict[str, Any]
    ticket_type_codes: list[int] | None
    generation_max: int


class Entry(TypedDict):
    """One keyring entry, as the vectors write it."""

    kid: str
    public_key: str
    scope: Scope


# ---------------------------------------------------------------- sections 3 to 6


def bytes_of_digits(text: str) -> bytes | None:
    """Section 5: the four rules, by long multiplication into 83 base-256 places."""
    if len(text) != 200 or any(character not in "0123456789" for character in text):
        return None
    places = [0] * 83
    for start in range(0, 200, 10):
        carry = int(text[start : start + 10])
        for index in range(82, -1, -1):
            carry += places[index] * 10**10
            places[index] = carry & 255
            carry >>= 8
        if carry:
            return None
    return bytes(places) if places[0] == 16 else None


def facts_of(credential: bytes) -> Facts | None:
    """Sections 3 and 4."""
    if not credential or (credential[0], len(credential)) not in ((16, 83), (17, 90)):
        return None
    text = credential.hex()
    window = text[26:36]
    return {
        "kid": text[2:6],
        "ticket_id": text[6:22],
        "ticket_type": int(text[22:26], 16),
        "valid_from": _step(int(window[:5], 16)),
        "valid_until": _step(int(window[5:], 16)),
        "generation": int(text[36:38], 16),
        "tag_uid": text[38:52] if credential[0] == 17 else None,
    }


def _step(step: int) -> str | None:
    """Section 4, with a calendar of its own: civil from days, after Howard Hinnant."""
    if step == 0:
        return None
    days, quarter = divmod(step, 96)
    shifted = days + 18262 + 719468  # 2020-01-01 is day 18262 of Unix time
    era, day_of_era = divmod(shifted, 146097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    return f"{year:04}-{month:02}-{day:02}T{quarter // 4:02}:{quarter % 4 * 15:02}:00Z"


def verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Section 6, rules 1 to 4."""
    if int.from_bytes(signature[32:], "little") >= L:
        return False
    mask = (1 << 255) - 1
    y_of_key = int.from_bytes(public_key, "little") & mask
    y_of_r = int.from_bytes(signature[:32], "little") & mask
    if y_of_key >= P or y_of_key in SMALL_YS or y_of_r in SMALL_YS:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _is_signed_by(entry: Facts, credential: bytes) -> bool:
    message = b"gatekeeper/ticket/1\x00" + credential[:-64]
    return verifies(bytes.fromhex(entry["public_key"]), credential[-64:], message)


# ---------------------------------------------------------------- sections 7 and 8


def judge(credential: bytes | None, uid_seen: bytes | None, keyring: Sequence[Entry]) -> str:
    """Section 7: the verdict of one credential."""
    facts = None if credential is None else facts_of(credential)
    if facts is None or credential is None:
        return "malformed"
    named = [entry for entry in keyring if entry["kid"] == facts["kid"]]
    if not named:
        return "unknown_key"
    signers = [entry for entry in named if _is_signed_by({**entry}, credential)]
    bound_to = facts["tag_uid"]
    if not signers or (bound_to is not None and (uid_seen is None or uid_seen.hex() != bound_to)):
        return "bad_signature"
    return (
        "verified" if any(_covers(entry["scope"], facts) for entry in signers) else "unknown_key"
    )


def _covers(scope: Scope, facts: Facts) -> bool:
    bits = scope["ids"]["bits"]
    top = f"{int(facts['ticket_id'], 16):064b}"[:bits]
    prefix = int(scope["ids"]["prefix"], 16)
    codes = scope["ticket_type_codes"]
    return (
        top == (f"{prefix:0{bits}b}" if bits else "")
        and (codes is None or facts["ticket_type"] in codes)
        and facts["generation"] <= scope["generation_max"]
    )


def bytes_of_ndef(message: bytes) -> bytes | None:
    """Section 8."""
    for size in (83, 90):
        head = bytes((0xD4, 14, size)) + b"gatekeeper:gk1"
        if message.startswith(head) and len(message) == 17 + size:
            return message[17:]
    return None


# ---------------------------------------------------------------- section 9


def number_of_manual_code(text: str) -> int | None:
    if len(text) > 32 or any(ord(character) > 127 for character in text):
        return None
    left = []
    for character in text:
        if character in "- ":
            continue
        left.append(chr(ord(character) - 32) if "a" <= character <= "z" else character)
    if len(left) != 9:
        return None
    folded = [{"O": "0", "I": "1", "L": "1"}.get(character, character) for character in left]
    if any(character not in BASE32 for character in folded[:8]):
        return None
    number = sum(BASE32.index(c) * 32 ** (7 - place) for place, c in enumerate(folded[:8]))
    return number if (BASE32 + "*~$=U").find(folded[8]) == number % 37 else None


def spelling_of(number: int) -> str:
    text = ""
    for _ in range(8):
        number, value = divmod(number, 32)
        text = BASE32[value] + text
    whole = sum(BASE32.index(c) * 32 ** (7 - place) for place, c in enumerate(text))
    return f"{text[:4]}-{text[4:]}-{(BASE32 + '*~$=U')[whole % 37]}"


# ---------------------------------------------------------------- section 13


def inspect(text: str, key_file: Sequence[Facts]) -> Facts:
    """Section 13: the expected output."""
    credential = bytes_of_digits(text)
    if credential is not None:
        return _inspect_gk1(credential, key_file)
    ticket = pretix_ticket(text)
    if ticket is not None:
        return _inspect_pretix(ticket, key_file)
    number = number_of_manual_code(text)
    empty = dict.fromkeys(
        ("kid", "ticket_id", "ticket_type", "valid_from", "valid_until", "generation")
    )
    if number is not None:
        head = {"format": "manual", "signature": "none"}
        return head | empty | {"manual_code": spelling_of(number)}
    return {"format": "foreign", "signature": "none"} | empty


def _inspect_gk1(credential: bytes, key_file: Sequence[Facts]) -> Facts:
    facts = facts_of(credential)
    assert facts is not None
    named = [
        entry
        for entry in key_file
        if entry.get("format", "GK1") == "GK1" and entry["kid"].lower() == facts["kid"]
    ]
    state = "unknown_key"
    if named:
        is_signed = any(_is_signed_by(entry, credential) for entry in named)
        state = "valid" if is_signed else "invalid"
    del facts["tag_uid"]
    return {"format": "GK1", "signature": state} | facts


def _inspect_pretix(ticket: Facts, key_file: Sequence[Facts]) -> Facts:
    keys = [entry for entry in key_file if entry.get("format") == "pretix-sig1"]
    signer = next(
        (
            entry
            for entry in keys
            if verifies(bytes.fromhex(entry["public_key"]), ticket["signature"], ticket["payload"])
        ),
        None,
    )
    state = "valid" if signer is not None else "invalid" if keys else "unknown_key"
    numbers = ticket["numbers"]
    return {
        "format": "pretix-sig1",
        "signature": state,
        "kid": signer and signer.get("kid"),
        "ticket_id": None,
        "ticket_type": numbers.get(2, 0),
        "valid_from": _second(numbers.get(5, 0)),
        "valid_until": _second(numbers.get(6, 0)),
        "generation": None,
        "seed": ticket["seed"],
        "variation": numbers.get(3) or None,
        "subevent": numbers.get(4) or None,
    }


def _second(unix_time: int) -> str | None:
    """Whole days by the same calendar, since section 4's steps are quarter hours of it."""
    if unix_time == 0:
        return None
    unix_time = min(max(unix_time, -62135596800), 253402300799)
    days, second = divmod(unix_time, 86400)
    date = (_step((days - 18262) * 96) or "2020-01-01T")[:11]
    return f"{date}{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def pretix_ticket(text: str) -> Facts | None:
    """Section 13, a pretix-sig1 text: rules 1 to 4."""
    if not 1 <= len(text) <= 4096 or not text.isascii():
        return None
    forward = "".join(reversed(text)).encode()
    try:
        raw = base64.decodebytes(forward)
    except ValueError:
        return None
    if base64.standard_b64encode(raw) != forward or raw[:1] != b"\x01":
        return None
    if len(raw) < 69 or raw[3:5] != b"\x00\x40" or raw[1] * 256 + raw[2] != len(raw) - 69:
        return None
    payload, signature = raw[5:-64], raw[-64:]
    numbers: dict[int, int] = {}
    seed = b""
    rest = list(payload)
    try:
        while rest:
            tag = _take_varint(rest)
            field, wire_type = divmod(tag, 8)
            if not 1 <= field <= 2**29 - 1:
                return None
            if wire_type == 0:
                value = _take_varint(rest)
                numbers[field] = value - 2**64 if value >= 2**63 else value
                continue
            size = {1: 8, 5: 4, 2: -1}[wire_type]
            taken = _take(rest, _take_varint(rest) if size < 0 else size)
            if wire_type == 2 and field == 1:
                seed = taken
        return {
            "seed": seed.decode("utf-8"),
            "numbers": numbers,
            "payload": payload,
            "signature": signature,
        }
    except (IndexError, KeyError, UnicodeDecodeError):
        return None


def _take(rest: list[int], size: int) -> bytes:
    if size > len(rest):
        raise IndexError
    taken = bytes(rest[:size])
    del rest[:size]
    return taken


def _take_varint(rest: list[int]) -> int:
    value = 0
    for place in range(10):
        byte = rest.pop(0)
        value += (byte & 127) << 7 * place
        if byte < 128:
            if value >= 2**64:
                raise IndexError
            return value
    raise IndexError

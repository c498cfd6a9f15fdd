"""`inspect_code` and the key file: every kind of text, every state of a signature."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.inspecting import (
    KEY_FILE_SIZE_MAX,
    CodeFormat,
    InspectionKey,
    SignatureState,
    inspect_code,
    parse_key_file,
)
from shared.credential.signing import sign_credential
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import Malformed
from shared.kernel.id_types import TicketId
from shared.kernel.instant import parse_instant

CONTRACT = [
    "format", "signature", "kid", "ticket_id", "ticket_type", "valid_from", "valid_until",
    "generation",
]  # fmt: skip
KEY, OTHER = SigningKey(b"k" * 32), SigningKey(b"o" * 32)
SAID = Claims(
    key_id=0x00FA,
    ticket_id=TicketId(0xFEDCBA9876543210),
    ticket_type_code=12,
    valid_from=parse_instant("2026-07-04T15:00:00Z"),
    valid_until=None,
    generation=4,
)
DIGITS = to_digits(sign_credential(SAID, KEY))
GK1_KEY = InspectionKey("00fa", KEY.public_key)

# pretix's published example, and its key as published (libpretixsync 8ebc571, its test suite).
PRETIX_TEXT = (
    "E4BibyTSylQOgeKjuMPiTDxi5HXPuTVsx1qCli3IL0143gj0EZXOB9iQInANxRFJ"
    "Tt4Pf9nXnHdB91Qk/RN0L5AIBABSxw2TKFnSUNUCKAEAPAQA"
)
PRETIX_KEY_HEX = "ec00fbfef140df712c638cf63c7afb8993ec67c9f9761d1a8cff20cb3366988b"
PRETIX_KEY_PUBLISHED = (
    "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUNvd0JRWURLMlZ3QXlFQTdBRDcvdkZBMzNFc1k0ejJQSHI3aVpQ"
    "c1o4bjVkaDBhalA4Z3l6Tm1tSXM9Ci0tLS0tRU5EIFBVQkxJQyBLRVktLS0tLQo="
)
PRETIX_KEY = InspectionKey("p1", bytes.fromhex(PRETIX_KEY_HEX), CodeFormat.PRETIX_SIG1)
PRETIX_OTHER = InspectionKey("p2", OTHER.public_key, CodeFormat.PRETIX_SIG1)


def line(text: str, *keys: InspectionKey) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(msgspec.json.encode(inspect_code(text, keys)))
    return answer


def key_file(*entries: object) -> tuple[InspectionKey, ...]:
    return parse_key_file(json.dumps(entries).encode())


def test_a_gk1_code_is_told_in_full() -> None:
    """Members of the contract, in its order, and no other."""
    answer = line(DIGITS, GK1_KEY)
    assert list(answer) == CONTRACT
    assert answer == {
        "format": "GK1",
        "signature": "valid",
        "kid": "00fa",
        "ticket_id": "fedcba9876543210",
        "ticket_type": 12,
        "valid_from": "2026-07-04T15:00:00Z",
        "valid_until": None,
        "generation": 4,
    }


@pytest.mark.parametrize(
    ("keys", "state"),
    [
        ([], "unknown_key"),
        ([InspectionKey("00fb", KEY.public_key)], "unknown_key"),
        ([InspectionKey("00fa", KEY.public_key, CodeFormat.PRETIX_SIG1)], "unknown_key"),
        ([InspectionKey("00fa", OTHER.public_key)], "invalid"),
        ([InspectionKey("00fa", OTHER.public_key), GK1_KEY], "valid"),
        ([GK1_KEY, PRETIX_KEY], "valid"),
    ],
)
def test_a_gk1_signature_has_three_states(keys: list[InspectionKey], state: str) -> None:
    """Unknown without a key of its id, else valid if any of them signed it, else invalid."""
    answer = line(DIGITS, *keys)
    assert answer["signature"] == state
    assert answer | {"signature": "valid"} == line(DIGITS, GK1_KEY)


@pytest.mark.parametrize(
    ("keys", "state", "kid"),
    [
        ([], "unknown_key", None),
        ([GK1_KEY], "unknown_key", None),
        ([PRETIX_OTHER], "invalid", None),
        ([PRETIX_KEY], "valid", "p1"),
        ([PRETIX_OTHER, PRETIX_KEY], "valid", "p1"),
        ([InspectionKey(None, PRETIX_KEY.public_key, CodeFormat.PRETIX_SIG1)], "valid", None),
    ],
)
def test_a_pretix_signature_has_three_states(
    keys: list[InspectionKey], state: str, kid: str | None
) -> None:
    """It names no key, so all of its format are tried; the one that signed is named."""
    answer = line(PRETIX_TEXT, *keys)
    assert list(answer) == [*CONTRACT, "seed", "variation", "subevent"]
    assert answer == {
        "format": "pretix-sig1",
        "signature": state,
        "kid": kid,
        "ticket_id": None,
        "ticket_type": 1,
        "valid_from": None,
        "valid_until": None,
        "generation": None,
        "seed": "CTJqJOl1H",
        "variation": None,
        "subevent": 14,
    }


def test_a_manual_code_is_told_in_our_spelling() -> None:
    """It has no signature, and says nothing by itself."""
    answer = line("7k2m 9q4t h", GK1_KEY)
    assert list(answer) == [*CONTRACT, "manual_code"]
    assert (answer["format"], answer["signature"]) == ("manual", "none")
    assert answer["manual_code"] == "7K2M-9Q4T-H"
    assert [answer[name] for name in CONTRACT[2:]] == [None] * 6


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "7K2M-9Q4T-J", "TKT-20260704-ABCDEFGH", "4006381333931", DIGITS[1:],
        DIGITS + "\n", "🎫", "\udcff\udcfe", "\0", "A" * 1_000_000, "1" * 1_000_000,
    ],
    ids=lambda text: ascii(text[:20]),
)  # fmt: skip
def test_anything_else_is_foreign(text: str) -> None:
    """Empty, binary, huge, an imported code, or one of ours with a digit missing."""
    assert line(text, GK1_KEY, PRETIX_KEY) == dict.fromkeys(CONTRACT) | {
        "format": "foreign",
        "signature": "none",
    }


@given(st.text(max_size=250) | st.binary(max_size=100).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_inspected_calmly(text: str) -> None:
    """Never an exception, and never valid by chance."""
    inspection = inspect_code(text, [GK1_KEY, PRETIX_KEY])
    assert inspection.signature is not SignatureState.VALID
    assert b"\n" not in msgspec.json.encode(inspection)


def test_a_key_file_is_read_with_what_else_it_says() -> None:
    """Case does not matter, other members are ignored, entries may share a kid."""
    entry = {"kid": "00FA", "public_key": KEY.public_key.hex().upper(), "scope": {"x": [1]}}
    assert key_file(entry, entry | {"format": "GK1"}) == (GK1_KEY, GK1_KEY)
    assert key_file() == ()
    assert parse_key_file(b"\xef\xbb\xbf []") == ()


def test_what_a_server_lists_is_a_key_file() -> None:
    """One object a line, whose keys that sign no tickets are passed over, in lists as well."""
    entry = {"kid": "00fa", "public_key": KEY.public_key.hex(), "key": "5f0c", "state": "retired"}
    other = {"kid": "00fa", "public_key": OTHER.public_key.hex()}
    listed = [
        *(other | {"purpose": purpose} for purpose in ("root", "manifest")),
        *(entry | {"purpose": purpose} for purpose in ("ticket", "till", "listed")),
    ]
    lines = "\n".join(json.dumps(one) for one in listed) + "\n\n"
    assert parse_key_file(lines.encode()) == (GK1_KEY,) * 3
    assert parse_key_file(lines.replace("\n", "\r\n").encode()) == (GK1_KEY,) * 3
    assert key_file(*listed) == (GK1_KEY,) * 3
    with pytest.raises(Malformed, match="entry 2 of the key file"):
        parse_key_file(f"{json.dumps(entry)}\n[]".encode())


@pytest.mark.parametrize(
    "public_key",
    [
        PRETIX_KEY_HEX,
        PRETIX_KEY_HEX.upper(),
        PRETIX_KEY_PUBLISHED,
        base64.b64decode(PRETIX_KEY_PUBLISHED).decode(),
    ],
)
def test_a_pretix_key_is_read_in_every_form_it_comes_in(public_key: str) -> None:
    """Raw hex, as published, and as PEM; a kid is only a label and may be absent."""
    entry = {"public_key": public_key, "format": "pretix-sig1"}
    assert key_file(entry | {"kid": "p1"}) == (PRETIX_KEY,)
    assert key_file(entry)[0].kid is None
    assert key_file(entry | {"kid": None})[0].kid is None


GOOD = {"kid": "00fa", "public_key": KEY.public_key.hex()}


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"kid": "00fa"}, "public_key"),
        ({"public_key": GOOD["public_key"]}, "kid is 4 hex digits"),
        (GOOD | {"kid": "fa"}, "kid is 4 hex digits"),
        (GOOD | {"kid": "0x0f"}, "kid is 4 hex digits"),
        (GOOD | {"kid": 250}, "kid"),
        (GOOD | {"public_key": GOOD["public_key"][1:]}, "64 hex digits"),
        (GOOD | {"public_key": "ab " * 21 + "a"}, "64 hex digits"),
        (GOOD | {"public_key": PRETIX_KEY_PUBLISHED}, "64 hex digits"),
        (GOOD | {"public_key": 5}, "public_key"),
        (GOOD | {"format": "GK2"}, 'format is "GK1" or "pretix-sig1"'),
        (GOOD | {"format": None}, "format"),
        (GOOD | {"purpose": None}, "purpose"),
        (GOOD | {"format": "pretix-sig1", "public_key": "foo"}, "base64 of a PEM"),
        (GOOD | {"format": "pretix-sig1", "public_key": "ab " * 21 + "a"}, "PEM"),
        (GOOD | {"format": "pretix-sig1", "public_key": "ä"}, "base64"),
        (GOOD | {"format": "pretix-sig1", "kid": "x" * 65}, "at most 64"),
        ("00fa", "object"),
        (None, "object"),
        ([GOOD], "object"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(entry: object, complaint: str) -> None:
    """By its number, counted from one, with what to change."""
    with pytest.raises(Malformed, match="entry 2 of the key file") as caught:
        key_file(GOOD, entry, "never looked at")
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    "document",
    [
        b"", b"{}", b"null", b"[", b'{"keyring": []}', b"\xff\xfe[]", b"[]x", b"\0",
        b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'[{"kid": "\xff"}]',
    ],
    ids=lambda document: ascii(document[:12]),
)  # fmt: skip
def test_a_file_that_is_no_json_list_is_refused(document: bytes) -> None:
    """Whatever it is instead, however deep."""
    with pytest.raises(Malformed, match="key file"):
        parse_key_file(document)


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    """The limit is for memory, not for keys."""
    with pytest.raises(Malformed, match="over"):
        parse_key_file(b" " * (KEY_FILE_SIZE_MAX + 1))


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:01akid', max_size=30).map(str.encode))
def test_any_bytes_are_a_key_file_or_malformed(document: bytes) -> None:
    """No other exception leaves the reader."""
    try:
        parse_key_file(document)
    except Malformed:
        return
    text = document.removeprefix(b"\xef\xbb\xbf").decode()
    if text.lstrip(" \t\r\n").startswith("{"):
        assert all(isinstance(json.loads(line), dict) for line in text.split("\n") if line.strip())
    else:
        assert isinstance(json.loads(text), list)

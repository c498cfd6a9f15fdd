"""pretix_sig1: the published examples, our own, and everything that is not quite one."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings

from shared.credential import pretix_sig1
from shared.kernel.errors import Malformed
from shared.kernel.instant import INSTANT_MAX, parse_instant
from tests.factories.field_samples import PRETIX_VECTORS, needs_field_samples, read_sample

_VECTORS: dict[str, Any] = read_sample(PRETIX_VECTORS)

_PUBLIC, _SECRET = bindings.crypto_sign_seed_keypair(bytes(range(32)))
_OTHER, _ = bindings.crypto_sign_seed_keypair(bytes(32))

# One published example (libpretixsync 8ebc571, its own test suite), so that a real one is
# checked wherever the tests run.
_REAL_KEY = bytes.fromhex("ec00fbfef140df712c638cf63c7afb8993ec67c9f9761d1a8cff20cb3366988b")
_REAL_PEM64 = (
    "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUNvd0JRWURLMlZ3QXlFQTdBRDcvdkZBMzNFc1k0ejJQSHI3aVpQc1o4"
    "bjVkaDBhalA4Z3l6Tm1tSXM9Ci0tLS0tRU5EIFBVQkxJQyBLRVktLS0tLQo="
)
_REAL_TEXT = (
    "E4BibyTSylQOgeKjuMPiTDxi5HXPuTVsx1qCli3IL0143gj0EZXOB9iQInANxRFJTt4Pf9nXnHdB91Qk/RN0L5AIBABS"
    "xw2TKFnSUNUCKAEAPAQA"
)


def _text_of(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")[::-1]


def _signed(payload: bytes) -> str:
    signature = bindings.crypto_sign(payload, _SECRET)[:64]
    head = b"\x01" + len(payload).to_bytes(2, "big") + (64).to_bytes(2, "big")
    return _text_of(head + payload + signature)


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _payload(seed: str, **numbers: int) -> bytes:
    names = {"item": 2, "variation": 3, "subevent": 4, "valid_from": 5, "valid_until": 6}
    text = seed.encode()
    out = b"\x0a" + _varint(len(text)) + text
    for name, value in numbers.items():
        out += bytes([names[name] << 3]) + _varint(value)
    return out


def _is_refused(text: str, keys: tuple[bytes, ...] = (_PUBLIC,)) -> bool:
    try:
        ticket = pretix_sig1.parse(text)
    except Malformed:
        return True
    return pretix_sig1.verify(ticket, keys) is None


def _raw(text: str) -> bytes:
    """Decode as a lax reader would: whatever the padding and the stray bits."""
    digits = text[::-1].rstrip("=")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4))
    except binascii.Error:
        return b""


@needs_field_samples
@pytest.mark.parametrize("vector", _VECTORS.get("vectors", []), ids=lambda v: v["id"])
def test_published_ticket_reads_and_verifies_as_published(vector: dict[str, Any]) -> None:
    """Every field and the verdict on the signature are those of the published list."""
    ticket = pretix_sig1.parse(vector["ticket_string"])
    fields = vector["decoded_fields_on_wire"]
    assert ticket.payload.hex() == vector["payload_hex"]
    assert ticket.signature.hex() == vector["signature_hex"]
    assert ticket.seed == fields["seed"]
    assert ticket.item == fields.get("item", 0)
    assert ticket.subevent == fields.get("subevent")
    assert ticket.variation == fields.get("variation")
    for name, bound in (
        ("validFromUnixTime", ticket.valid_from),
        ("validUntilUnixTime", ticket.valid_until),
    ):
        assert bound == ((fields.get(name) or 0) * 1_000_000 or None)
    keys = {bytes.fromhex(key["ed25519_raw_hex"]): key["id"] for key in _VECTORS["keys"]}
    hit = pretix_sig1.verify(ticket, keys)
    assert (keys[hit] if hit else None) == vector["expected"]["verifies_with_key"]


@needs_field_samples
def test_published_key_spellings_read_as_the_raw_key() -> None:
    """The base64 of the PEM, the PEM and the hex digits are one key."""
    for key in _VECTORS["keys"]:
        raw = bytes.fromhex(key["ed25519_raw_hex"])
        spelled = key["as_published_b64_of_pem"]
        pem = base64.b64decode(spelled).decode("ascii")
        for text in (spelled, pem, key["ed25519_raw_hex"], f"  {spelled}\n"):
            assert pretix_sig1.public_key_from_pem_base64(text) == raw


@needs_field_samples
def test_published_ticket_is_refused_with_another_events_keys_or_none() -> None:
    """A key of another event, or no key at all, verifies nothing; noise is malformed."""
    keys = {key["id"]: bytes.fromhex(key["ed25519_raw_hex"]) for key in _VECTORS["keys"]}
    texts = {vector["id"]: vector["ticket_string"] for vector in _VECTORS["vectors"]}
    assert _is_refused(texts["v1"], (keys["demo2-1"],))
    assert _is_refused(texts["v1"], ())
    with pytest.raises(Malformed):
        pretix_sig1.parse("foo")


def test_real_ticket_verifies_under_its_published_key() -> None:
    """The example of the format's own documentation reads, wherever we run."""
    ticket = pretix_sig1.parse(_REAL_TEXT)
    key = pretix_sig1.public_key_from_pem_base64(_REAL_PEM64)
    assert (ticket.seed, ticket.item, ticket.subevent) == ("CTJqJOl1H", 1, 14)
    assert key == _REAL_KEY
    assert pretix_sig1.verify(ticket, [_OTHER, key]) == key


@pytest.mark.parametrize("text", [_REAL_TEXT, _signed(_payload("abcdefghi", item=7, subevent=3))])
def test_every_single_change_truncation_and_extension_is_refused(text: str) -> None:
    """No bit of the bytes, no character of the text, and no length but the right one passes."""
    keys = (_REAL_KEY, _PUBLIC)
    raw = _raw(text)
    assert not _is_refused(text, keys)
    for index in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[index] ^= 1 << bit
            assert _is_refused(_text_of(bytes(changed)), keys), (index, bit)
    for size in range(len(raw)):
        assert _is_refused(_text_of(raw[:size]), keys)
    for tail in (b"\0", b"\1", b"\xff" * 3, raw):
        assert _is_refused(_text_of(raw + tail), keys)
    for index in range(len(text)):
        assert _is_refused(text[:index] + text[index + 1 :], keys)
        for character in "A+/=_- \n0é":
            if character != text[index]:
                assert _is_refused(text[:index] + character + text[index + 1 :], keys)
            assert _is_refused(text[:index] + character + text[index:], keys)


@pytest.mark.parametrize("seed", ["abcdefghi", "abcdefgh", "abcdefg"])
def test_ticket_has_one_spelling_whatever_its_padding(seed: str) -> None:
    """With none, one or two padding characters: other texts of the same bytes are malformed."""
    text = _signed(_payload(seed, item=1))
    ticket = pretix_sig1.parse(text)
    assert ticket.seed == seed
    bare = text.lstrip("=")
    others = {bare, "=" + bare, "==" + bare, "====" + bare, bare + "=", bare[::-1], text + "\n"}
    others |= {" " + text, text[:-1], text + text[-1]}
    pads = len(text) - len(bare)
    if pads:  # the last digit holds bits that decode to nothing
        digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        others |= {"=" * pads + digit + bare[1:] for digit in digits}
    for other in others - {text}:
        assert _is_refused(other)
        if _raw(other) == _raw(text):
            with pytest.raises(Malformed):
                pretix_sig1.parse(other)


def test_malleated_signature_is_refused() -> None:
    """S plus the group order is the same signature to a lax verifier; there must be one text."""
    raw = _raw(_signed(_payload("abcdefghi", item=1)))
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(raw[-32:], "little") + order
    assert _is_refused(_text_of(raw[:-32] + s.to_bytes(32, "little")))


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (b"", (0, None, None)),
        (b"\x10\x05", (5, None, None)),
        (b"\x10\x05\x10\x06", (6, None, None)),  # the last one wins
        (b"\x10\x05\x18\x00\x20\x00", (5, None, None)),
        (b"\x10" + _varint(-3) + b"\x18\x09", (-3, 9, None)),
        (b"\x10\x05\x3d\1\2\3\4\x41\1\2\3\4\5\6\7\x08\x4a\x02hi\x50\x01\x20\x08", (5, None, 8)),
        (b"\x12\x01A", (0, None, None)),  # a known field of another type is an unknown one
        (b"\x10\x85\x80\x00", (5, None, None)),  # long varints are protobuf's, and signed
    ],
)
def test_payload_reads_as_protobuf_has_it(
    tail: bytes, expected: tuple[int, int | None, int | None]
) -> None:
    """Absent and zero are none, unknown fields are skipped, numbers may be negative."""
    ticket = pretix_sig1.parse(_signed(_payload("abcdefghi") + tail))
    assert (ticket.item, ticket.variation, ticket.subevent) == expected
    assert pretix_sig1.verify(ticket, [_PUBLIC]) == _PUBLIC


@pytest.mark.parametrize(
    "payload",
    [
        b"\x0a",
        b"\x0a\x05ab",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x10",
        b"\x10\x80",
        b"\x10" + b"\x80" * 9 + b"\x02",
        b"\x10" + b"\xff" * 11,
        b"\x00\x01",
        b"\x13\x14",
        b"\x16\x01",
        b"\x3d\1\2",
        b"\x41\1\2\3",
        b"\x0a\x02\xc3\x28",
        b"\xf8\xff\xff\xff\xff\x01\x01",
    ],
)
def test_signed_payload_that_is_no_protobuf_is_malformed(payload: bytes) -> None:
    """Cut fields, groups, field 0, numbers over 64 bits and seeds that are not text."""
    with pytest.raises(Malformed):
        pretix_sig1.parse(_signed(payload))


def test_validity_bounds_are_instants_within_the_calendar() -> None:
    """Seconds become microseconds; absurd ones are clamped so that they can be shown."""
    text = _signed(_payload("abcdefghi", item=1, valid_from=1_675_465_200, valid_until=2**62))
    ticket = pretix_sig1.parse(text)
    assert ticket.valid_from == parse_instant("2023-02-03T23:00:00Z")
    assert ticket.valid_until == INSTANT_MAX
    early = pretix_sig1.parse(_signed(_payload("a", valid_from=-(2**63), valid_until=-5)))
    assert early.valid_from == parse_instant("0001-01-01T00:00:00Z")
    assert early.valid_until == -5_000_000


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\1",
        b"\1\0\0\0",
        b"\1\0\0\0\0",
        b"\2\0\0\0\x40" + bytes(64),
        b"\1\0\0\0\x41" + bytes(65),
    ],
)
def test_wrong_header_is_malformed(raw: bytes) -> None:
    """Empty, too short, another version, another signature length."""
    with pytest.raises(Malformed):
        pretix_sig1.parse(_text_of(raw))


def test_overlong_text_is_malformed_before_it_is_decoded() -> None:
    """A megabyte of valid base64 costs nothing."""
    for text in ("A" * 4097, "A" * 1_000_000, "🎫" * 5000):
        with pytest.raises(Malformed):
            pretix_sig1.parse(text)


@pytest.mark.parametrize(
    "text",
    ["", "x", "0" * 63, "g" * 64, "é" * 64, "A" * 5000, _REAL_PEM64[:-8], _REAL_TEXT]
    + ["-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----"]
    + [base64.b64encode(b"\xff\xfe").decode(), base64.b64encode(bytes(44)).decode()],
)
def test_text_that_is_no_ed25519_key_is_malformed(text: str) -> None:
    """Cut keys, tickets, certificates of other kinds: one error, no other exception."""
    with pytest.raises(Malformed):
        pretix_sig1.public_key_from_pem_base64(text)


@given(
    st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=1, max_size=12),
    st.integers(1, 2**63 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 4_000_000_000),
)
def test_what_was_signed_is_what_is_read(seed: str, item: int, variation: int, until: int) -> None:
    """Every field returns as it was written, and the signature holds."""
    text = _signed(_payload(seed, item=item, variation=variation, valid_until=until))
    ticket = pretix_sig1.parse(text)
    assert (ticket.text, ticket.seed, ticket.item) == (text, seed, item)
    assert ticket.variation == (variation or None)
    assert ticket.valid_until == (until * 1_000_000 or None)
    assert pretix_sig1.verify(ticket, [_OTHER, _PUBLIC]) == _PUBLIC


@given(st.one_of(st.text(max_size=200), st.binary(max_size=120).map(_text_of)))
def test_garbage_is_malformed_and_nothing_else(text: str) -> None:
    """No text raises another error, and none verifies."""
    assert _is_refused(text)


@given(st.binary(max_size=60))
def test_any_signed_payload_is_read_or_malformed(payload: bytes) -> None:
    """A payload that somebody signed may still be nonsense; it never breaks the reader."""
    try:
        ticket = pretix_sig1.parse(_signed(payload))
    except Malformed:
        return
    assert ticket.payload == payload

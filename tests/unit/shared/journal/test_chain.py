"""The journal's chain: sealing, reading back, links."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.chain import (
    ChainHead,
    LinkFault,
    decode_body,
    decode_entry,
    encode_body,
    find_link_fault,
    hash_code,
    is_signed_by,
    seal_entry,
)
from shared.journal.entry import (
    ENTRY_SIZE_MAX,
    ENTRY_VERSION,
    NO_HASH,
    BootBody,
    Entry,
    EntryKind,
    NoteBody,
)
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Duration, Instant
from tests.factories.house import DEVICE_KEY, EVENT, make_key

BOOT = b"bootboot"


def make_entry(dseq: int = 1, previous: bytes = NO_HASH, **changed: object) -> Entry:
    """Return a boot entry, or what the changes make of it."""
    entry = Entry(
        v=ENTRY_VERSION,
        device_id=DeviceId("dv_1"),
        boot=BOOT,
        dseq=dseq,
        seq=dseq,
        previous=previous,
        kind=EntryKind.BOOT,
        event_id=EventId(""),
        wall=Instant(1),
        monotonic=Duration(2),
        offset=None,
        offset_error=None,
        epoch=0,
        cursor=0,
        body=encode_body(BootBody("gatekeeper 0", b"", 0)),
    )
    return msgspec.structs.replace(entry, **changed)


def test_entry_comes_back_as_it_was_sealed() -> None:
    """The signed bytes hold the whole entry and its body."""
    signed = seal_entry(make_entry(), DEVICE_KEY)
    entry = decode_entry(signed.entry)
    assert entry == make_entry()
    assert decode_body(entry) == BootBody("gatekeeper 0", b"", 0)
    assert is_signed_by(signed, DEVICE_KEY.public_key)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_entry_with_any_byte_changed_is_no_longer_signed(place: int, change: int) -> None:
    """Every single-byte change of entry or signature shows."""
    signed = seal_entry(make_entry(), DEVICE_KEY)
    joined = bytearray(signed.entry + signed.signature)
    joined[place % len(joined)] ^= change
    altered = msgspec.structs.replace(
        signed, entry=bytes(joined[:-64]), signature=bytes(joined[-64:])
    )
    assert not is_signed_by(altered, DEVICE_KEY.public_key)


def test_entry_of_another_device_is_not_signed_by_this_one() -> None:
    """A key vouches for its own journal only."""
    signed = seal_entry(make_entry(), make_key(77))
    assert not is_signed_by(signed, DEVICE_KEY.public_key)
    assert not is_signed_by(msgspec.structs.replace(signed, signature=b"short"), b"k" * 32)


def test_links_tell_gaps_from_breaks() -> None:
    """A missing entry is a gap, another predecessor is a break."""
    first = seal_entry(make_entry(), DEVICE_KEY)
    head = ChainHead(BOOT, 1, first.hash)
    assert find_link_fault(make_entry(2, first.hash), head) is None
    assert find_link_fault(make_entry(3, first.hash), head) is LinkFault.GAP
    assert find_link_fault(make_entry(2, first.hash, boot=b"otherone"), head) is LinkFault.GAP
    assert find_link_fault(make_entry(2, NO_HASH), head) is LinkFault.BROKEN_LINK


def test_unknown_kind_is_kept_without_a_body() -> None:
    """A later version's entry is readable as far as it goes."""
    entry = make_entry(kind="parade", body=b"\xff\xff")
    assert decode_body(decode_entry(seal_entry(entry, DEVICE_KEY).entry)) is None


def test_known_kind_with_a_strange_body_is_malformed() -> None:
    """A body that is not of its kind's form is named."""
    with pytest.raises(Malformed, match="boot"):
        decode_body(make_entry(body=b"\x93\x01"))


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("scan", ["c", "gt", "zn", "oc", "in", 1], [1, 1, bytes(16), "admit", "ok", "offline"]),
        ("release", ["c"], ["why"]),
        ("undo", ["c"], ["sv", "why"]),
        ("give", ["c"], ["zn", "oc", 1, "dv", "gt", "ok"]),
        ("withdrawal", ["c"], [0, "refund", "offline"]),
        ("surrender", ["mv", 1], []),
    ],
)
def test_ticket_id_is_a_number_of_64_bits(kind: str, before: list[Any], after: list[Any]) -> None:
    """Whoever reads a body may look the ticket up, and no store of ours knows a negative one."""

    def read(ticket_id: int) -> object:
        named = [ticket_id] if kind == "surrender" else ticket_id
        body = msgspec.msgpack.encode([*before, named, *after])
        return decode_body(make_entry(kind=EntryKind(kind), body=body))

    for ticket_id in (0, 2**63, 2**64 - 1):
        assert read(ticket_id) is not None
    for ticket_id in (-1, -(2**63)):
        with pytest.raises(Malformed):
            read(ticket_id)


def test_entry_with_appended_fields_is_readable() -> None:
    """Fields that a later version appends are skipped."""
    encoded = msgspec.msgpack.encode([*msgspec.structs.astuple(make_entry()), "later"])
    assert decode_entry(encoded) == make_entry()


@given(st.binary(max_size=300))
def test_decoding_survives_garbage(garbage: bytes) -> None:
    """Garbage is malformed, never another error."""
    with pytest.raises(Malformed):
        decode_entry(garbage)


@pytest.mark.parametrize(
    "changed", [{"boot": b"short"}, {"previous": b"short"}, {"dseq": 0}, {"dseq": -1}]
)
def test_entry_out_of_form_is_malformed(changed: dict[str, Any]) -> None:
    """Lengths and numbers are checked at the door."""
    with pytest.raises(Malformed):
        decode_entry(msgspec.msgpack.encode(make_entry(**changed)))


def test_entry_beyond_the_limit_is_refused_by_writer_and_reader() -> None:
    """The size limit holds on both sides."""
    long = make_entry(kind=EntryKind.NOTE, body=encode_body(NoteBody("t", "x" * ENTRY_SIZE_MAX)))
    with pytest.raises(Malformed, match="longer"):
        seal_entry(long, DEVICE_KEY)
    with pytest.raises(Malformed, match="longer"):
        decode_entry(msgspec.msgpack.encode(long))


def test_code_hashes_do_not_link_across_events() -> None:
    """The same code at two events leaves two different hashes, and odd text is no error."""
    assert hash_code("123", EVENT) != hash_code("123", EventId("ev_2"))
    assert len(hash_code("\ud800", EVENT)) == 16

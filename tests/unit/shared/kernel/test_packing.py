"""MessagePack: there and back, and every fault of foreign bytes is `Malformed`."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Malformed
from shared.kernel.packing import pack, unpack


class Note(msgspec.Struct, frozen=True, array_like=True):
    """Something small with a text, a number and a place for more of it."""

    text: str
    number: int = 0
    rest: tuple[Note, ...] = ()


DECODER = msgspec.msgpack.Decoder(Note)


@given(st.text(), st.integers(-(2**63), 2**64 - 1))
def test_a_struct_survives_packing(text: str, number: int) -> None:
    """What was packed comes out, to the largest number that MessagePack has."""
    note = Note(text, number, (Note("inner"),))
    assert unpack(pack(note), DECODER, "a note") == note


@given(st.binary(max_size=60))
def test_any_bytes_are_the_struct_or_malformed(encoded: bytes) -> None:
    """No other exception leaves the reader."""
    try:
        note = unpack(encoded, DECODER, "a note")
    except Malformed:
        return
    assert unpack(pack(note), DECODER, "a note") == note


@pytest.mark.parametrize(
    "encoded",
    [b"", b"\xc0", b"\x91\xa1\xff", b"\x92\xa1a\xa1b", b"\x93\xa1a\x00\x91" * 100_000],
    ids=["empty", "another type", "no UTF-8", "a text for a number", "very deep"],
)
def test_the_sentence_says_what_it_should_have_been(encoded: bytes) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(Malformed, match="not a note: "):
        unpack(encoded, DECODER, "a note")

"""Finding the message among a tag's blocks, however they are laid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.readers.nfc.tlv import (
    MessageSpot,
    find_free_block,
    find_message,
    message_block,
)

LOCK_CONTROL = bytes.fromhex("0103a00c34")


def _find(area: bytes) -> MessageSpot | None:
    return find_message(lambda begin, end: area[begin:end], len(area))


def _free(area: bytes) -> int:
    return find_free_block(lambda begin, end: area[begin:end], len(area))


@pytest.mark.parametrize(
    ("area", "spot"),
    [
        (bytes.fromhex("0303aabbccfe"), MessageSpot(0, 2, 3)),
        (LOCK_CONTROL + bytes.fromhex("0301aafe"), MessageSpot(5, 7, 1)),
        (bytes.fromhex("0000000301aa"), MessageSpot(3, 5, 1)),
        (bytes.fromhex("0203010203") + bytes.fromhex("0300fe"), MessageSpot(5, 7, 0)),
        (bytes.fromhex("fd02aabb0300"), MessageSpot(4, 6, 0)),
        (b"\x03\xff\x01\x00" + bytes(256), MessageSpot(0, 4, 256)),
        (bytes.fromhex("fe0301aa"), None),
        (bytes.fromhex("0304aabbcc"), None),
        (bytes.fromhex("03ff01"), None),
        (bytes.fromhex("01ff"), None),
        (b"\x03\xff\x01\x00" + bytes(255), None),
        (bytes.fromhex("fd20aabb"), None),
        (bytes(16), None),
        (b"\x03", None),
        (b"", None),
    ],
)
def test_the_first_message_is_found_or_none(area: bytes, spot: MessageSpot | None) -> None:
    """Fillers and controls are passed; what runs over the end is no message."""
    assert _find(area) == spot


@given(st.binary(max_size=300))
def test_no_garbage_breaks_the_search(area: bytes) -> None:
    """Whatever stands there, a found message lies within the area, and so does a free block."""
    spot = _find(area)
    assert spot is None or (spot.block < spot.begin and spot.begin + spot.size <= len(area))
    assert _free(area) >= 0


@given(st.binary(max_size=254), st.sampled_from([b"", LOCK_CONTROL, bytes(3)]))
def test_a_written_block_is_found(message: bytes, before: bytes) -> None:
    """What is spelled as a block is the message that is found."""
    area = before + message_block(message) + bytes(8)
    spot = _find(area)
    assert spot is not None
    assert area[spot.begin : spot.begin + spot.size] == message


@pytest.mark.parametrize(
    ("area", "free"),
    [
        (bytes.fromhex("0303aabbccfe"), 0),
        (LOCK_CONTROL + bytes.fromhex("0301aafe"), 5),
        (LOCK_CONTROL + bytes(16), 5),
        (LOCK_CONTROL + bytes.fromhex("02030102030000"), 10),
        (bytes(16), 0),
        (LOCK_CONTROL, 5),
    ],
)
def test_controls_from_the_factory_are_kept(area: bytes, free: int) -> None:
    """A new message goes over the old one, or after the tag's own controls."""
    assert _free(area) == free

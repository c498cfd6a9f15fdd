"""Envelopes: what is changed, foreign or repeated is noticed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId
from shared.kernel.key_agreement import agree_on_key
from shared.kernel.packing import pack
from shared.lan.envelope import (
    LAN_VERSION,
    PURPOSE,
    WINDOW_SIZE,
    ReplayWindow,
    Sealer,
    SignedFrame,
    is_authentic,
    is_signed_by,
    make_datagram,
    open_frame,
    read_datagram,
    read_frame,
)
from shared.lan.messages import Hello, MessageKind, decode_body
from tests.factories.house import EVENT
from tests.unit.shared.lan.venue import device_key, make_identity

HELLO = Hello(bytes(8), True, 5)
SHARED = agree_on_key(device_key(0), device_key(1).public_key, PURPOSE)


def make_sealer(number: int = 0) -> Sealer:
    """Return a sealer of device n."""
    me = make_identity(number)
    return Sealer(EVENT, me.device_id, me.key, me.boot, me.born)


def test_datagram_comes_back_as_it_was_made() -> None:
    """Every field arrives, and the numbers rise from 1."""
    sealer = make_sealer()
    first = read_datagram(make_datagram(sealer.wrap(HELLO, (3, 4)), SHARED))
    second = read_datagram(make_datagram(sealer.wrap(HELLO, (3, 4)), SHARED))
    me = make_identity(0)
    assert (first.v, first.event_id, first.version) == (LAN_VERSION, EVENT, (3, 4))
    assert (first.sender, first.boot, first.born) == (me.device_id, me.boot, me.born)
    assert (first.counter, second.counter) == (1, 2)
    assert first.kind == MessageKind.HELLO
    assert decode_body(first.kind, first.body) == HELLO


def test_each_changed_byte_of_a_datagram_is_noticed() -> None:
    """The code covers all, itself included."""
    datagram = make_datagram(make_sealer().wrap(HELLO, (1, 1)), SHARED)
    assert is_authentic(datagram, SHARED)
    for at in range(len(datagram)):
        changed = datagram[:at] + bytes([datagram[at] ^ 1]) + datagram[at + 1 :]
        assert not is_authentic(changed, SHARED)
        assert not is_authentic(datagram[:at], SHARED)


def test_datagram_for_one_receiver_is_not_good_for_another() -> None:
    """The code is made with the key of the pair."""
    other = agree_on_key(device_key(0), device_key(2).public_key, PURPOSE)
    datagram = make_datagram(make_sealer().wrap(HELLO, (1, 1)), SHARED)
    assert not is_authentic(datagram, other)


@pytest.mark.parametrize("datagram", [b"", bytes(16), bytes(40), b"\xc1" * 100])
def test_garbage_is_malformed(datagram: bytes) -> None:
    """What is no envelope is refused in words, not by a crash."""
    with pytest.raises(Malformed):
        read_datagram(datagram)
    with pytest.raises(Malformed):
        read_frame(datagram)


def test_frame_opens_with_its_signers_key_alone() -> None:
    """A frame is signed, since its receiver may be told the key only by the frame's own word."""
    frame = make_sealer().seal_frame(HELLO, (1, 1))
    envelope = open_frame(frame, device_key(0).public_key, EVENT)
    assert envelope.sender == make_identity(0).device_id
    with pytest.raises(Malformed, match="did not sign"):
        open_frame(frame, device_key(1).public_key, EVENT)
    with pytest.raises(Malformed, match="another event"):
        open_frame(frame, device_key(0).public_key, EventId("ev_other"))


def test_frame_of_another_version_is_refused() -> None:
    """What a later version means by its fields, this one does not guess."""
    envelope, _ = read_frame(make_sealer().seal_frame(HELLO, (1, 1)))
    later = pack(msgspec.structs.replace(envelope, v=LAN_VERSION + 1))
    with pytest.raises(Malformed, match="version"):
        open_frame(pack(SignedFrame(later, bytes(64))), device_key(0).public_key, EVENT)


def test_signature_of_a_wrong_length_is_none() -> None:
    """It is refused before the library sees it."""
    assert not is_signed_by(SignedFrame(b"x", b"short"), device_key(0).public_key)


@given(st.integers(0, 50), st.lists(st.integers(1, 3 * WINDOW_SIZE), max_size=200))
def test_window_takes_each_number_once(start: int, counters: list[int]) -> None:
    """Against a plain set: never twice, and everything new that is not far behind."""
    window, taken, highest = ReplayWindow(start), set(range(start + 1)), start
    for counter in counters:
        is_new = window.is_new(counter)
        expected = counter not in taken and highest - counter < WINDOW_SIZE
        assert is_new is expected
        if is_new:
            window.take(counter)
            taken.add(counter)
            highest = max(highest, counter)

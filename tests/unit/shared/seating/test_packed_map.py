"""A map as bytes: the same map, the same bytes; nothing else is taken for one."""

from __future__ import annotations

import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Malformed
from shared.seating.packed_map import pack_map, unpack_map
from shared.seating.seat_map import PITCH, SeatMap
from tests.factories.seats import make_seat, make_seat_map


def test_a_map_survives_and_is_small() -> None:
    """Twenty thousand seats take less than three bytes each."""
    seat_map = make_seat_map(rows=25, seats=800)
    packed = pack_map(seat_map)
    assert unpack_map(packed) == seat_map
    assert packed == pack_map(unpack_map(packed))
    assert len(packed) < 3 * len(seat_map.seats)


def test_own_ids_and_a_focus_survive() -> None:
    """Also where the id is what the labels give."""
    seats = (make_seat(1), make_seat(2, id="Stalls-A-2"), make_seat(3, id="vip:3"))
    seat_map = SeatMap(seats, -5, 7 * PITCH)
    assert unpack_map(pack_map(seat_map)) == seat_map


@given(st.binary(max_size=60), st.booleans())
def test_other_bytes_are_refused(noise: bytes, compressed: bool) -> None:
    """Whatever they are."""
    with pytest.raises(Malformed):
        unpack_map(zlib.compress(noise) if compressed else noise)


@given(st.integers(0, 13), st.sampled_from([[], [-1], [99], ["x"], None, 7, ["a"] * 3]))
def test_columns_that_do_not_fit_are_refused(place: int, said: object) -> None:
    """Longer, shorter, of another kind, or leading out of their tables."""
    seat_map = SeatMap((make_seat(1),), 1, 2)
    columns = msgspec.msgpack.decode(zlib.decompress(pack_map(seat_map)))
    columns[place] = said
    packed = zlib.compress(msgspec.msgpack.encode(columns))
    try:
        again = unpack_map(packed)
    except Malformed:
        return
    assert pack_map(again)


def test_a_bomb_ends_at_a_bound() -> None:
    """Sixty million zeros are not expanded."""
    with pytest.raises(Malformed, match="too large"):
        unpack_map(zlib.compress(bytes(60_000_000)))

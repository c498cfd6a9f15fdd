"""Seats as a part of the manifest: small, in order, and refused where they do not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Malformed
from shared.kernel.id_types import TicketId
from shared.manifest.seats import cut_seats, read_ticket_seats
from shared.seating.packed_map import pack_map, unpack_map
from tests.factories.seats import make_seat_map

PAIRS = st.dictionaries(st.integers(0, 2**64 - 1).map(TicketId), st.integers(0, 39), max_size=60)


@given(PAIRS)
def test_each_ticket_keeps_its_seat(seats: dict[TicketId, int]) -> None:
    """In order of the tickets' ids, whatever order they came in."""
    packed = pack_map(make_seat_map())
    (ref, data), *others = cut_seats(packed, 40, list(seats.items()))
    assert (ref.count, unpack_map(data)) == (40, make_seat_map())
    found = [row for ref, chunk in others for row in read_ticket_seats(ref, chunk, 40)]
    assert found == sorted(seats.items())


def test_places_beyond_the_map_and_other_counts_are_refused() -> None:
    """Before anything of them is kept."""
    _, (ref, chunk) = cut_seats(b"x", 40, [(TicketId(7), 39)])
    assert list(read_ticket_seats(ref, chunk, 40)) == [(7, 39)]
    with pytest.raises(Malformed, match="not in its map"):
        list(read_ticket_seats(ref, chunk, 39))
    _, (other, _) = cut_seats(b"x", 40, [(TicketId(7), 3), (TicketId(8), 4)])
    with pytest.raises(Malformed, match="what the manifest says"):
        list(read_ticket_seats(other, chunk, 40))


def test_twenty_thousand_seated_tickets_cost_little() -> None:
    """Beside the map, some eleven bytes each: the ids' own entropy and the place."""
    seats = [(TicketId(number * 0x9E3779B97F4A7C15 % 2**64), number) for number in range(20_000)]
    (_, packed), *others = cut_seats(pack_map(make_seat_map(25, 800)), 20_000, seats)
    assert len(packed) < 60_000
    assert sum(len(chunk) for _, chunk in others) < 12 * 20_000

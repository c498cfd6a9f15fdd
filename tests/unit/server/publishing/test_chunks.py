"""Cutting tickets into chunks."""

from __future__ import annotations

from array import array

import pytest

from server.publishing.chunks import cut_tickets
from server.publishing.ticket_columns import TicketColumns, is_sorted, merge_runs
from shared.kernel.ed25519 import sha256
from shared.manifest.chunk_columns import CLASS_SIZE, ID_SIZE, MANUAL_SIZE, decode_columns
from tests.fakes.entropy import SeededEntropy


def draw_ids(count: int) -> list[int]:
    """Draw ids, in order."""
    entropy = SeededEntropy("ids")
    return sorted(int.from_bytes(entropy.random_bytes(8), "big") for _ in range(count))


def rows_of(ids: list[int]) -> bytes:
    """Lay ids out as the databases give them."""
    return b"".join(number.to_bytes(8, "big") for number in ids)


def columns_of(ids: list[int], places: list[int] | None = None) -> TicketColumns:
    """Make columns of two combinations, or of one."""
    codes = b"".join(n.to_bytes(MANUAL_SIZE, "big") for n in range(len(ids)))
    count = 1 if places is None else 2
    return TicketColumns(
        [("tt", n) for n in range(count)],
        rows_of(ids),
        array("I", places or []),
        (codes, rows_of(ids)),
    )


@pytest.mark.parametrize("count", [0, 1, 2, 1_000, 40_000])
def test_chunks_hold_every_ticket_once_and_in_order(count: int) -> None:
    """What is cut and packed is what was given, prefix by prefix."""
    ids = draw_ids(count)
    cut = cut_tickets(columns_of(ids), [5])
    found: list[int] = []
    for chunk in cut.tickets:
        packed, classes = decode_columns(chunk.data, ID_SIZE, CLASS_SIZE)
        part = [int.from_bytes(packed[at : at + 8], "big") for at in range(0, len(packed), 8)]
        assert {number >> (64 - cut.prefix_bits) for number in part} == {chunk.ref.prefix}
        assert classes == (5).to_bytes(4, "big") * len(part)
        assert (chunk.ref.count, chunk.ref.size) == (len(part), len(chunk.data))
        assert chunk.ref.sha256 == sha256(chunk.data)
        found += part
    assert found == ids


def test_one_more_ticket_changes_one_chunk() -> None:
    """A device that has the others fetches only the chunk of the new ticket."""
    ids = draw_ids(40_000)
    before = {chunk.ref for chunk in cut_tickets(columns_of(ids), [0]).tickets}
    more = sorted([*ids, 1 << 40])
    after = {chunk.ref for chunk in cut_tickets(columns_of(more), [0]).tickets}
    assert len(after - before) == 1


def test_each_ticket_gets_the_number_of_its_own_class() -> None:
    """Class numbers follow the tickets' combinations."""
    ids = draw_ids(100)
    places = [number % 2 for number in range(100)]
    (chunk,) = cut_tickets(columns_of(ids, places), [7, 300]).tickets
    _, classes = decode_columns(chunk.data, ID_SIZE, CLASS_SIZE)
    numbers = [int.from_bytes(classes[at : at + 4], "big") for at in range(0, 400, 4)]
    assert numbers == [300 if place else 7 for place in places]


def test_manual_codes_are_packed_apart() -> None:
    """Codes lead to the tickets that have them."""
    ids = draw_ids(50)
    (chunk,) = cut_tickets(columns_of(ids), [0]).manual
    codes, owners = decode_columns(chunk.data, MANUAL_SIZE, ID_SIZE)
    assert int.from_bytes(codes[-5:], "big") == 49
    assert owners == rows_of(ids)


def test_runs_merge_into_one_order_that_knows_its_groups() -> None:
    """Groups from the database become sorted ids with the place of each."""
    ids = draw_ids(1_000)
    groups = [rows_of(ids[0::3]), rows_of(ids[1::3]), rows_of(ids[2::3])]
    merged, places = merge_runs([(rows, place) for place, rows in enumerate(groups)])
    assert merged == rows_of(ids)
    assert list(places) == [number % 3 for number in range(1_000)]


def test_single_sorted_run_needs_no_places() -> None:
    """The common case costs nothing."""
    rows = rows_of(draw_ids(10))
    assert merge_runs([(rows, 0)]) == (rows, array("I"))
    assert is_sorted(rows)
    assert not is_sorted(rows[8:] + rows[:8])

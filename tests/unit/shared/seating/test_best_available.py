"""The best seats: beside each other, near the middle, leaving nobody alone, always the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.id_types import SeatId
from shared.seating.best_available import find_best
from shared.seating.neighbouring_seats import SeatRows
from shared.seating.seat_map import PITCH, SeatKind, SeatMap, SeatOffer, suits
from tests.factories.seats import make_seat, make_seat_map

HALL = make_seat_map(rows=6, seats=12)
ROWS = SeatRows(HALL)
ALL = frozenset(seat.id for seat in HALL.seats)


def row_of(numbers: range | list[int], **said: object) -> SeatRows:
    return SeatRows(SeatMap(tuple(make_seat(number, **said) for number in numbers)))  # type: ignore[arg-type]  # any field of any test


def free(*numbers: int) -> frozenset[SeatId]:
    return frozenset(SeatId(f"A-{number}") for number in numbers)


@given(st.frozensets(st.sampled_from(sorted(ALL))), st.integers(0, 15))
@settings(max_examples=150)
def test_given_seats_are_free_ordinary_and_as_many_as_asked(
    left: frozenset[SeatId], count: int
) -> None:
    """Or none at all; never a killed, a taken or a doubled one, and in one row or two."""
    given_ = find_best(ROWS, left, count)
    assert len(given_) in {0, count}
    assert len(set(given_)) == len(given_)
    assert set(given_) <= left
    assert {ROWS.by_id[one].kind for one in given_} <= {SeatKind.ORDINARY}
    assert len({ROWS.by_id[one].row for one in given_}) <= 2
    assert given_ == find_best(ROWS, sorted(left, reverse=True), count)


@given(st.frozensets(st.sampled_from(sorted(ALL))), st.integers(1, 6))
@settings(max_examples=150)
def test_nobody_is_left_alone_where_that_can_be(left: frozenset[SeatId], count: int) -> None:
    """If a row offers a window without an orphan, the answer leaves none."""
    given_ = find_best(ROWS, left, count)
    if len({ROWS.by_id[one].row for one in given_}) != 1:
        return
    ordinary = {one for one in left if ROWS.by_id[one].kind is SeatKind.ORDINARY}
    if ROWS.find_orphans(ordinary, given_):
        for block in ROWS.blocks:
            for start in range(len(block.seats) - count + 1):
                window = {seat.id for seat in block.seats[start : start + count]}
                assert not window <= ordinary or ROWS.find_orphans(ordinary, window)


def test_the_middle_of_the_front_is_best() -> None:
    """Two of ten: the fifth and the sixth."""
    assert find_best(row_of(range(1, 11)), free(*range(1, 11)), 2) == ("A-5", "A-6")


def test_a_single_seat_is_not_left_between_others() -> None:
    """Of three in the middle two would leave one; the pair aside leaves none."""
    rows = row_of(range(1, 11))
    assert find_best(rows, free(1, 2, 5, 6, 7), 2) == ("A-1", "A-2")
    assert find_best(rows, free(5, 6, 7), 2) == ("A-5", "A-6")


def test_nobody_sits_across_an_aisle() -> None:
    """A gap of two seats' width parts a row, and ends count as neighbours of nobody."""
    rows = row_of([1, 2, 3, 6, 7, 8])
    assert find_best(rows, free(3, 6), 2) == ()
    assert [len(block.seats) for block in rows.blocks] == [3, 3]


def test_numbers_do_not_make_neighbours_places_do() -> None:
    """Odd numbers to the left, even ones to the right."""
    seats = [make_seat(n, x=(-n if n % 2 else n) * PITCH // 2) for n in range(1, 9)]
    rows = SeatRows(SeatMap(tuple(seats)))
    assert find_best(rows, free(1, 2), 2) == ("A-1", "A-2")
    assert find_best(rows, free(2, 3), 2) == ()


def test_a_group_too_long_for_every_row_has_two_behind_each_other() -> None:
    """The halves overlap, in rows of one section that follow each other."""
    given_ = find_best(ROWS, ALL, 16)
    rows = [ROWS.by_id[one].row for one in given_]
    assert len(given_) == 16
    assert sorted(set(rows)) in (["A", "B"], ["B", "C"])
    assert find_best(ROWS, ALL, 25) == ()


def test_accessible_seats_are_given_to_whom_they_are_for() -> None:
    """And killed ones to nobody, whatever is asked for."""
    assert find_best(ROWS, ALL, 1, kinds=frozenset({SeatKind.ACCESSIBLE})) == ("A-1",)
    assert find_best(ROWS, ALL, 1, kinds=frozenset({SeatKind.KILLED})) == ()


def test_a_picked_seat_names_whom_it_leaves_alone() -> None:
    """What stood alone before is nobody's fault."""
    rows = row_of(range(1, 11))
    assert rows.find_orphans(free(1, 2, 3), free(2, 3)) == ("A-1",)
    assert rows.find_orphans(free(1, 5, 6), free(5, 6)) == ()
    assert rows.find_orphans(free(1, 2, 3), free(2)) == ("A-1", "A-3")
    assert rows.find_orphans(free(1), [SeatId("nowhere")]) == ()


def test_an_offer_says_which_seats_are_for_a_type() -> None:
    """By category, by section, by both, or all."""
    seat = make_seat(category="gold")
    assert suits(SeatOffer(1), seat)
    assert suits(SeatOffer(1, ("gold",), ("Stalls",)), seat)
    assert not suits(SeatOffer(1, ("silver",)), seat)
    assert not suits(SeatOffer(1, ("gold",), ("Balcony",)), seat)


def test_a_stadium_is_asked_within_a_moment() -> None:
    """Twenty thousand seats: each row once."""
    rows = SeatRows(make_seat_map(rows=25, seats=800))
    assert len(find_best(rows, set(rows.by_id), 4)) == 4

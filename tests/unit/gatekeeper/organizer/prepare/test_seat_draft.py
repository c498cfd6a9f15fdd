"""Seat maps as organizers draw them: patterns, labels, and every step taken back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.organizer.prepare.seat_draft import (
    SEAT_UNDO_MAX,
    RowPattern,
    SeatDraft,
    SeatDraftFault,
    SeatFlaw,
    next_label,
)
from gatekeeper.organizer.prepare.seat_plans_client import read_file
from shared.kernel.errors import BadInput
from shared.seating.csv_form import read_csv, write_csv
from shared.seating.seat_map import PITCH, Seat, SeatKind, check_map
from shared.seating.svg_form import write_svg
from tests.factories.seats import make_seat_map


def pattern(**changes: object) -> RowPattern:
    values: dict[str, object] = {"section": "Stalls", "first_row": "A", "rows": 3, "seats": 10}
    return RowPattern(**(values | changes))  # type: ignore[arg-type]  # any field of any test


def drawn(**changes: object) -> SeatDraft:
    draft = SeatDraft()
    draft.add_rows(pattern(**changes))
    return draft


def numbers(draft: SeatDraft, row: str = "A") -> list[str]:
    """Return a row's numbers from the left to the right."""
    seats = sorted((one for one in draft.seats if one.row == row), key=lambda one: one.x)
    return [one.number for one in seats]


@pytest.mark.parametrize(
    ("label", "after"),
    [
        ("A", "B"),
        ("H", "J"),
        ("N", "P"),
        ("Z", "AA"),
        ("9", "10"),
        ("az", "ba"),
        ("Box 1", "Box 1 2"),
    ],
)
def test_rows_are_called_on_as_people_call_them(label: str, after: str) -> None:
    """No row is called I or O, which look like digits."""
    assert next_label(label) == after


def test_a_pattern_makes_rows_that_any_reader_takes() -> None:
    """Rows behind each other, seats a pitch apart; written and read again it is the same map."""
    draft = drawn()
    assert len(draft.seats) == 30
    assert {one.row for one in draft.seats} == {"A", "B", "C"}
    first, second = draft.seats[:2]
    assert second.x - first.x == PITCH
    assert read_csv(write_csv(draft.seat_map())) == draft.seat_map()
    check_map(draft.seat_map())


def test_numbers_run_as_they_are_asked_for() -> None:
    """From the right, odd ones only, from any first one."""
    assert numbers(drawn(seats=3, is_from_right=True)) == ["3", "2", "1"]
    assert numbers(drawn(seats=3, step=2, first_number=11)) == ["11", "13", "15"]


def test_an_aisle_is_a_gap_and_a_curve_brings_the_ends_forward() -> None:
    """So that best seats are looked for on one side of it."""
    row = drawn(rows=1, seats=4, aisle_after=2).seats
    assert [b.x - a.x for a, b in pairwise(row)] == [PITCH, 2 * PITCH, PITCH]
    bent = drawn(rows=1, seats=5, curve_percent=50).seats
    assert bent[0].y == bent[4].y < bent[2].y


def test_a_row_is_drawn_along_a_line_with_as_many_seats_as_have_room() -> None:
    """Aslant as well."""
    draft = SeatDraft()
    draft.draw_row(pattern(), (0, 0), (4 * PITCH, 0))
    assert numbers(draft) == ["1", "2", "3", "4", "5"]
    draft.draw_row(pattern(first_row="B"), (0, PITCH), (3 * PITCH, 5 * PITCH))
    aslant = draft.seats[5:]
    assert len(aslant) == 6
    assert aslant[-1].y > aslant[0].y


def remove_none(draft: SeatDraft) -> None:
    draft.select(())
    draft.remove()


REFUSED: Final[dict[SeatFlaw, Callable[[SeatDraft], None]]] = {
    SeatFlaw.DOUBLED: lambda draft: draft.add_rows(pattern()),
    SeatFlaw.LABEL: lambda draft: draft.add_rows(pattern(section="")),
    SeatFlaw.TOO_MANY: lambda draft: draft.add_rows(pattern(rows=0)),
    SeatFlaw.NOTHING: remove_none,
    SeatFlaw.TOO_FAR: lambda draft: draft.move(10_000_000, 0),
}


@pytest.mark.parametrize("flaw", REFUSED)
def test_what_cannot_be_is_refused_and_changes_nothing(flaw: SeatFlaw) -> None:
    """Two seats of one name, no name, too many, none chosen, beyond the sheet."""
    draft = drawn()
    before = draft.seats
    with pytest.raises(SeatDraftFault) as refused:
        REFUSED[flaw](draft)
    assert refused.value.flaw is flaw
    assert draft.seats is before


def test_labels_kinds_and_numbers_of_the_chosen_change_and_their_ids_stay() -> None:
    """A seat that was called otherwise is the same; one that takes its name is another."""
    draft = drawn(rows=1, seats=3)
    ids = [one.id for one in draft.seats]
    draft.set_labels(section="Circle", category="front")
    draft.set_kind(SeatKind.ACCESSIBLE)
    draft.renumber(5, 1, is_from_right=True)
    assert [one.id for one in draft.seats] == ids
    assert numbers(draft) == ["7", "6", "5"]
    assert {(one.section, one.category, one.kind) for one in draft.seats} == {
        ("Circle", "front", SeatKind.ACCESSIBLE)
    }
    draft.add_rows(pattern(rows=1, seats=3))
    assert len({one.id for one in draft.seats}) == 6
    assert draft.summary().categories == {"front": 3, "standard": 3}


def test_the_stage_stays_where_it_is_when_rows_are_added() -> None:
    """And goes where it is put."""
    draft = drawn()
    before = draft.seat_map().focus_x
    draft.add_rows(pattern(section="Circle", seats=30))
    assert draft.seat_map().focus_x == before
    draft.put_focus(100, -200)
    assert (draft.seat_map().focus_x, draft.seat_map().focus_y) == (100, -200)


STEPS: Final[tuple[Callable[[SeatDraft, int], None], ...]] = (
    lambda draft, n: draft.add_rows(pattern(section=f"S{n}", rows=1, seats=3)),
    lambda draft, n: draft.draw_row(pattern(section=f"D{n}"), (0, n), (PITCH * 2, n)),
    lambda draft, n: draft.move(n, -n),
    lambda draft, _: draft.set_kind(SeatKind.KILLED),
    lambda draft, n: draft.set_labels(category=f"c{n}"),
    lambda draft, _: draft.remove(),
    lambda draft, n: draft.put_focus(n, n),
)


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 9_999)), max_size=25))
def test_every_step_is_undone_and_done_again(
    steps: list[tuple[Callable[[SeatDraft, int], None], int]],
) -> None:
    """Backwards to the empty sheet, and forwards to what was there; whatever it was."""
    draft, seen = SeatDraft(), list[tuple[tuple[Seat, ...], int | None]]()
    for number, (step, value) in enumerate(steps):
        before = draft.seats, draft.seat_map().focus_x
        try:
            step(draft, value * 100 + number)
        except SeatDraftFault:
            continue
        seen.append(before)
    last = draft.seats
    for seats, focus in reversed(seen):
        draft.undo()
        assert (draft.seats, draft.seat_map().focus_x) == (seats, focus)
    assert not draft.can_undo
    for _ in seen:
        draft.redo()
    assert draft.seats == last


def test_a_hundred_steps_and_more_can_be_undone() -> None:
    """The oldest are forgotten, the map never."""
    draft = drawn()
    for _ in range(SEAT_UNDO_MAX + 20):
        draft.move(1, 0)
    for _ in range(SEAT_UNDO_MAX + 20):
        draft.undo()
    assert len(draft.seats) == 30
    assert draft.can_redo


@pytest.mark.parametrize("write", [write_csv, write_svg])
def test_a_file_is_a_table_or_a_drawing(write: Callable[..., str]) -> None:
    """Told apart by what is in it, whatever its name."""
    wanted = make_seat_map()
    found = read_file("hall.txt", write(wanted))
    assert {(one.id, one.x, one.y, one.kind) for one in found.seats} == {
        (one.id, one.x, one.y, one.kind) for one in wanted.seats
    }


@pytest.mark.parametrize(
    "content", ["", "  \n", "<!DOCTYPE svg><svg/>", "row,seat\nA,1\n", "\x00"]
)
def test_a_file_that_is_no_seat_map_says_what_to_do(content: str) -> None:
    """Nothing of it is drawn."""
    with pytest.raises(BadInput):
        read_file("hall.csv", content)

"""Folding scans into who is inside and what is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.admission.entries_left import History, fold_history, left_to_enter
from shared.admission.facts import Direction, TicketFacts, UseFact, ZoneRules
from shared.kernel.instant import Instant


def passages(*counts: int) -> list[UseFact]:
    """Entries of so many persons; negative counts are exits."""
    return [
        UseFact(
            direction=Direction.IN if count > 0 else Direction.OUT,
            at=Instant(at),
            count=abs(count),
        )
        for at, count in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("counts", "inside", "entered"),
    [
        ((2, 1), 3, 3),
        ((2, 5), 4, 7),
        ((2, 5, -1), 3, 7),
        ((-3, 1), 1, 1),
        ((4, -9, 2), 2, 6),
    ],
)
def test_inside_stays_between_nobody_and_everybody(
    counts: tuple[int, ...], inside: int, entered: int
) -> None:
    """Too many entries or exits do not carry over."""
    history = fold_history(passages(*counts), inside_max=4)
    assert (history.inside, history.entered) == (inside, entered)


def test_who_was_let_in_beyond_the_ticket_is_inside_until_they_go_out() -> None:
    """Two let in on a ticket for one are two inside, whatever the ticket allows."""
    assert fold_history(passages(1, 1), inside_max=1).present == 2
    assert fold_history(passages(1, 1, -1), inside_max=1).present == 1
    assert fold_history(passages(1, 1, -1, -1), inside_max=1).present == 0
    assert fold_history(passages(-1, 1), inside_max=1).present == 1, "nobody goes out ahead"


def test_inside_has_no_upper_end_without_a_limit() -> None:
    """In a zone without a limit everybody counts."""
    assert fold_history(passages(5, 5, -1), inside_max=None).inside == 9


COUNTS = st.lists(st.integers(-3, 3).filter(bool), max_size=6)


@given(COUNTS, st.integers(1, 4))
def test_left_is_never_negative_nor_above_the_allowance(counts: list[int], persons: int) -> None:
    """What is left lies between nothing and the whole ticket, in every kind of zone."""
    ticket = TicketFacts(known=True, event="E1", ticket_type="standing", persons=persons)
    history = fold_history(passages(*counts), inside_max=persons)
    for reentry in (True, False):
        left = left_to_enter(ticket, ZoneRules(event="E1", reentry_after_exit=reentry), history)
        assert left is not None
        assert 0 <= left <= persons
    assert left_to_enter(ticket, ZoneRules(event="E1", multiple_entries=True), history) is None


def test_nothing_happened_without_scans() -> None:
    """A fresh ticket has no history."""
    assert fold_history([], inside_max=1) == History(entered=0, inside=0, latest=None)

"""Sums of money that moved, as reports of one event and of a time tell them."""

from __future__ import annotations

from server.reports.money_that_moved import less_exchanged


def test_what_is_owed_adds_up_over_times() -> None:
    """A debt of one month that pays another ticket in the next one is told once, not for ever."""
    first = less_exchanged({"EUR": (1, 2_500)}, {})
    second = less_exchanged({}, {"EUR": (1, 2_500)})
    whole = less_exchanged({"EUR": (1, 2_500)}, {"EUR": (1, 2_500)})
    assert (first["EUR"], second["EUR"], whole["EUR"]) == ((1, 2_500), (0, -2_500), (1, 0))

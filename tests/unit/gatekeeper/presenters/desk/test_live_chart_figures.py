"""Which lines and bars the live board's charts have."""

from __future__ import annotations

import msgspec

from gatekeeper.presenters.colors import THEMES, contrast
from gatekeeper.presenters.desk import live_chart_figures as figures
from tests.factories.live_boards import make_board


def test_a_headcount_is_a_range_only_while_somebody_is_away() -> None:
    """Gates in touch tell each entry as it happens; what their shares allow is nobody inside."""
    board = make_board()
    assert [one.high for one in figures.zone_bars(board)] == [one.at_most for one in board.zones]
    in_touch = msgspec.structs.replace(board, away=())
    assert all(one.high in {one.inside, None} for one in figures.zone_bars(in_touch))


def test_many_gates_are_few_lines_and_nobody_is_lost() -> None:
    """The largest have lines of their own, the rest one together; the sum is the same."""
    board = make_board(gates=20)
    series = figures.arrivals_by_gate(board)
    assert len(series) == figures.SERIES_MAX
    assert sum(map(sum, (one.values for one in series))) == sum(
        map(sum, (one.persons for one in board.arrivals))
    )
    zones = figures.arrivals_by_zone(board)
    assert [one.name for one in zones] == ["Yard", "Balcony"]


def test_lines_are_seen_on_either_ground() -> None:
    """Each colour has 3:1 on the chart's ground (WCAG 2.2, 1.4.11)."""
    for name, colors in figures.LINES.items():
        assert len(set(colors)) == len(colors) == figures.SERIES_MAX
        ground = THEMES[name].panel.ground
        assert min(contrast(color, ground) for color in colors) >= 3

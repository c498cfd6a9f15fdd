"""Half up, and spreading by largest remainder."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import BadInput
from shared.sales.dividing_money import half_up, share_of, spread

AMOUNTS = st.integers(-(10**12), 10**12)


@given(AMOUNTS, st.integers(1, 10**9))
def test_half_up_is_nearest_and_same_for_refunds(numerator: int, denominator: int) -> None:
    """No other whole number is nearer, and what goes back is what was taken."""
    rounded = half_up(numerator, denominator)
    assert abs(Fraction(numerator, denominator) - rounded) <= Fraction(1, 2)
    assert half_up(-numerator, denominator) == -rounded


@pytest.mark.parametrize(("numerator", "rounded"), [(1, 1), (3, 2), (-1, -1), (-3, -2), (0, 0)])
def test_a_half_goes_away_from_zero(numerator: int, rounded: int) -> None:
    """Not to the even one."""
    assert half_up(numerator, 2) == rounded


def test_share_is_half_up() -> None:
    """12.5 % of 0.20 are 0.03."""
    assert share_of(20, 1_250) == 3


@given(AMOUNTS, st.lists(st.integers(0, 10**9), min_size=1, max_size=100))
def test_parts_sum_to_the_total_each_near_its_share(total: int, weights: list[int]) -> None:
    """Exactly, whatever there is to spread."""
    if not sum(weights):
        weights = [*weights, 1]
    parts = spread(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1
        assert part == 0 or (part > 0) == (total > 0)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50), st.data())
def test_no_part_exceeds_its_weight(weights: list[int], draw: st.DataObject) -> None:
    """A discount takes from no line more than it costs."""
    total = draw.draw(st.integers(0, sum(weights)))
    assert all(
        part <= weight for part, weight in zip(spread(total, weights), weights, strict=True)
    )


def test_equal_remainders_favour_the_earlier_part() -> None:
    """10.00 on three of 9.99."""
    assert spread(1_000, [999, 999, 999]) == (334, 333, 333)


def test_nothing_to_spread_by() -> None:
    """Nothing over nothing is nothing; something is a mistake."""
    assert spread(0, [0, 0]) == (0, 0)
    assert spread(0, []) == ()
    with pytest.raises(BadInput):
        spread(1, [0, 0])

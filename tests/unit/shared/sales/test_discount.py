"""Discounts on a basket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.sales.discount import discount_of, spread_discount

GROSS = st.integers(0, 10**9)


def test_percent_comes_before_fixed() -> None:
    """20 % and 15.00 off 100.00 leave 65.00, not 68.00."""
    assert discount_of(10_000, percent_points=2_000, fixed_minor=1_500) == 3_500


@given(GROSS, st.integers(0, 10_000), GROSS)
def test_nobody_is_paid_for_buying(gross: int, percent: int, fixed: int) -> None:
    """A discount takes at most all."""
    assert 0 <= discount_of(gross, percent_points=percent, fixed_minor=fixed) <= gross


@given(GROSS, st.lists(GROSS, min_size=1, max_size=50))
def test_what_comes_off_the_lines_is_what_comes_off_the_basket(
    amount: int, lines: list[int]
) -> None:
    """To the minor unit, and no line falls below nothing."""
    parts = spread_discount(amount, lines)
    assert sum(parts) == min(amount, sum(lines))
    assert all(0 <= part <= line for part, line in zip(parts, lines, strict=True))

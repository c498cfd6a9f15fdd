"""Discounts: percent first, then fixed, never below nothing; spread over the lines of a basket."""

from __future__ import annotations

from collections.abc import Sequence

from shared.sales.dividing_money import share_of, spread


def discount_of(gross_minor: int, *, percent_points: int, fixed_minor: int) -> int:
    """Return what comes off an amount: 20 % and 15.00 off 100.00 take 35.00, not 32.00.

    Args:
        gross_minor: What it is before, in minor units; not negative.
        percent_points: Basis points, 0 to 10,000; taken first.
        fixed_minor: Taken off what the percentage left.

    Returns:
        At most `gross_minor`.
    """
    by_percent = share_of(gross_minor, percent_points)
    return min(gross_minor, by_percent + fixed_minor)


def spread_discount(amount_minor: int, gross_minor: Sequence[int]) -> tuple[int, ...]:
    """Spread a discount over lines by largest remainder, in stable order.

    Args:
        amount_minor: Not negative; what exceeds the lines' sum is not given.
        gross_minor: What each line is before, in minor units.

    Returns:
        What comes off each line, at most its gross: 10.00 on three of 9.99 are 3.34, 3.33, 3.33.
    """
    return spread(min(amount_minor, sum(gross_minor)), gross_minor)

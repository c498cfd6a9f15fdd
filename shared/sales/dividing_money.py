"""The two ways in which money is divided here: half up, and by largest remainder.

All amounts are whole minor units. What is spread adds up to what there was, always.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.kernel.errors import BadInput

WHOLE: Final = 10_000
"""Basis points of the whole: 1,900 are 19 %."""


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest whole; a half goes away from zero, either way.

    Args:
        numerator: May be negative (a refund): it gives the same figure with a minus.
        denominator: Above zero.
    """
    assert denominator > 0
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -quotient if numerator < 0 else quotient


def share_of(amount: int, basis_points: int) -> int:
    """Return so many ten-thousandths of an amount, half up."""
    return half_up(amount * basis_points, WHOLE)


def spread(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Spread a total over parts in proportion to their weights, by largest remainder.

    The parts sum exactly to the total, and each is within one unit of its exact share. Among equal
    remainders the earlier part gets the unit. A total of at most the weights' sum gives no part
    more than its weight.

    Args:
        total: May be negative: then the parts are those of the positive total, with a minus.
        weights: None negative.

    Raises:
        BadInput: if there is something to spread, and no weight to spread it by.
    """
    whole = sum(weights)
    if whole == 0:
        if total:
            raise BadInput(f"there is nothing to spread {total} over")
        return tuple(0 for _ in weights)
    amount = abs(total)
    parts, remainders = [], []
    for weight in weights:
        assert weight >= 0
        part, remainder = divmod(amount * weight, whole)
        parts.append(part)
        remainders.append(remainder)
    left = amount - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda index: (-remainders[index], index))
    for index in by_remainder[:left]:
        parts[index] += 1
    return tuple(-part if total < 0 else part for part in parts)

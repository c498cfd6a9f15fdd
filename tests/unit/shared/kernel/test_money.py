"""Money: exact sums, and no mixing of currencies."""

from __future__ import annotations

import operator
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import BadInput
from shared.kernel.money import Money

EUROS = st.builds(Money, st.integers(-(2**62), 2**62), st.just("EUR"))


@given(EUROS, EUROS, EUROS)
def test_sums_do_not_depend_on_order(one: Money, two: Money, three: Money) -> None:
    """Whole units add exactly, in any order, and what was added can be taken away."""
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + two - two == one


@given(EUROS, EUROS)
def test_amounts_of_one_currency_are_ordered(one: Money, other: Money) -> None:
    """All four comparisons agree with the numbers."""
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        assert compare(one, other) == compare(one.minor_units, other.minor_units)


@pytest.mark.parametrize(
    ("act", "word"),
    [
        (operator.add, "add"),
        (operator.sub, "subtract"),
        (operator.lt, "compare"),
        (operator.le, "compare"),
        (operator.gt, "compare"),
        (operator.ge, "compare"),
    ],
)
def test_two_currencies_do_not_mix(act: Callable[[Money, Money], object], word: str) -> None:
    """Neither sum nor order has a meaning across currencies; they are not equal either."""
    with pytest.raises(BadInput, match=word):
        act(Money(1, "EUR"), Money(1, "USD"))
    assert Money(1, "EUR") != Money(1, "USD")


@given(EUROS)
def test_money_survives_the_wire(amount: Money) -> None:
    """As JSON and back, to the cent."""
    assert msgspec.json.decode(msgspec.json.encode(amount), type=Money) == amount

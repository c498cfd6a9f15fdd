"""Notes that a guest may hand over, and change in real notes and coins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.currencies import DIGITS
from shared.sales.banknotes_and_change import (
    DENOMINATIONS,
    QUICK_MAX,
    give_change,
    is_odd_change,
    quick_notes,
)


@pytest.mark.parametrize(
    ("due", "currency", "notes"),
    [
        (4_500, "EUR", (5_000, 10_000, 20_000)),
        (5_000, "EUR", (10_000, 20_000)),
        (1_250, "EUR", (1_500, 2_000, 5_000, 10_000)),
        (3_200, "EUR", (3_500, 4_000, 5_000, 10_000)),
        (700, "USD", (1_000, 2_000, 5_000, 10_000)),
        (3_800, "JPY", (4_000, 5_000, 10_000)),
        (7_500, "KWD", (8_000, 10_000, 20_000)),
        (100, "ZZZ", ()),
        (0, "EUR", ()),
    ],
)
def test_quick_amounts_are_notes_of_the_currency(
    due: int, currency: str, notes: tuple[int, ...]
) -> None:
    """The next round amounts, with no note among them that is not needed."""
    assert quick_notes(due, currency) == notes


def test_change_is_given_with_the_fewest_pieces() -> None:
    """5 and 1, as the screen shows it: 6.00 EUR are a note of 5 and a coin of 1."""
    assert [(one.value_minor, one.count) for one in give_change(600, "EUR")] == [
        (500, 1),
        (100, 1),
    ]
    assert give_change(3, "CHF") == ()
    assert give_change(600, "ZZZ") == ()


@pytest.mark.parametrize("currency", DENOMINATIONS)
def test_each_list_is_of_a_currency_in_use_and_the_largest_first_is_the_fewest(
    currency: str,
) -> None:
    """Against every sum up to four times its smallest note, by trying all."""
    assert currency in DIGITS
    held = DENOMINATIONS[currency]
    values = sorted({*held.coins, *held.notes})
    unit = values[0]
    small = [value // unit for value in values if value % unit == 0]
    reach = min(4 * held.notes[0] // unit, 2_000)
    fewest = [0] + [10**9] * reach
    for amount in range(1, reach + 1):
        fewest[amount] = 1 + min(fewest[amount - one] for one in small if one <= amount)
    for amount in range(1, reach + 1):
        given = give_change(amount * unit, currency)
        assert sum(one.value_minor * one.count for one in given) == amount * unit
        if all(value % unit == 0 for value in values):
            assert sum(one.count for one in given) == fewest[amount]


@given(st.integers(1, 10**6), st.sampled_from(sorted(DENOMINATIONS)))
def test_quick_amounts_cover_what_is_due(due: int, currency: str) -> None:
    """Few, ascending, and each more than the exact amount."""
    found = quick_notes(due, currency)
    assert len(found) <= QUICK_MAX
    assert list(found) == sorted(set(found))
    assert all(amount > due for amount in found)


@pytest.mark.parametrize(
    ("change", "due", "currency", "is_odd"),
    [
        (495_000, 5_000, "EUR", True),
        (15_000, 5_000, "EUR", False),
        (45_000, 5_000, "JPY", True),
        (5_000, 5_000, "JPY", False),
        (45_000, 5_000, "KWD", True),
        (15_000, 5_000, "KWD", False),
        (45_000, 5_000, "XAF", True),
        (5_000, 5_000, "XAF", False),
        (500, 0, "EUR", False),
    ],
)
def test_change_of_as_much_as_the_largest_note_is_odd(
    change: int, due: int, currency: str, *, is_odd: bool
) -> None:
    """Whoever has that back has handed over a note too many, or a digit was typed too often."""
    assert is_odd_change(change, due, currency) is is_odd

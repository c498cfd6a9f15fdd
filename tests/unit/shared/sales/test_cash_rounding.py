"""Cash where the smallest coin is worth more than the minor unit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.currencies import DIGITS
from shared.sales.banknotes_and_change import DENOMINATIONS, give_change, quick_notes
from shared.sales.cash_rounding import cash_step, pay_in_cash, round_cash


@pytest.mark.parametrize(
    ("country", "currency", "step"),
    [
        ("CH", "CHF", 5),
        ("", "CHF", 5),
        ("CA", "CAD", 5),
        ("DK", "DKK", 50),
        ("SE", "SEK", 100),
        ("HU", "HUF", 500),
        ("NZ", "NZD", 10),
        ("FI", "EUR", 5),
        ("DE", "EUR", 1),
        ("", "EUR", 1),
        ("JP", "JPY", 1),
        ("KW", "KWD", 5),
        ("", "TND", 50),
        ("TH", "THB", 25),
        ("", "AED", 25),
        ("", "GBP", 1),
        ("", "XOF", 1),
        ("FI", "USD", 1),
    ],
)
def test_step_is_the_countrys_and_the_currencys(country: str, currency: str, step: int) -> None:
    """Of the euro it is the country that rounds, or does not."""
    assert cash_step(country, currency) == step


@pytest.mark.parametrize(
    ("minor", "step", "rounded"),
    [
        (1_002, 5, 1_000),
        (998, 5, 1_000),
        (1_003, 5, 1_005),
        (25, 50, 50),
        (24, 50, 0),
        (-1_003, 5, -1_005),
    ],
)
def test_cash_goes_to_the_nearest_coin(minor: int, step: int, rounded: int) -> None:
    """A refund as the sale."""
    assert round_cash(minor, step) == rounded


@given(st.integers(1, 10**9), st.sampled_from(sorted(DENOMINATIONS)))
def test_exact_sum_and_its_change_can_be_handed_over(due: int, currency: str) -> None:
    """No coin is asked for that nobody has: each such sale would leave the drawer wrong."""
    exact, _ = pay_in_cash(due, None, cash_step("", currency))
    assert exact == 0 or give_change(exact, currency)
    for note in quick_notes(exact, currency):
        assert give_change(note - exact, currency)


@given(st.integers(0, 10**12), st.sampled_from(sorted(DIGITS)))
def test_rounding_and_due_make_what_is_paid(due: int, currency: str) -> None:
    """What is paid is a multiple of the coin, at most half a coin away."""
    step = cash_step("", currency)
    paid, rounding = pay_in_cash(due, None, step)
    assert paid == due + rounding
    assert paid % step == 0
    assert 2 * abs(rounding) <= step
    assert paid >= 0

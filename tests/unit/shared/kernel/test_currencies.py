"""Decimals of currencies, and amounts as plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.currencies import DIGITS, digits_of, read_plain, write_plain
from shared.kernel.errors import BadInput


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("HUF", 2), ("CLF", 4), ("VND", 0)],
)
def test_each_currency_has_its_decimals(currency: str, digits: int) -> None:
    """As ISO 4217 has them, not as coins are in use."""
    assert digits_of(currency) == digits


def test_table_names_three_capitals_once_each() -> None:
    """A list typed by hand may hold a slip."""
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in DIGITS)


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "XYZ", "€"])
def test_unknown_currency_is_refused(currency: str) -> None:
    """No amount is read or written by a guess."""
    with pytest.raises(BadInput, match="no currency"):
        digits_of(currency)


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(DIGITS)))
def test_plain_text_reads_back(minor_units: int, currency: str) -> None:
    """In every currency, debts included."""
    assert read_plain(write_plain(minor_units, currency), currency) == minor_units


@pytest.mark.parametrize(
    ("text", "currency", "minor_units"),
    [("12.5", "EUR", 1250), ("12", "EUR", 1200), ("12", "JPY", 12), ("0.005", "KWD", 5)],
)
def test_fewer_decimals_are_read(text: str, currency: str, minor_units: int) -> None:
    """What is left out are zeros."""
    assert read_plain(text, currency) == minor_units


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.505", "EUR"),
        ("1.0", "JPY"),
        ("1,50", "EUR"),
        ("1e3", "EUR"),
        ("", "EUR"),
        (".5", "EUR"),
        ("5.", "EUR"),
        ("+5", "EUR"),
        (" 5", "EUR"),
        ("١٢", "EUR"),
    ],
)
def test_any_other_text_is_refused(text: str, currency: str) -> None:
    """Nothing is rounded, and no separator is guessed."""
    with pytest.raises(BadInput):
        read_plain(text, currency)

"""Cash where the smallest coin is worth more than the minor unit.

Only what is paid in cash is rounded. The difference is no discount and bears no tax: it stands in
the sale and in the drawer's report as a figure of its own.
"""

from __future__ import annotations

from typing import Final

from shared.sales.banknotes_and_change import DENOMINATIONS
from shared.sales.dividing_money import half_up

_BY_COUNTRY: Final = {
    # Countries of the euro that take their smallest coins out of use.
    ("BE", "EUR"): 5,
    ("EE", "EUR"): 5,
    ("FI", "EUR"): 5,
    ("IE", "EUR"): 5,
    ("LT", "EUR"): 5,
    ("NL", "EUR"): 5,
    ("SK", "EUR"): 5,
}


def cash_step(country: str, currency: str) -> int:
    """Return what cash is rounded to, in minor units: the smallest coin that people have.

    Args:
        country: ISO 3166, two capitals, or "" for whatever is usual for the currency.
        currency: ISO 4217.

    Returns:
        1 where cash is not rounded, and where the currency's coins are not known.
    """
    held = DENOMINATIONS.get(currency)
    return _BY_COUNTRY.get((country, currency), 1 if held is None else held.coins[0])


def round_cash(minor_units: int, step: int) -> int:
    """Round an amount to the nearest multiple of the step; a half goes away from zero."""
    return half_up(minor_units, step) * step


def pay_in_cash(left_minor: int, given_minor: int | None, step: int) -> tuple[int, int]:
    """Tell what cash pays of what is left, and what rounding has added (negative: taken off).

    Handed over to the last coin, or too little to pay it all, it pays what it is.

    Args:
        left_minor: What is to be paid after all tenders before.
        given_minor: What was handed over; None for the exact amount.
        step: As `cash_step` tells it.
    """
    due = round_cash(left_minor, step)
    if given_minor is not None and (given_minor == left_minor or given_minor < due):
        return given_minor, 0
    return due, due - left_minor

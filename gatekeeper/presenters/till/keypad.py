"""The signs that a till's keys on the screen write, and how many of them are taken."""

from __future__ import annotations

from typing import Final

DIGITS: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "00", "0")
"""As on telephones, card terminals and the gate's keys: a PIN is often known by its place."""
MARKS: Final = tuple("#+=_/$*~")
"""Of our codes' check symbols, and of other box offices' codes: rarer, so behind what erases."""
LETTERS: Final = (*"1234567890QWERTYUIOPASDFGHJKLZXCVBNM-.:@ ", *MARKS)
"""Of codes of vouchers, promotions and tickets, of names, and of addresses in a network."""
AMOUNT_DIGITS_MAX: Final = 11
COUNT_DIGITS_MAX: Final = 2
TYPED_SIZE_MAX: Final = 64


def is_letter(sign: str, *, is_name: bool) -> bool:
    """Tell whether a sign can be typed.

    Args:
        sign: One sign.
        is_name: A name may hold every script's letters; codes hold what stands on the keys.
    """
    return sign in LETTERS or (is_name and len(sign) == 1 and sign.isprintable())

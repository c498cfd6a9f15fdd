"""Amounts: written with the language's own decimal mark, read with any, in any digits."""

from __future__ import annotations

from typing import Final
from unicodedata import decimal

from gatekeeper.wording.texts import TEXTS
from shared.kernel.currencies import read_plain, write_plain
from shared.kernel.errors import BadInput

_POINT: Final = "."
_MARKS: Final = str.maketrans({",": _POINT, "\N{ARABIC DECIMAL SEPARATOR}": _POINT})


def with_point(text: str) -> str:
    """Return a number that somebody typed in 0 to 9, with a point before its decimals.

    Whoever types the Arabic mark has the keyboard whose digits are Arabic, too.
    """
    digits = (str(decimal(sign)) if sign.isdecimal() else sign for sign in text)
    return "".join(digits).translate(_MARKS)


def with_mark(text: str) -> str:
    """Return a number written with a point as the language that is spoken writes it."""
    return text.replace(_POINT, TEXTS.decimal_mark)


def write_amount(minor_units: int, currency: str) -> str:
    """Write an amount for a field, such as `12,50` in German and `12.50` in English.

    Args:
        minor_units: Of the currency, such as cents.
        currency: ISO 4217, three capitals.

    Raises:
        BadInput: if the currency is unknown.
    """
    return with_mark(write_plain(minor_units, currency))


def read_amount(text: str, currency: str) -> int:
    """Read what somebody typed in minor units; a field that is left empty is nothing.

    Raises:
        BadInput: if it is no amount of the currency, or the currency is unknown.
    """
    return read_plain(with_point(text.strip()) or "0", currency)


def read_price(text: str, currency: str, most: int | None = None) -> int:
    """Read a price at the desk, from nothing up to the most that there may be, in minor units.

    Raises:
        BadInput: if it is none, in words for whoever typed it.
    """
    try:
        minor = read_amount(text, currency)
    except (BadInput, ValueError):
        minor = -1
    if minor < 0 or (most is not None and minor > most):
        raise BadInput(TEXTS.say("desk.flaw.price"))
    return minor

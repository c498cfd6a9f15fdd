"""How many decimals each currency has (ISO 4217), which are offered, and amounts as plain text.

What people read is written by the wording of their language; this is the form for files,
interfaces and lines on standard input.
"""

from __future__ import annotations

import re
from typing import Final

from shared.kernel.errors import BadInput

_TWO: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
    GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
    PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
    TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_FOUR: Final = "CLF UYW"

DIGITS: Final[dict[str, int]] = {
    code: digits
    for codes, digits in ((_NONE, 0), (_TWO, 2), (_THREE, 3), (_FOUR, 4))
    for code in codes.split()
}
"""Decimals of each currency in use."""
OFFERED: Final = ("EUR", "CHF", "GBP", "USD", "SEK", "DKK", "NOK", "PLN", "CZK", "JPY", "KWD")
"""What a new event's prices are offered in."""

_PLAIN: Final = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,4}))?", re.ASCII)


def digits_of(currency: str) -> int:
    """Return how many decimals a currency has.

    Args:
        currency: ISO 4217, three capitals.

    Raises:
        BadInput: if it is no currency in use.
    """
    try:
        return DIGITS[currency]
    except KeyError:
        message = f"{currency[:8]!r} is no currency of ISO 4217; write three capitals such as EUR"
        raise BadInput(message) from None


def write_plain(minor_units: int, currency: str) -> str:
    """Write an amount with all its decimals and a point, such as `-12.50`, `1200` or `0.005`.

    Raises:
        BadInput: if the currency is unknown.
    """
    digits = digits_of(currency)
    sign = "-" if minor_units < 0 else ""
    whole, rest = divmod(abs(minor_units), 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"


def read_plain(text: str, currency: str) -> int:
    """Read what `write_plain` writes, or fewer decimals, in minor units; nothing is rounded.

    Raises:
        BadInput: if the currency is unknown, the text is no number, or it has more decimals than
            the currency.
    """
    digits = digits_of(currency)
    match = _PLAIN.fullmatch(text)
    if match is None:
        raise BadInput(f"{text[:20]!r} is no amount; write it as {write_plain(1250, currency)}")
    sign, whole, rest = match[1], match[2], match[3] or ""
    if len(rest) > digits:
        raise BadInput(f"{text[:20]!r} has more decimals than {currency}, which has {digits}")
    minor_units = int(whole + rest.ljust(digits, "0"))
    return -minor_units if sign else minor_units

"""Which countries there are, as Unicode CLDR lists them: for where an event's tills stand."""

from __future__ import annotations

from functools import cache
from typing import Final

_LETTERS: Final = 2
_NO_COUNTRY: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes of CLDR for what is no country."""


@cache
def list_countries() -> frozenset[str]:
    """Return them, two capitals each (ISO 3166)."""
    from babel import Locale  # rare, and 4 MB in each worker

    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == _LETTERS) - _NO_COUNTRY

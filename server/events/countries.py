"""Which countries there are, as Unicode CLDR lists them: for where an event's tills stand."""

from __future__ import annotations

from typing import Final

from babel import Locale

_LETTERS: Final = 2
_NO_COUNTRY: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes of CLDR for what is no country."""
COUNTRIES: Final = (
    frozenset(code for code in map(str, Locale("en").territories) if len(code) == _LETTERS)
    - _NO_COUNTRY
)
"""Two capitals each (ISO 3166)."""

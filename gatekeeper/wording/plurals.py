"""Which plural form a number takes (Unicode CLDR, cardinals, whole numbers)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final


def _one_or_other(count: int) -> str:
    return "one" if count == 1 else "other"


def _french(count: int) -> str:
    return "one" if count in {0, 1} else "other"


def _thai(_count: int) -> str:
    return "other"


def _arabic(count: int) -> str:
    if count in {0, 1, 2}:
        return ("zero", "one", "two")[count]
    rest = count % 100
    if 3 <= rest <= 10:
        return "few"
    return "many" if rest >= 11 else "other"


_RULES: Final[Mapping[str, Callable[[int], str]]] = {
    "fr": _french,
    "th": _thai,
    "ar": _arabic,
}
FORMS: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset({"one", "other"}),
    "de": frozenset({"one", "other"}),
    "fr": frozenset({"one", "other"}),
    "es": frozenset({"one", "other"}),
    "th": frozenset({"other"}),
    "ar": frozenset({"zero", "one", "two", "few", "many", "other"}),
}
"""The forms that each language tells apart."""


def plural_form(language: str, count: int) -> str:
    """Return the name of the form, such as `one` or `few`."""
    return _RULES.get(language, _one_or_other)(count)

"""Amounts in fields: the language's own mark is written, a comma and a point are both read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.typed_amounts import read_amount, write_amount
from shared.kernel.errors import BadInput


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    TEXTS.use("en")


@pytest.mark.parametrize(
    ("language", "said", "mark"),
    [
        ("en", "12.50", "%"),
        ("th", "12.50", "%"),
        ("ar", "12.50", "\u200e%\u200e"),
        ("de", "12,50", "\u00a0%"),
        ("fr", "12,50", "\u00a0%"),
        ("es", "12,50", "\u00a0%"),
    ],
)
def test_an_amount_is_written_as_the_language_has_it(language: str, said: str, mark: str) -> None:
    """With a comma in German, French and Spanish; what is written is read back."""
    TEXTS.use(language)
    assert write_amount(1_250, "EUR") == said
    assert write_amount(1_200, "JPY") == "1200"
    assert read_amount(said, "EUR") == 1_250
    assert TEXTS.percent_mark.strip("\u200e") == mark.strip("\u200e")


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("typed", ["12,50", "12.50", " 12,5 ", "12٫50", "١٢٫٥٠", "۱۲٫۵۰", "๑๒.๕๐"])
def test_a_comma_and_a_point_are_read_in_any_language(language: str, typed: str) -> None:
    """Whoever types an amount need not know which one this laptop speaks."""
    TEXTS.use(language)
    assert read_amount(typed, "EUR") == 1_250


@pytest.mark.parametrize(
    "typed", ["1.234,50", "1,234.50", "12,505", "twelve", "1 200", "1'250.-", "١٬٢٥٠", "½"]
)
def test_what_could_be_meant_in_two_ways_is_refused(typed: str) -> None:
    """No thousand becomes a one."""
    with pytest.raises(BadInput):
        read_amount(typed, "EUR")
    assert read_amount("", "EUR") == 0

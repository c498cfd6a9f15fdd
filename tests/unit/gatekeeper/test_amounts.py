"""Gates and tills spell amounts with the decimals they are counted in (ISO 4217), everywhere."""

from __future__ import annotations

import pytest

from gatekeeper.wording.texts import LANGUAGE_NAMES, Texts
from shared.kernel.currencies import DIGITS
from shared.kernel.money import Money


@pytest.mark.parametrize("language", sorted(LANGUAGE_NAMES))
def test_an_amount_has_the_decimals_that_it_is_counted_in(language: str) -> None:
    """Dinars of Serbia and Iraq too, which CLDR writes without: else they were 100 times more."""
    for currency, digits in DIGITS.items():
        said = Texts(language).money(Money(1_234_567, currency))
        decimals = [one for one in said if one.isdecimal()]
        assert "".join(decimals) == "1234567", (currency, said)
        if digits:
            at = said.rindex("7") - digits
            assert said[at] in ".,", (currency, said)

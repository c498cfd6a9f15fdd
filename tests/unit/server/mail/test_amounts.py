"""Amounts in mails have the decimals in which they are counted (ISO 4217), in every language."""

from __future__ import annotations

import pytest

from server.language_texts import read_texts
from server.mail.mail_texts import MAIL_TEXTS, Wording
from shared.kernel.currencies import DIGITS


@pytest.mark.parametrize("language", sorted(read_texts(MAIL_TEXTS)))
def test_an_amount_has_the_decimals_that_it_is_counted_in(language: str) -> None:
    """Dinars of Serbia and Iraq too, which CLDR writes without: else they were 100 times more."""
    for currency, digits in DIGITS.items():
        said = Wording(language).money(1_234_567, currency)
        decimals = [one for one in said if one.isdecimal()]
        assert "".join(decimals) == "1234567", (currency, said)
        if digits:
            at = said.rindex("7") - digits
            assert said[at] in ".,", (currency, said)

"""What mails say, in the six languages; dates and amounts as their readers write them (CLDR)."""

from __future__ import annotations

from datetime import tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Final

from babel.numbers import format_currency

from server.language_texts import LanguageTexts, conventions
from shared.admission.local_time import local_datetime, spell_twice
from shared.kernel.currencies import DIGITS
from shared.kernel.instant import Instant

MAIL_TEXTS: Final = Path(__file__).with_suffix(".json")
_DIGITS_USUAL: Final = 2


class Wording(LanguageTexts):
    """One language's way to say it."""

    def __init__(self, language: str) -> None:
        super().__init__(language, MAIL_TEXTS)
        self.direction = "rtl" if self.runs_left else "ltr"

    def moment(self, at: Instant, zone: tzinfo) -> str:
        """Spell a date with its weekday and time, in the venue's zone.

        A time that clocks show twice that night says which one it is.
        """
        local = local_datetime(at, zone)
        return f"{self.day(local.date())}, {local:%H:%M}{spell_twice(local)}"

    def validity(self, first: Instant | None, last: Instant | None, zone: tzinfo) -> str:
        """Say from when until when a ticket lets in; "" where it always does."""
        bounds = (("valid_from", first), ("valid_until", last))
        return " · ".join(
            self.say(key, time=self.moment(at, zone)) for key, at in bounds if at is not None
        )

    def money(self, minor_units: int, currency: str) -> str:
        """Spell an amount."""
        digits = DIGITS.get(currency, _DIGITS_USUAL)
        units, locale = Decimal(minor_units).scaleb(-digits), conventions(self.language)
        # Languages leave out decimals that are no longer in use; amounts here are counted in them.
        form = locale.currency_formats["standard"].pattern.replace("0.00", f"{0:.{digits}f}")
        return format_currency(units, currency, form, locale, currency_digits=False)

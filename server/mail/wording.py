"""What mails say, in the six languages; dates and amounts as their readers write them (CLDR)."""

from __future__ import annotations

import json
from datetime import tzinfo
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency

from shared.admission.local_time import local_datetime, spell_twice
from shared.kernel.currencies import DIGITS
from shared.kernel.instant import Instant
from shared.kernel.text_direction import set_apart

_FILE: Final = Path(__file__).parents[2] / "resources" / "mail" / "texts.json"
RIGHT_TO_LEFT: Final = frozenset({"ar"})
_BUDDHIST: Final = {"th": 543}
"""How many years ahead of ours a language counts in public, as its tickets do; CLDR does not."""
_DIGITS_USUAL: Final = 2


@cache
def read_texts() -> dict[str, dict[str, str]]:
    """Return each language's texts by key."""
    found: dict[str, dict[str, str]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


@cache
def _conventions(language: str) -> Locale:
    return Locale(language)


class Wording:
    """One language's way to say it."""

    def __init__(self, language: str) -> None:
        """Choose a language of `read_texts`."""
        self.language = language
        self.direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        self._texts = read_texts()[language]

    def say(self, key: str, **values: object) -> str:
        """Return a text with its names filled in, each with a direction of its own."""
        runs_left = self.direction == "rtl"
        apart = {name: set_apart(value, runs_left=runs_left) for name, value in values.items()}
        return self._texts[key].format(**apart)

    def moment(self, at: Instant, zone: tzinfo) -> str:
        """Spell a date with its weekday and time, in the venue's zone.

        A time that clocks show twice that night says which one it is.
        """
        local = local_datetime(at, zone)
        day = format_date(local.date(), "full", locale=_conventions(self.language))
        if shift := _BUDDHIST.get(self.language):
            day = day.replace(str(local.year), str(local.year + shift))
        return f"{day}, {local:%H:%M}{spell_twice(local)}"

    def money(self, minor_units: int, currency: str) -> str:
        """Spell an amount."""
        digits = DIGITS.get(currency, _DIGITS_USUAL)
        units, locale = Decimal(minor_units).scaleb(-digits), _conventions(self.language)
        # Languages leave out decimals that are no longer in use; amounts here are counted in them.
        form = locale.currency_formats["standard"].pattern.replace("0.00", f"{0:.{digits}f}")
        return format_currency(units, currency, form, locale, currency_digits=False)

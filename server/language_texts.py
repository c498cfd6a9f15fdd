"""What the server says in the six languages; dates as their readers write them (CLDR)."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date

from shared.kernel.languages import RIGHT_TO_LEFT
from shared.kernel.text_direction import set_apart

_BUDDHIST: Final = {"th": 543}
"""How many years ahead of ours a language counts in public, as its tickets do; CLDR does not."""

_DAYS: Final = {"ar": "d MMM y"}
"""Where the short form is of figures and marks alone: their order hangs on what is around."""


@cache
def read_texts(file: Path) -> dict[str, dict[str, str]]:
    """Return each language's texts by key; the file stands beside who says them."""
    found: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return found


@cache
def conventions(language: str) -> Locale:
    """Return how a language writes dates and amounts."""
    return Locale(language)


def short_day(day: date, language: str) -> str:
    """Spell a date in a table, such as `04.07.2026`.

    In English it is `2026-07-04`: of the figures alone no two of its readers make the same day.
    """
    if language == "en":
        return f"{day:%Y-%m-%d}"
    said: str = format_date(day, _DAYS.get(language, "medium"), locale=conventions(language))
    return _count_years(said, day, language)


class LanguageTexts:
    """One language's texts of a file.

    Attributes:
        language: Of `read_texts`.
        runs_left: It is written from the right.
    """

    def __init__(self, language: str, file: Path) -> None:
        self.language, self.runs_left = language, language in RIGHT_TO_LEFT
        self._texts = read_texts(file)[language]

    def say(self, key: str, **values: object) -> str:
        """Return a text with its names filled in, each with a direction of its own."""
        apart = {
            name: set_apart(value, runs_left=self.runs_left) for name, value in values.items()
        }
        return self._texts[key].format(**apart)

    def day(self, day: date) -> str:
        """Spell a date with its weekday."""
        said = format_date(day, "full", locale=conventions(self.language))
        return _count_years(said, day, self.language)


def _count_years(said: str, day: date, language: str) -> str:
    shift = _BUDDHIST.get(language)
    return said.replace(str(day.year), str(day.year + shift)) if shift else said

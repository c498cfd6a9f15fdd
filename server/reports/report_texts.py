"""What a report on paper says in the six languages; its tables in files keep the API's words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

from babel.numbers import format_decimal
from litestar.params import QueryParameter

from server.language_texts import conventions, read_texts, short_day
from shared.kernel.languages import Language

REPORT_TEXTS: Final = Path(__file__).with_suffix(".json")

ReportLanguage = Annotated[
    Language,
    QueryParameter(name="language", description="of the report's own words"),
]


class ReportWording:
    """One language's words for a report's tables, columns and codes.

    What has no word there is told by the API's own.
    """

    def __init__(self, language: str) -> None:
        """Read the words of a `Language`."""
        self._language = language
        self._words = read_texts(REPORT_TEXTS).get(language, {})

    def say(self, kind: str, word: str) -> str:
        """Return what a word of the API is called.

        Args:
            kind: `table`, `column`, or the column in whose cell it stands.
            word: As the API has it.
        """
        return self._words.get(f"{kind}.{word}") or word.replace("_", " ")

    def stamp(self, stamp: str) -> str:
        """Write a day, with or without a time, as this language does; anything else stays."""
        day, gap, time = stamp.partition(" ")
        try:
            return f"{short_day(date.fromisoformat(day), self._language)}{gap}{time}"
        except ValueError:
            return stamp

    def amount(self, plain: str) -> str:
        """Write an amount, such as `-1250.00`, as this language does; English has it plain."""
        if self._language == "en" or not plain:
            return plain
        places = len(plain.partition(".")[2])
        form = "#,##0" + f".{'0' * places}" * bool(places)
        said: str = format_decimal(Decimal(plain), format=form, locale=conventions(self._language))
        return said

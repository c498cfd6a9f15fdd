"""What the list on paper says, in the six languages; dates as their readers write them (CLDR)."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Final

from litestar.params import QueryParameter

from server.language_texts import LanguageTexts
from shared.admission.local_time import local_datetime
from shared.kernel.instant import Instant
from shared.kernel.languages import Language

LIST_TEXTS: Final = Path(__file__).with_suffix(".json")

ListLanguage = Annotated[
    Language,
    QueryParameter(name="language", description="of the list's own words"),
]


class ListWording(LanguageTexts):
    """One language's way to say it."""

    def __init__(self, language: str) -> None:
        super().__init__(language, LIST_TEXTS)

    def moment(self, at: Instant, zone: tzinfo) -> str:
        """Spell a date with its weekday and time, and how far the venue's zone is from UTC.

        In the night on which the clocks go back, an hour comes twice: only the distance tells
        which one it was.
        """
        local = local_datetime(at, zone)
        away = f"{local:%z}"
        return f"{self.day(local.date())}, {local:%H:%M} (UTC{away[:3]}:{away[3:]})"

    def moment_from(self, at: Instant, made_at: Instant, zone: tzinfo) -> str:
        """Spell an instant as short as it is clear on a list that was made then."""
        local, made = local_datetime(at, zone), local_datetime(made_at, zone)
        is_clear = local.date() == made.date() and local.utcoffset() == made.utcoffset()
        return f"{local:%H:%M}" if is_clear else self.moment(at, zone)

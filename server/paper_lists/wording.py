"""What the list on paper says, in the six languages; dates as their readers write them (CLDR)."""

from __future__ import annotations

import json
from datetime import tzinfo
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from babel import Locale
from babel.dates import format_date
from litestar.params import QueryParameter

from shared.admission.local_time import local_datetime
from shared.kernel.instant import Instant
from shared.kernel.text_direction import set_apart

_FILE: Final = Path(__file__).parents[2] / "resources" / "paper" / "paper_list.json"
_RIGHT_TO_LEFT: Final = frozenset({"ar"})
_BUDDHIST: Final = {"th": 543}
"""How many years ahead of ours a language counts in public, as its tickets do; CLDR does not."""

Language = Annotated[
    Literal["en", "de", "fr", "es", "th", "ar"],
    QueryParameter(name="language", description="of the list's own words"),
]


@cache
def read_texts() -> dict[str, dict[str, str]]:
    """Return each language's texts by key."""
    found: dict[str, dict[str, str]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


class ListWording:
    """One language's way to say it."""

    def __init__(self, language: str) -> None:
        """Choose a language of `read_texts`."""
        self.language = language
        self.starts_right = language in _RIGHT_TO_LEFT
        self._texts = read_texts()[language]

    def say(self, key: str, **values: object) -> str:
        """Return a text with its names filled in, each with a direction of its own."""
        runs_left = self.starts_right
        apart = {name: set_apart(value, runs_left=runs_left) for name, value in values.items()}
        return self._texts[key].format(**apart)

    def moment(self, at: Instant, zone: tzinfo) -> str:
        """Spell a date with its weekday and time, and how far the venue's zone is from UTC.

        In the night on which the clocks go back, an hour comes twice: only the distance tells
        which one it was.
        """
        local = local_datetime(at, zone)
        day = format_date(local.date(), "full", locale=Locale(self.language))
        if shift := _BUDDHIST.get(self.language):
            day = day.replace(str(local.year), str(local.year + shift))
        away = f"{local:%z}"
        return f"{day}, {local:%H:%M} (UTC{away[:3]}:{away[3:]})"

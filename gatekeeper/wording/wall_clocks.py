"""The clocks by which the desk shows times: the venue's and the organization's.

Every page of the desk asks one of the two, and none of them the laptop: an organizer in Auckland
who looks at an evening in New York reads what the people at its doors read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gatekeeper.wording.texts import Texts
from gatekeeper.wording.times import spell_day, spell_moment, spell_stamp
from shared.admission.local_time import spell_twice
from shared.kernel.instant import Instant


class WallClock:
    """Shows moments by one place's time; turned when another event or organization is opened."""

    def __init__(self) -> None:
        self._zone: tzinfo = UTC

    def turn_to(self, zone: str) -> None:
        """Show another place's time from now on; UTC's of one that this laptop does not know."""
        self._zone = zone_named(zone)

    def read(self, moment: datetime) -> datetime:
        """Return a moment as this clock shows it."""
        return moment.astimezone(self._zone)

    def stamp(self, moment: datetime, *, has_seconds: bool = False) -> str:
        """Spell day and time as the language writes them, such as `04.07.2026 19:00`."""
        return spell_stamp(self.read(moment), has_seconds=has_seconds)

    def time(self, moment: datetime, *, has_seconds: bool = False) -> str:
        """Spell a time of a day that is known, such as `19:00`."""
        shown = self.read(moment)
        seconds = f":{shown:%S}" if has_seconds else ""
        return f"{shown:%H:%M}{seconds}{spell_twice(shown)}"

    def day(self, moment: datetime) -> str:
        """Spell the day as the language writes it, such as `04.07.2026`."""
        return spell_day(self.read(moment).date())

    def end_of(self, day: date) -> datetime:
        """Return the moment at which a day is over here."""
        return datetime.combine(day + timedelta(days=1), time(), self._zone)

    def is_own(self, moment: datetime) -> bool:
        """Tell whether this laptop's own clock shows the same at a moment."""
        return self.read(moment).utcoffset() == moment.astimezone().utcoffset()

    def named(self, moment: datetime) -> str:
        """Spell a time that is waited for at this laptop; by which clock, if not by its own."""
        if self.is_own(moment) or (said := self.time(moment)).endswith(")"):
            return self.time(moment)
        away = f"{self.read(moment):%z}"
        return f"{said} (UTC{away[:3]}:{away[3:5]})"


def find_zone(name: str) -> ZoneInfo | None:
    """Return a time zone by its name; None for one that this machine's list has not."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_named(name: str) -> tzinfo:
    """Return a time zone by its name; UTC for one that is newer than this laptop's list."""
    return find_zone(name) or UTC


def spell_printed_moment(at: Instant, zone: str, texts: Texts) -> str:
    """Spell day and time on paper by a place's clock, by UTC and so named if it is not known.

    Paper that a guest has paid for is never kept back by a time zone.
    """
    known = find_zone(zone)
    said = spell_moment(at, known or UTC, texts)
    return said if known is not None else f"{said} UTC"


VENUE_CLOCK: Final = WallClock()
"""Of the event that is open at the desk."""
ORGANIZATION_CLOCK: Final = WallClock()
"""Of the organization: for members, programs, and whatever is no event's."""

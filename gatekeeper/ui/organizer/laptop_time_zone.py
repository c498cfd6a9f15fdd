"""In which time zone this laptop is: a first guess for what is made at it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import available_timezones

from PySide6.QtCore import QTimeZone

from gatekeeper.wording.wall_clocks import zone_named


def laptop_zone() -> str:
    """Return the name of this laptop's time zone; UTC where it has none that others know."""
    name = bytes(QTimeZone.systemTimeZoneId().data()).decode()
    return name if name in available_timezones() else "UTC"


def guess_place(now: datetime, known: str) -> tuple[datetime, str]:
    """Return what a new event's form begins with: the local time, and its zone.

    Args:
        now: The moment.
        known: The zone of another event of theirs, which is most often the same; "" for none.
    """
    zone = known or laptop_zone()
    today = now.astimezone(zone_named(zone)).replace(tzinfo=None)
    return today, zone

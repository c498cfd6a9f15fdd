"""A date that is repeated by a rule, as the server expands it: looked at first, then made."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, tzinfo
from typing import Final

import msgspec

from gatekeeper.organizer.prepare.plan_client import PlanItem
from gatekeeper.organizer.server_api import EventSite, ServerApi
from gatekeeper.wording.wall_clocks import find_zone, zone_named
from shared.kernel.errors import BadInput

FREQUENCIES: Final = ("WEEKLY", "DAILY", "MONTHLY", "YEARLY")
DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The days of a week, as RFC 5545 has them."""
RULE_EXAMPLE: Final = "FREQ=WEEKLY;BYDAY=MO,FR;COUNT=10"
"""Shown to whoever writes a rule."""
_MINUTE_S: Final = 60


class SeriesDate(msgspec.Struct, frozen=True):
    """One date of a rule.

    Attributes:
        local: Day and time on the venue's wall.
        shift: `left_out` or `twice` where the clocks change over it; else "".
        exists: It is there already.
    """

    local: str
    shift: str = ""
    exists: bool = False


class Series(msgspec.Struct, frozen=True):
    """The dates of a rule, and how many of them were made."""

    dates: tuple[SeriesDate, ...]
    made: int = 0


class Repeat(msgspec.Struct, frozen=True):
    """How a date shall come again.

    Attributes:
        rule: As RFC 5545 has it.
        left_out: Days on which there is none, such as `2026-12-24`.
    """

    rule: str
    left_out: tuple[str, ...] = ()


def make_rule(frequency: str, days: Collection[str], times: int) -> str:
    """Write a rule of what was chosen; the days count for weeks only."""
    chosen = [day for day in DAYS if day in days]
    by_day = f";BYDAY={','.join(chosen)}" if frequency == "WEEKLY" and chosen else ""
    return f"FREQ={frequency}{by_day};COUNT={times}"


def read_days(text: str) -> tuple[str, ...]:
    """Read days as they are typed, between them commas or spaces.

    Raises:
        BadInput: if one is no day such as 2026-12-24.
    """
    found = []
    for word in re.split(r"[\s,;،]+", text.strip()):
        if not word:
            continue
        try:
            found.append(date.fromisoformat(word).isoformat())
        except ValueError:
            raise BadInput(word) from None
    return tuple(found)


def day_of(thing: PlanItem, timezone: str) -> str:
    """Return the day of the week on which a date is: by the venue's clock, where it is known."""
    return DAYS[_local(thing.fields["starts_at"], zone_named(timezone)).weekday()]


async def repeat_date(
    api: ServerApi, site: EventSite, thing: PlanItem, timezone: str, how: Repeat, *, makes: bool
) -> Series:
    """Say which dates a rule gives after one that is there, or make them.

    Args:
        api: The server.
        site: The event.
        thing: The date that comes again; its length and doors are the others'.
        timezone: The event's.
        how: The rule.
        makes: Make them; else nothing is changed.

    Raises:
        Refused: if the rule cannot be meant; its fields say why.
        BadInput: if this laptop does not know the venue's time zone.
    """
    zone = find_zone(timezone)
    if zone is None:
        raise BadInput(f"this laptop does not know the time zone {timezone}")
    starts = datetime.fromisoformat(thing.fields["starts_at"])
    body = {
        "name": thing.name,
        "starts_local": f"{_local(thing.fields['starts_at'], zone):%Y-%m-%dT%H:%M}",
        "rule": how.rule,
        "except_days": list(how.left_out),
        "minutes": _minutes(starts, thing.fields.get("ends_at")),
        "doors_minutes": _minutes(thing.fields.get("doors_at"), starts),
    }
    query = "" if makes else "?dry_run=true"
    return await api.make(Series, f"{site.path}/occurrences/series{query}", body)


def _local(said: str, zone: tzinfo) -> datetime:
    return datetime.fromisoformat(said).astimezone(zone).replace(tzinfo=None)


def _minutes(first: datetime | str | None, last: datetime | str | None) -> int | None:
    """Return how many minutes of real time lie between two moments; None where one is open."""
    if first is None or last is None:
        return None
    moments = [
        (datetime.fromisoformat(one) if isinstance(one, str) else one).astimezone(UTC)
        for one in (first, last)
    ]
    return int((moments[1] - moments[0]).total_seconds()) // _MINUTE_S

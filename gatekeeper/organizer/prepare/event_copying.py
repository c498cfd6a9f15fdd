"""A new draft of an earlier event, from the desk: looked at before, made once."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

import msgspec

from gatekeeper.organizer.retry_key import RetryKey
from gatekeeper.organizer.server_api import EventSite, ServerApi
from gatekeeper.wording.wall_clocks import zone_named
from shared.kernel.id_types import EventId
from shared.kernel.ports import Entropy

_WEEK: Final = timedelta(days=7)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The event that is copied, as far as the form asks of it.

    Attributes:
        first_at: When its first date starts; None for an event without dates.
        dates: How many it has.
    """

    name: str
    timezone: str
    first_at: datetime | None = None
    dates: int = 0

    @property
    def zone(self) -> tzinfo:
        """The venue's clock."""
        return zone_named(self.timezone)

    @property
    def first_day(self) -> date | None:
        """On which day by the venue's clock its first date starts."""
        return None if self.first_at is None else self.first_at.astimezone(self.zone).date()


class CopyWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A copy as it was filled in.

    Attributes:
        first_day: When its first date is to be; None for an event without dates.
        is_first_only: The other dates stay behind.
    """

    name: str
    first_day: date | None
    is_first_only: bool = False


class CopiedDate(msgspec.Struct, frozen=True, kw_only=True):
    """A date of the draft, as the server's answer of the same name has it."""

    name: str
    was_cancelled: bool
    was_starts_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    doors_at: datetime | None
    shift: str


class CopiedWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A window that moves along, as the server's answer of the same name has it."""

    kind: str
    name: str
    part: str
    starts_at: datetime | None
    ends_at: datetime | None


class CopyPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy would be, as the server's `CopyPreviewAnswer` says."""

    timezone: str
    same_name: int
    dates: tuple[CopiedDate, ...]
    windows: tuple[CopiedWindow, ...]
    dates_left: int
    types_left: int
    zones_left: int
    ticket_types: int
    promotions: int
    zones: int
    gates: int
    seats: int
    seats_killed: int
    codes_left: tuple[str, ...]
    holds_left: int
    weekday_zones: tuple[str, ...]
    idle_zones: tuple[str, ...]
    reports_left: tuple[str, ...]

    @property
    def zone(self) -> tzinfo:
        """The venue's clock."""
        return zone_named(self.timezone)


def suggest_day(first_day: date, today: date) -> date:
    """Return the next day of the same weekday, after today and after the day itself."""
    behind = max(today - first_day, timedelta(0))
    return first_day + (behind // _WEEK + 1) * _WEEK


class EventCopyClient:
    """Makes a copy of an event.

    Args:
        api: Somebody signed in.
        site: The event.
        entropy: Draws the key by which a copy that is asked for again is the same one.
    """

    def __init__(self, api: ServerApi, site: EventSite, entropy: Entropy) -> None:
        self._api, self.site = api, site
        self._key = RetryKey[CopyWanted](entropy)

    async def read(self) -> Source:
        """Read what is copied."""
        event = await self._api.get(self.site.path)
        rows = await self._api.get(f"{self.site.path}/occurrences")
        starts = [msgspec.convert(row["starts_at"], datetime) for row in rows]
        return Source(
            name=str(event["name"]),
            timezone=str(event["timezone"]),
            first_at=min(starts, default=None),
            dates=len(starts),
        )

    async def preview(self, wanted: CopyWanted) -> CopyPreview:
        """Read what a copy would be; nothing is made.

        Raises:
            Refused: if it would be refused.
        """
        return await self._api.make(CopyPreview, f"{self.site.path}/copy/preview", _body(wanted))

    async def copy(self, wanted: CopyWanted) -> EventSite:
        """Make the copy; asked for again, because the line was cut, it is the same one.

        Raises:
            Refused: if it cannot be meant.
        """
        key = self._key.of(wanted)
        made = await self._api.post(f"{self.site.path}/copy", _body(wanted), key=key)
        return EventSite(self.site.organization_id, EventId(made["id"]))


def _body(wanted: CopyWanted) -> dict[str, Any]:
    day = wanted.first_day
    return {
        "name": wanted.name,
        "first_day": None if day is None else day.isoformat(),
        "dates": "first" if wanted.is_first_only else "all",
    }

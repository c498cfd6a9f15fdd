"""Moving dates at the desk: by the venue's clock, looked at before, done as one act."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

import msgspec

from gatekeeper.organizer.before_doors.event_cancelling_client import TicketCount
from gatekeeper.organizer.before_doors.notices_client import Notice, read_notice
from gatekeeper.organizer.prepare.event_draft import to_utc
from gatekeeper.organizer.prepare.plan_client import EDITABLE
from gatekeeper.organizer.server_api import EventSite, ServerApi
from gatekeeper.wording.wall_clocks import zone_named
from shared.kernel.errors import BadInput

REFUNDS_FOR: Final = timedelta(days=14)
"""How long after the former start money is given back, unless the organizer says otherwise."""


class DateLine(msgspec.Struct, frozen=True, kw_only=True):
    """A date of the event, as it stands or as it is to be."""

    id: str
    name: str
    starts_at: datetime
    ends_at: datetime | None = None
    doors_at: datetime | None = None


class WantedMove(msgspec.Struct, frozen=True, kw_only=True):
    """A move as it was filled in.

    Attributes:
        before: The dates as whoever moves them has seen them.
        after: The same, as they are to be.
        refund_until: Until when all of the price goes back, or None.
        is_told: All buyers are written to.
        words: The organizer's own, or "".
        language: Of the mail.
    """

    before: tuple[DateLine, ...]
    after: tuple[DateLine, ...]
    refund_until: datetime | None = None
    is_told: bool = True
    words: str = ""
    language: str = "en"


class MovePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a move would mean, as the server's `MovePreviewAnswer` says."""

    tickets: tuple[TicketCount, ...]
    inside_persons: int
    orders: int
    unreached: int
    has_mail: bool
    zones_to_check: tuple[str, ...]


class MovePlan(msgspec.Struct, frozen=True, kw_only=True):
    """An event's dates now.

    Attributes:
        notice: The last message about a move, or None.
    """

    name: str
    state: str
    timezone: str
    dates: tuple[DateLine, ...] = ()
    notice: Notice | None = None

    @property
    def zone(self) -> tzinfo:
        """The venue's clock."""
        return zone_named(self.timezone)

    @property
    def is_movable(self) -> bool:
        """Whether dates may be moved in the event's state."""
        return self.state in EDITABLE


class NoSuchTimeError(BadInput):
    """A clock would be put forward over a time."""


def shift_dates(
    dates: Sequence[DateLine], chosen: Collection[str], starts: datetime, zone: tzinfo
) -> tuple[DateLine, ...]:
    """Return the chosen dates moved by as much as the first of them.

    By the venue's clock: what began at eight begins at eight, whatever summer time does between.
    Of a time that the clock shows twice it stays the one that it was; else it is the first.

    Args:
        dates: The event's, in their order.
        chosen: Ids of those that move.
        starts: What the venue's clock is to show when the first of them starts.
        zone: The venue's.

    Raises:
        NoSuchTimeError: if the clock never shows one of the times; its text is that time.
    """
    moving = [one for one in dates if one.id in chosen]
    if not moving:
        return ()
    shift = starts - _local(moving[0].starts_at, zone)
    if not shift:
        return ()

    def moved(at: datetime | None) -> datetime | None:
        if at is None:
            return None
        try:
            local = (_local(at, zone) + shift).replace(fold=at.astimezone(zone).fold)
            found = to_utc(local, zone)
        except OverflowError:
            raise NoSuchTimeError(f"{starts:%Y-%m-%d %H:%M}") from None
        if found is None:
            raise NoSuchTimeError(f"{local:%Y-%m-%d %H:%M}")
        return found

    return tuple(
        msgspec.structs.replace(
            one,
            starts_at=moved(one.starts_at) or one.starts_at,
            ends_at=moved(one.ends_at),
            doors_at=moved(one.doors_at),
        )
        for one in moving
    )


def _local(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


class DateMoveClient:
    """Moves an event's dates, and follows what buyers are told."""

    def __init__(self, api: ServerApi, site: EventSite) -> None:
        self._api, self.site = api, site
        self._path = f"{site.path}/move"

    async def read(self) -> MovePlan:
        """Read the event's dates, and whom the last message did not reach."""
        event = await self._api.get(self.site.path)
        found = msgspec.convert(
            {key: event[key] for key in ("name", "state", "timezone")}, MovePlan
        )
        rows = await self._api.get(f"{self.site.path}/occurrences")
        return msgspec.structs.replace(
            found,
            dates=msgspec.convert(rows, tuple[DateLine, ...]),
            notice=await read_notice(self._api, self.site, "moved"),
        )

    async def preview(self, wanted: WantedMove) -> MovePreview:
        """Read what a move would mean; nothing is done.

        Raises:
            Refused: if it would be refused.
        """
        return await self._api.make(MovePreview, f"{self._path}/preview", _body(wanted))

    async def move(self, wanted: WantedMove) -> MovePlan:
        """Move the dates, and have buyers told; said again, nothing more is done.

        Raises:
            Refused: if somebody has moved one meanwhile, or it cannot be meant.
        """
        await self._api.post(self._path, _body(wanted))
        return await self.read()


def _body(wanted: WantedMove) -> dict[str, Any]:
    dates = [
        {
            "occurrence_id": after.id,
            "starts_at": after.starts_at.isoformat(),
            "ends_at": _said(after.ends_at),
            "doors_at": _said(after.doors_at),
            "was_starts_at": before.starts_at.isoformat(),
        }
        for before, after in zip(wanted.before, wanted.after, strict=True)
    ]
    tell = {"language": wanted.language, "words": wanted.words}
    return {
        "dates": dates,
        "refund_until": _said(wanted.refund_until),
        "tell": tell if wanted.is_told else None,
    }


def _said(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()

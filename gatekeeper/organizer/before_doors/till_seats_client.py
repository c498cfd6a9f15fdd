"""Reserved seats that a till alone may sell: given at the desk row by row, freed if revoked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import msgspec

from gatekeeper.organizer.server_api import EventSite, Refused, ServerApi

_PAGE: Final = 500
_NOT_FOUND: Final = 404
_FREE: Final = "free"
_GRANTED: Final = "granted"


class SeatPlace(msgspec.Struct, frozen=True):
    """A seat of the event, as the server's `SeatAnswer` says."""

    id: str
    section: str
    row: str
    number: str
    state: str
    holder: str

    @property
    def is_free(self) -> bool:
        """Whether somebody may be given it."""
        return self.state == _FREE


class SeatRow(msgspec.Struct, frozen=True):
    """A row, its seats in the map's order."""

    section: str
    row: str
    seats: tuple[SeatPlace, ...]

    def between(self, first: str, last: str) -> tuple[SeatPlace, ...]:
        """Return the free seats from one to another, whichever of them is named first."""
        ids = [one.id for one in self.seats]
        if first not in ids or last not in ids:
            return ()
        start, end = sorted((ids.index(first), ids.index(last)))
        return tuple(one for one in self.seats[start : end + 1] if one.is_free)


class SeatGrants(msgspec.Struct, frozen=True, kw_only=True):
    """The event's seats, and which of them a till alone may sell.

    Attributes:
        rows: All of the event's, in the map's order; none where it has no seats.
        own: The till's, as far as the server has heard.
    """

    rows: tuple[SeatRow, ...] = ()
    own: tuple[SeatPlace, ...] = ()

    @property
    def open(self) -> tuple[SeatRow, ...]:
        """The rows in which a seat is free."""
        return tuple(row for row in self.rows if any(one.is_free for one in row.seats))


async def read_till_seats(api: ServerApi, site: EventSite, device_id: str) -> SeatGrants:
    """Read who has which seat.

    Raises:
        Refused: without the right to, or if the event is gone.
    """
    seats: list[SeatPlace] = []
    after: dict[str, str] = {}
    while True:
        try:
            page = await api.get(f"{site.path}/seats", limit=_PAGE, **after)
        except Refused as refusal:
            if refusal.status != _NOT_FOUND:
                raise
            return SeatGrants()
        seats += msgspec.convert(page["items"], list[SeatPlace])
        if page.get("next") is None:
            break
        after = {"after": str(page["next"])}
    rows = [
        SeatRow(section, row, tuple(some))
        for (section, row), some in groupby(seats, key=lambda one: (one.section, one.row))
    ]
    own = tuple(one for one in seats if one.state == _GRANTED and one.holder == device_id)
    return SeatGrants(rows=tuple(rows), own=own)


async def give_seats(
    api: ServerApi, site: EventSite, device_id: str, seat_ids: Sequence[str]
) -> None:
    """Let a till alone sell some seats, all or none.

    Raises:
        Refused: naming those that somebody has meanwhile; if this needs a manager, or the device
            is no till of this event any more.
    """
    path = f"{site.path}/till-stock/{device_id}/reserved"
    await api.post(path, {"seats": list(seat_ids)})


async def free_seats(api: ServerApi, site: EventSite, device_id: str) -> int:
    """Free what a revoked till has not told to be sold; returns how many seats.

    Raises:
        Refused: if it may still sell them, or this needs a manager.
    """
    made = await api.post(f"{site.path}/till-stock/{device_id}/reserved/free")
    return int(made["freed"])

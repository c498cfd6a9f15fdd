"""What a sale asks of whoever keeps the till's stock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from shared.kernel.id_types import EventId, SeatId


class Lacking(msgspec.Struct, frozen=True):
    """What a sale needs beyond what the till has.

    Attributes:
        counts: How many more tickets, by code of the type.
        seats: Reserved seats.
        prices: Promotions of which one use more is needed, by id.
    """

    counts: Mapping[int, int]
    seats: tuple[SeatId, ...] = ()
    prices: tuple[str, ...] = ()


class StockPort(Protocol):
    """What gets a till more stock; see `gatekeeper.boxoffice.stock`."""

    async def more(self, event_id: EventId, missing: Lacking) -> bool:
        """Ask for more of some types, and for seats; tells whether they are here."""
        ...

    def return_unsold(self, event_id: EventId, asked: Lacking) -> None:
        """Give back what was asked for and not sold."""
        ...

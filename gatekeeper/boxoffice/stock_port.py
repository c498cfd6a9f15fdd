"""What a sale asks of whoever keeps the till's stock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from shared.kernel.id_types import EventId


class StockPort(Protocol):
    """What gets a till more stock; see `gatekeeper.boxoffice.stock`."""

    async def more(self, event_id: EventId, missing: Mapping[int, int]) -> bool:
        """Ask for more of some types, by code; tells whether they are here."""
        ...

    def return_unsold(self, event_id: EventId, counts: Mapping[int, int]) -> None:
        """Give back what was asked for and not sold."""
        ...

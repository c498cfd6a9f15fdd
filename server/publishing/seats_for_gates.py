"""Reserved seats for gates and tills: the event's map, and which ticket has which seat."""

from __future__ import annotations

import asyncio

from server.db.unit import Unit
from server.publishing.chunks import Chunk
from server.seating.service import count_seats, find_packed, list_ticket_places
from shared.kernel.id_types import EventId
from shared.manifest.seats import cut_seats


async def read_seats(unit: Unit, event_id: EventId) -> list[Chunk]:
    """Read and cut an event's seats; none without reserved seats."""
    packed = await find_packed(unit, event_id)
    if packed is None:
        return []
    count = await count_seats(unit, event_id)
    tickets = await list_ticket_places(unit, event_id)
    cut = await asyncio.to_thread(cut_seats, packed, count, tickets)
    return [Chunk(ref, data) for ref, data in cut]

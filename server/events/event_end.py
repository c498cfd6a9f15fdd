"""When an event is over: lists and keyrings order events by it."""

from __future__ import annotations

from sqlalchemy import func, select, update

from server.db.unit import Unit
from server.events.known_events import forget_event
from server.events.models import Event, Occurrence
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY


async def note_end(unit: Unit, event_id: EventId) -> None:
    """Keep when an event is over, after its occurrences were changed.

    Without a date it stands where it was made; an occurrence without an end lasts a day.
    """
    ends = func.coalesce(Occurrence.ends_at, Occurrence.starts_at + DAY)
    query = select(func.max(ends)).where(Occurrence.event_id == event_id)
    over_at = await unit.find(query)
    await unit.change(
        update(Event)
        .where(Event.id == event_id)
        .values(over_at=Event.created_at if over_at is None else over_at)
    )
    forget_event(unit, event_id)

"""Pauses of entry: at a gate, or at all gates of a zone, until somebody resumes it.

A pause is a word of the plan: gates and ledger take it as they take any other, and it locks
nothing and counts nothing. The latest of each place is kept, so that it is seen who has not heard
that it is over.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from server.db.unit import Unit
from server.events.events_and_dates import get_editable_event, lock_event
from server.venues_and_gates.models import PlacePause
from shared.kernel.id_types import EventId

__all__ = ["PlacePause"]
"""The rows that other domains read."""


async def list_pauses(unit: Unit, event_id: EventId) -> Sequence[PlacePause]:
    """Return the latest pause of each place that had one, in order of place."""
    query = select(PlacePause).where(PlacePause.event_id == event_id)
    return await unit.all(query.order_by(PlacePause.place_id))


async def set_pause(unit: Unit, event_id: EventId, place_id: str, *, is_paused: bool) -> None:
    """Pause entry at a place, or resume it; one that stands so already stays as it is.

    Args:
        unit: A writing one.
        event_id: The event.
        place_id: A gate or a zone of it.
        is_paused: Which of the two.

    Raises:
        Problem: `not-found`, or `conflict` if the event is over.
    """
    event = await lock_event(unit, event_id)
    query = select(PlacePause).where(
        PlacePause.event_id == event_id, PlacePause.place_id == place_id
    )
    row = await unit.find(query)
    is_already = row is not None and row.until is None
    if is_already is is_paused:
        return
    plan = event.plan_version + 1
    await get_editable_event(unit, event_id)
    if row is None:
        row = PlacePause(event_id=event_id, place_id=place_id)
        unit.session.add(row)
    if is_paused:
        row.since, row.until, row.since_plan, row.until_plan = unit.now, None, plan, 0
    else:
        row.until, row.until_plan = unit.now, plan
    await unit.session.flush()


async def forget_pause(unit: Unit, event_id: EventId, place_id: str) -> None:
    """Forget the pause of a place that is removed."""
    where = PlacePause.event_id == event_id, PlacePause.place_id == place_id
    await unit.session.execute(delete(PlacePause).where(*where))

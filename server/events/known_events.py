"""The events that a unit has read: a till's exchange asks for one twenty times."""

from __future__ import annotations

from typing import Final

from server.db.unit import Unit
from server.events.models import Event
from shared.kernel.id_types import EventId

_KEPT: Final = "known_events"
"""Under which a session keeps them; it keeps rows no longer than somebody holds them."""


def known_events(unit: Unit) -> dict[EventId, Event]:
    """Return a unit's events by id; whoever reads one adds it."""
    known: dict[EventId, Event] = unit.session.info.setdefault(_KEPT, {})
    return known


def forget_event(unit: Unit, event_id: EventId) -> None:
    """Have an event read again, whose row was changed by a statement."""
    known_events(unit).pop(event_id, None)

"""The events that a unit has read, with their ticket types: a till asks for both twenty times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from server.db.unit import Unit
from server.events.models import Event
from shared.kernel.id_types import EventId

_KEPT: Final = "known_events"
"""Under which a session keeps them; it keeps rows no longer than somebody holds them."""
_TYPES_KEPT: Final = "known_ticket_types"


def known_events(unit: Unit) -> dict[EventId, Event]:
    """Return a unit's events by id; whoever reads one adds it."""
    known: dict[EventId, Event] = unit.session.info.setdefault(_KEPT, {})
    return known


def known_types(unit: Unit) -> dict[EventId, Sequence[Any]]:
    """Return the ticket types of a unit's events; whoever reads those of one adds them."""
    known: dict[EventId, Sequence[Any]] = unit.session.info.setdefault(_TYPES_KEPT, {})
    return known


def know_event(unit: Unit, event: Event) -> None:
    """Take an event's row as it has just been locked; its ticket types are read again."""
    known_events(unit)[event.id] = event
    known_types(unit).pop(event.id, None)


def forget_event(unit: Unit, event_id: EventId) -> None:
    """Have an event read again, whose row was changed by a statement, or its ticket types."""
    known_events(unit).pop(event_id, None)
    known_types(unit).pop(event_id, None)

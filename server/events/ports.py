"""What events need of the rooms above them: whether something is for one of their dates."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from server.db.unit import Unit
from shared.kernel.id_types import EventId, OccurrenceId


@runtime_checkable
class DateUsage(Protocol):
    """Knows what is for a date, and what happened on it."""

    async def why_date_stays(
        self, unit: Unit, event_id: EventId, occurrence_id: OccurrenceId
    ) -> str:
        """Say why a date cannot be removed; "" if nothing is for it.

        The event's row is locked by whoever asks.
        """

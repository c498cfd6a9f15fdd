"""What venues need of the rooms above them: who stands at a place, and whether it was used."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from server.db.unit import Unit
from shared.kernel.id_types import EventId, GateId, ZoneId


@runtime_checkable
class PlaceUsage(Protocol):
    """Knows what happened at zones and gates."""

    async def is_place_used(
        self,
        unit: Unit,
        event_id: EventId,
        *,
        zone_id: ZoneId | None = None,
        gate_id: GateId | None = None,
    ) -> bool:
        """Tell whether a passage that counts is on record for a zone, or for a gate.

        Or that the zone was emptied: gates know it by that word.
        """

    async def count_at_gate(self, unit: Unit, gate_id: GateId) -> int:
        """Count the devices that stand at a gate and are not revoked."""

    async def stop_counting(self, unit: Unit, event_id: EventId, zone_id: ZoneId) -> None:
        """Forget how many are inside a zone without a limit; a new limit counts them anew."""

"""What venues need of the rooms above them: who stands at a place, and whether it was used."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from server.db.unit import Unit


@runtime_checkable
class PlaceUsage(Protocol):
    """Knows what happened at zones and gates."""

    async def is_place_used(
        self, unit: Unit, event_id: str, *, zone_id: str | None = None, gate_id: str | None = None
    ) -> bool:
        """Tell whether a passage that counts is on record for a zone, or for a gate."""
        ...

    async def count_at_gate(self, unit: Unit, gate_id: str) -> int:
        """Count the devices that stand at a gate and are not revoked."""
        ...

    async def stop_counting(self, unit: Unit, event_id: str, zone_id: str) -> None:
        """Forget how many are inside a zone without a limit; a new limit counts them anew."""
        ...

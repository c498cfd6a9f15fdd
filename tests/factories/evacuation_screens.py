"""What the desk's board of evacuations shows."""

from __future__ import annotations

from datetime import UTC, datetime

from gatekeeper.organizer.evacuations import EvacuationUnderWay, GateHearing


def evacuations_of(zone_id: str, name: str) -> tuple[EvacuationUnderWay, ...]:
    """Return a zone's evacuation that one of two gates has heard of."""
    return (
        EvacuationUnderWay(
            evacuation_id="ab" * 16,
            zone_id=zone_id,
            phase="stop",
            begun_at=datetime(2026, 11, 22, 20, 4, tzinfo=UTC),
            devices=(
                GateHearing("Scanner 1", name, False),
                GateHearing("Scanner 2", "South", True),
            ),
        ),
    )

"""What the desk's boards of evacuations and pauses show."""

from __future__ import annotations

from datetime import UTC, datetime

from gatekeeper.organizer.during.evacuations_client import EvacuationUnderWay, GateHearing
from gatekeeper.organizer.during.pauses_client import Pause, PausePlace, Pauses


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


def pauses_of(name: str, *, is_paused: bool) -> Pauses:
    """Return a hall and its two gates; paused, one of the gates has heard of it."""
    places = (
        PausePlace(place_id="zn_hall", name=name),
        PausePlace(place_id="gt_north", name="North", zone_id="zn_hall"),
        PausePlace(place_id="gt_south", name="South", zone_id="zn_hall"),
    )
    pause = Pause(
        gate_id=None,
        zone_id="zn_hall",
        since=datetime(2026, 11, 22, 20, 4, tzinfo=UTC),
        until=None,
        devices=(
            GateHearing("Scanner 1", "North", False),
            GateHearing("Scanner 2", "South", True),
        ),
    )
    return Pauses(places, (pause,) if is_paused else ())

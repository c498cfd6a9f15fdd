"""At which gate a device stands, and its move to another one of its event."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.organizer.before_doors.gate_order import ordered_gates
from gatekeeper.organizer.edit_clashes import clash_of
from gatekeeper.organizer.merging_edits import Clash, Fields, merge
from gatekeeper.organizer.server_api import EventSite, Refused, ServerApi

STANDING: Final = frozenset({"gate", "both", "scanner"})
"""Roles of devices that let people in somewhere."""
FIXED: Final = frozenset({"scanner"})
"""Roles of devices that need a gate of their own."""
GATE: Final = "gate_id"
_SET: Final = ("role", "event_id", GATE, "admissions_per_minute")


class GateInZone(msgspec.Struct, frozen=True, kw_only=True):
    """A gate, and the zone that it leads into."""

    gate_id: str
    name: str
    zone_id: str
    zone: str


class DevicePlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device is assigned to, and where else it could be.

    Attributes:
        fields: What the assignment says.
        spots: The event's gates, those of the earliest date first.
    """

    device_id: str
    fields: Fields
    spots: tuple[GateInZone, ...]
    etag: str

    @property
    def gate_id(self) -> str | None:
        """Its gate; None for any of the event's."""
        gate_id = self.fields[GATE]
        return None if gate_id is None else str(gate_id)

    def find(self, gate_id: str | None) -> GateInZone | None:
        """Return a gate by its id."""
        return next((spot for spot in self.spots if spot.gate_id == gate_id), None)


async def read_place(api: ServerApi, site: EventSite, device_id: str) -> DevicePlace:
    """Read where a device is assigned to.

    Raises:
        Refused: if the device or the event is gone.
    """
    plan = await api.get(f"{site.path}/plan")
    dates = await api.get(f"{site.path}/occurrences")
    return _place_of(await api.get(_path(site, device_id)), _spots_of(plan, dates))


async def move_device(
    api: ServerApi, site: EventSite, place: DevicePlace, gate_id: str | None
) -> DevicePlace | Clash:
    """Assign a device to another gate of its event; everything else about it stays.

    Args:
        api: Somebody signed in, a manager.
        site: The event.
        place: As it was read.
        gate_id: Where to; None for any of the event's gates.

    Returns:
        Where it is assigned to by now; or what somebody else changed, where that is its gate or
        what it is for: then it was not moved.

    Raises:
        Refused: if this needs a manager, or the device or the gate is gone.
    """
    path, mine = f"{_path(site, place.device_id)}/assignment", place.fields | {GATE: gate_id}
    try:
        return _place_of(await api.put(path, mine, place.etag), place.spots)
    except Refused as refusal:
        clash = await clash_of(
            refusal, place, mine, lambda: read_place(api, site, place.device_id)
        )
        if clash.is_other and any(one.path != "admissions_per_minute" for one in clash.fields):
            return clash
        joined = merge(place.fields, clash.theirs, mine, {})
        return _place_of(await api.put(path, joined, clash.etag), place.spots)


def _path(site: EventSite, device_id: str) -> str:
    return f"/organizations/{site.organization_id}/devices/{device_id}"


def _place_of(device: dict[str, Any], spots: tuple[GateInZone, ...]) -> DevicePlace:
    return DevicePlace(
        device_id=device["id"],
        fields={name: device[name] for name in _SET},
        spots=spots,
        etag=device["etag"],
    )


def _spots_of(plan: dict[str, Any], dates: list[dict[str, Any]]) -> tuple[GateInZone, ...]:
    zones = {zone["id"]: str(zone["name"]) for zone in plan["zones"]}
    leads = {gate["id"]: gate["zone_id"] for gate in plan["gates"]}
    return tuple(
        GateInZone(gate_id=gate_id, name=name, zone_id=leads[gate_id], zone=zones[leads[gate_id]])
        for gate_id, name in ordered_gates(plan, dates).items()
    )

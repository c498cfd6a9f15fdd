"""A device's gate as it stands at the desk's page of devices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import structs

from gatekeeper.organizer.before_doors.device_gates_client import DevicePlace, GateInZone
from gatekeeper.organizer.before_doors.devices_client import Device
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage

NOW: Final = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
SPOTS: Final = (
    GateInZone(gate_id="gt_1", name="North", zone_id="zn_1", zone="Hall"),
    GateInZone(gate_id="gt_2", name="South", zone_id="zn_1", zone="Hall"),
    GateInZone(gate_id="gt_3", name="Stairs", zone_id="zn_2", zone="Gallery"),
)
GATE: Final = Device(
    id="dv_1",
    name="north-1",
    role="gate",
    gate="North",
    heard_at=NOW - timedelta(minutes=4),
    is_revoked=False,
    gate_id="gt_1",
    homes=412,
)
SECOND: Final = structs.replace(GATE, id="dv_3", name="stairs-1", gate="Stairs", gate_id="gt_3")


def place_of(
    device: Device, spots: tuple[GateInZone, ...] = SPOTS, etag: str = '"a"'
) -> DevicePlace:
    """Return where a device is assigned to."""
    fields = {
        "role": device.role,
        "event_id": "ev_1",
        "gate_id": device.gate_id,
        "admissions_per_minute": 120,
    }
    return DevicePlace(device_id=device.id, fields=fields, spots=spots, etag=etag)


def show_move(page: DevicesPage, name: str = "") -> None:
    """Choose a gate's device, and another gate for it; with everything of this name."""
    named = {"name": name, "gate": name} if name else {}
    gate, second = (structs.replace(one, **named) for one in (GATE, SECOND))
    spots = tuple(
        structs.replace(one, name=name or one.name, zone=name or one.zone) for one in SPOTS
    )
    page.show_devices([gate, second], NOW)
    page.table.setCurrentCell(0, 0)
    page.place.show_place(place_of(gate, spots))
    page.place.gate.setCurrentIndex(2)

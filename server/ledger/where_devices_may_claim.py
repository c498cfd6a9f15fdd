"""At which gates a device may stand: the same rule for claims and for shares of a zone's room."""

from __future__ import annotations

from server.devices.device_of_request import DeviceIdentity
from server.plans.event_book import EventBook
from shared.kernel.id_types import GateId
from shared.manifest.device_places import may_stand_at


def is_assigned_to(device: DeviceIdentity, book: EventBook, gate_id: GateId) -> bool:
    """Tell whether a device may claim at a gate: of its event, and of its own gate's zone.

    Whose gate is not fixed claims at each of its event. A stolen device reaches no further than
    that, and moving one to another zone, or another event, is the organizer's.
    """
    if device.event_id != book.event_id or not book.counts(device.profile):
        return False
    return may_stand_at(book.index.gates, device.gate_id, gate_id)

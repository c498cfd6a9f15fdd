"""Codes by which the ledger knows again where it has assigned a device to.

A ledger that was put back to before a device was moved has never heard of that place: what the
device let in there would wait for a person, and its holders be let in again meanwhile.

Source:
    docs/decisions/0165-a-device-shows-where-it-was-assigned-to.md
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from server.db.unit import Context
from server.devices.assigning import Placement, keep_placement, placement_of
from server.devices.device_of_request import DeviceIdentity
from server.keys.ledger_codes import LedgerCodes
from shared.wire.exchange import Assigned, KnownPlace

PURPOSE: Final = b"gatekeeper/here1"


class PlaceCodes(LedgerCodes[Placement]):
    """Makes and checks codes of places."""

    context = b"gatekeeper/place/1\0"

    def tell(self, device: DeviceIdentity) -> Assigned:
        """Say to a device what it is assigned to, with what proves it later."""
        place, pace = placement_of(device), device.admissions_per_minute
        code = self.make(place) if place.event_id else b""
        return Assigned(place.event_id, place.gate_id, pace, device.place_revision, code)

    async def recall(
        self, context: Context, device: DeviceIdentity, shown: Iterable[KnownPlace]
    ) -> None:
        """Keep again where a device proves to have been assigned to; it is moved nowhere."""
        own = device.organization_id, device.id
        told = ((Placement(*own, one.event_id, one.gate_id), one.code) for one in shown)
        if proven := [place for place, code in told if self.proves(place, code)]:
            async with context.write(device.organization_id) as unit:
                for place in proven:
                    await keep_placement(unit.session, place, unit.now)

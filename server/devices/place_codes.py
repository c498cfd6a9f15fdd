"""Codes by which the ledger knows again where it has assigned a device to.

A ledger that was put back to before a device was moved has never heard of that place: what the
device let in there would wait for a person, and its holders be let in again meanwhile.

Source:
    docs/decisions/0165-a-device-shows-where-it-was-assigned-to.md
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import structs

from server.db.unit import Context
from server.devices.assigning import note_place
from server.devices.identity import DeviceIdentity
from server.keys.ledger_codes import LedgerCodes
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId
from shared.wire.exchange import Assigned, KnownPlace

PURPOSE: Final = b"gatekeeper/here1"


class PlaceGrant(msgspec.Struct, frozen=True, array_like=True):
    """That one device was assigned to a place; its gate "" where that was left open."""

    organization_id: OrganizationId
    device_id: DeviceId
    event_id: EventId
    gate_id: GateId


class PlaceCodes(LedgerCodes[PlaceGrant]):
    """Makes and checks codes of places."""

    context = b"gatekeeper/place/1\0"

    def tell(self, device: DeviceIdentity) -> Assigned:
        """Say to a device what it is assigned to, with what proves it later."""
        grant = _grant(device)
        code = self.make(grant) if grant.event_id else b""
        pace, revision = device.admissions_per_minute, device.place_revision
        return Assigned(grant.event_id, grant.gate_id, pace, revision, code)

    async def recall(
        self, context: Context, device: DeviceIdentity, shown: Iterable[KnownPlace]
    ) -> None:
        """Keep again where a device proves to have been assigned to; it is moved nowhere."""
        async with context.write(device.organization_id) as unit:
            for one in shown:
                place = structs.replace(device, event_id=one.event_id, gate_id=one.gate_id)
                if self.proves(_grant(place), one.code):
                    await note_place(unit.session, place, unit.now)


def _grant(device: DeviceIdentity) -> PlaceGrant:
    event_id, gate_id = device.event_id or EventId(""), device.gate_id or GateId("")
    return PlaceGrant(device.organization_id, device.id, event_id, gate_id)

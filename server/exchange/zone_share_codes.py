"""Codes by which the ledger knows again what it has granted of a zone's capacity. Pure.

A ledger that has forgotten grants that devices still hold lets others in on that room unless it
believes the devices. Whoever could make up a grant would empty a zone for everybody else, or fill
it beyond its limit.

Source:
    docs/specs/sync.md, section 5
"""

from __future__ import annotations

from typing import Final

import msgspec

from server.keys.ledger_codes import LedgerCodes
from shared.kernel.id_types import DeviceId, EventId, OrganizationId, ZoneId

PURPOSE: Final = b"gatekeeper/room1"


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """What one device was ever granted of one zone's capacity: a total, in persons."""

    organization_id: OrganizationId
    event_id: EventId
    zone_id: ZoneId
    device_id: DeviceId
    granted: int


class ShareCodes(LedgerCodes[Grant]):
    """Makes and checks codes of shares."""

    context = b"gatekeeper/share/1\0"

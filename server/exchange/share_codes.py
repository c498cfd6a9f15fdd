"""Codes by which the ledger knows again what it has granted of a zone's capacity. Pure.

A ledger that was put back to an older copy has forgotten grants that devices still hold, and lets
others in on that room unless it believes the devices. Whoever could make up a grant would empty a
zone for everybody else, or fill it beyond its limit. So each grant bears a BLAKE2b code under a
secret of the data folder, which no copy of the database brings back to an older state: the device
shows it with the total, and can make none.

Nobody but the ledger has to believe it, so nothing is signed.

Source:
    docs/specs/sync.md, section 5
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.id_types import DeviceId, EventId, OrganizationId, ZoneId
from shared.kernel.key_agreement import is_tagged, tag
from shared.kernel.packing import pack

PURPOSE: Final = b"gatekeeper/room1"
_CONTEXT: Final = b"gatekeeper/share/1\0"


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """What one device was ever granted of one zone's capacity: a total, in persons."""

    organization_id: OrganizationId
    event_id: EventId
    zone_id: ZoneId
    device_id: DeviceId
    granted: int


class ShareCodes:
    """Makes and checks codes of grants."""

    def __init__(self, secret: bytes) -> None:
        """Use a secret of 32 bytes that only the ledger's workers hold."""
        self._secret = secret

    def make(self, grant: Grant) -> bytes:
        """Return a grant's code: 16 bytes, the same each time."""
        return tag(self._secret, _CONTEXT + pack(grant))

    def proves(self, grant: Grant, code: bytes) -> bool:
        """Tell whether a code was made here for just that grant."""
        return is_tagged(self._secret, _CONTEXT + pack(grant), code)

"""The roster: which devices serve an event, with their keys, signed by the server.

A `roster` document. A device obeys the newest one that it has seen, by (epoch, sequence), and
passes it on to peers whose is older.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Final

import msgspec

from shared.admission.pace import NO_LIMIT, PACE_DEFAULT, PACE_MAX, PaceLimit
from shared.journal.bounds import GivenIdOf
from shared.kernel.ed25519 import PUBLIC_KEY_SIZE
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId, ZoneId
from shared.manifest.signed_document import DocumentKind, SignedDocument, open_document

ROSTER_VERSION: Final = 1
DEVICES_MAX: Final = 1_000


class RosterDevice(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One device that may claim and answer.

    Attributes:
        device_id: Its id.
        public_key: Its Ed25519 key, 32 bytes.
        gate_id: Its gate, or "".
        zone_id: The zone that the gate leads into, or "".
        addresses: Where it was last reached, `host:port` with a numeric host (`[…]:port` for
            IPv6); hints only.
        name: What staff call it.
        admissions_per_minute: How fast it may let holders in; `NO_LIMIT` for no limit.
    """

    device_id: GivenIdOf[DeviceId]
    public_key: bytes
    gate_id: GateId = GateId("")
    zone_id: ZoneId = ZoneId("")
    addresses: tuple[str, ...] = ()
    name: str = ""
    admissions_per_minute: Annotated[int, msgspec.Meta(ge=NO_LIMIT, le=PACE_MAX)] = PACE_DEFAULT

    @property
    def pace(self) -> PaceLimit:
        """Return how fast it may let holders in."""
        return PaceLimit(self.admissions_per_minute)

    def may_pass_into(self, zone_id: ZoneId) -> bool:
        """Tell whether it stands at a zone: at its gate's, or at any while it has no gate."""
        return self.zone_id in {"", zone_id}


class Roster(msgspec.Struct, frozen=True, array_like=True):
    """All devices of an event that are neither revoked nor declared lost.

    Attributes:
        v: `ROSTER_VERSION`.
        event_id: Which event.
        epoch: Ledger epoch.
        sequence: Raised at every change of the roster within the epoch.
        devices: In order of device id; at most `DEVICES_MAX`.
    """

    v: int
    event_id: EventId
    epoch: Annotated[int, msgspec.Meta(ge=0)]
    sequence: Annotated[int, msgspec.Meta(ge=0)]
    devices: tuple[RosterDevice, ...]

    @property
    def version(self) -> tuple[int, int]:
        """What orders rosters: the epoch, then the sequence."""
        return self.epoch, self.sequence


def open_roster(
    document: SignedDocument,
    *,
    root_public_key: bytes,
    organization_id: OrganizationId,
    event_id: EventId,
    withdrawn: Collection[bytes] = (),
) -> Roster:
    """Verify a roster document from the pinned root key down.

    Raises:
        BadSignature: if it was not signed for this organization, or was altered.
        Malformed: if it is of another event, names a device twice, or gives a key that is none.
    """
    roster = open_document(
        document,
        DocumentKind.ROSTER,
        Roster,
        root_public_key=root_public_key,
        organization_id=organization_id,
        withdrawn=withdrawn,
    )
    if roster.event_id != event_id:
        raise Malformed(f"this roster is of event {roster.event_id!r}, not of {event_id!r}")
    names = {device.device_id for device in roster.devices}
    if len(names) != len(roster.devices) or len(names) > DEVICES_MAX:
        raise Malformed("this roster names a device twice, or too many devices")
    if any(len(device.public_key) != PUBLIC_KEY_SIZE for device in roster.devices):
        raise Malformed("this roster gives a device a key that is not 32 bytes")
    return roster

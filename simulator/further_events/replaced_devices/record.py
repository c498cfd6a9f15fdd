"""What is seen of devices that are taken away and replaced, with true times."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shared.journal.entry import CLOCK_STEP_MAX
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import MILLISECOND, Duration, Instant
from simulator.judging.ledger_and_device_views import HeldEntry

Place = tuple[DeviceId, bytes, int]
"""Device, boot and number of an entry."""


class Said(msgspec.Struct, frozen=True):
    """The organizer's word on a device.

    Attributes:
        began: True time of the question.
        ended: Of the answer.
        was_in_reach: The device had surely told the server of everything up to `began`, but for
            the last moments.
    """

    began: Instant
    ended: Instant
    was_in_reach: bool


class Stand(msgspec.Struct, kw_only=True):
    """One device at a gate.

    Attributes:
        node: The machine.
        device_id: The device.
        gate_id: Where it stands.
        skew: How far its clock was off from the beginning.
        revoked: When its word was taken away, if it was.
        lost: When it was declared lost, if it was.
        entries: What it had on record in the end.
        is_erased: It says that it was revoked, in the end.
        disk: All that its disk held then.
    """

    node: str
    device_id: DeviceId
    gate_id: str
    skew: Duration
    revoked: Said | None = None
    lost: Said | None = None
    entries: Sequence[HeldEntry] = ()
    is_erased: bool = False
    disk: bytes = b""

    @property
    def had_no_time(self) -> bool:
        """Whether its clock is wrong, and an entry says that nobody had told it the time yet."""
        is_unbounded = any(
            one.entry.offset_error is None and one.entry.event_id for one in self.entries
        )
        return is_unbounded and abs(self.skew) >= CLOCK_STEP_MAX - MILLISECOND


class Ruled(msgspec.Struct, frozen=True):
    """What somebody at the office has decided of entries that waited.

    Attributes:
        places: Which.
        is_accepted: Or else dismissed.
        began: True time of the question.
        ended: Of the answer.
        count: How many the server says it ruled on.
    """

    places: Sequence[Place]
    is_accepted: bool
    began: Instant
    ended: Instant
    count: int

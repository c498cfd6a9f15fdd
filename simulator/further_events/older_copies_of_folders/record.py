"""What is seen of devices whose folders are put back to older copies, with true times."""

from __future__ import annotations

import msgspec

from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import Instant
from simulator.judging.ledger_and_device_views import HeldEntry
from simulator.judging.seen_visits import Card, Visit


class Life(msgspec.Struct, kw_only=True):
    """One stretch of a device's work in one folder, which no other stretch follows but by a copy.

    Attributes:
        device_id: Whose.
        node: On which machine.
        began: True time.
        first: Its first start there.
        last: And its last.
        brought: The start before which another folder of the device has told the server all.
        copied: True time at which what comes after is lost by a copy; None while none is.
        ended: And when that was put in its place.
        sure: True time up to which the server surely holds all of it.
        held: What it had on record in the end.
        is_kept: Somebody has its folder still, or has brought it to the server.
        trouble: What its screen says is wrong, in the end.
    """

    device_id: DeviceId
    node: str
    began: Instant
    first: int
    last: int = 0
    brought: int = 0
    copied: Instant | None = None
    ended: Instant | None = None
    sure: Instant = Instant(0)
    held: list[HeldEntry] = []
    is_kept: bool = True
    trouble: str = ""

    def is_it(self, at: Instant) -> bool:
        """Tell whether the device was at work in it."""
        return self.began <= at and (self.ended is None or at < self.ended)

    def is_lost(self, at: Instant) -> bool:
        """Tell whether what was done in it is in no folder of the device any more."""
        return not self.is_kept and self.copied is not None and at >= self.copied


class Seen(msgspec.Struct, frozen=True):
    """A presentation, and where it was.

    Attributes:
        visit: The presentation.
        life: Of the device.
        in_touch: The gates that its gate heard, and was heard by, all the while.
    """

    visit: Visit[Card]
    life: Life
    in_touch: frozenset[str]


class Sold(msgspec.Struct, frozen=True):
    """A sale that was shown.

    Attributes:
        life: Of the till.
        sale_id: The till's number of it.
        receipt: Its receipt's.
        tickets: What was sold.
        total: What was due, in minor units.
        at: True time.
    """

    life: Life
    sale_id: str
    receipt: int
    tickets: tuple[TicketId, ...]
    total: int
    at: Instant

"""What is seen of devices that are taken away and replaced, with true times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from shared.admission.offline_policy import OfflinePolicy
from shared.journal.entry import CLOCK_STEP_MAX
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import MILLISECOND, Duration, Instant
from simulator.judging.seen_visits import Card, Visit
from simulator.judging.views import HeldEntry, LedgerView

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

    @property
    def is_honest(self) -> bool:
        """Whether its word has counted all the while, and everybody has waited for it."""
        return self.revoked is None and self.lost is None


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


class ReplacedEvidence(msgspec.Struct, kw_only=True):
    """All of it, when it is quiet.

    Attributes:
        policy: Whom gates let in that are cut off.
        room: How many the zone holds.
        visits: Presentations at gates, in order of beginning.
        last: Those from this one on came when all was told, at devices that work.
        stands: All devices.
        ruled: What was ruled on.
        kept_back: Tickets that nobody had shown when disks were read.
        ledger: The ledger.
        hears: Within so much time a device in reach has heard.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
    """

    policy: OfflinePolicy
    room: int
    visits: Sequence[Visit[Card]]
    last: int
    stands: Mapping[str, Stand]
    ruled: Sequence[Ruled]
    kept_back: Sequence[TicketId]
    ledger: LedgerView
    hears: Duration
    wrong: Sequence[str]
    has_true_server: bool

    def is_as_lost(self, visit: Visit[Card]) -> bool:
        """Tell whether a device was declared lost, and need not have heard of that yet."""
        lost = self.stands[visit.node].lost
        if lost is None:
            return False
        return not any(
            one.is_in_reach and lost.ended + self.hears < one.began <= visit.began
            for one in self.visits
            if one.node == visit.node
        )

    def status_of(self, held: HeldEntry) -> str:
        """Say what the server says of an entry; "" where it has it not."""
        entry = held.entry
        there = self.ledger.entries.get(entry.device_id, {}).get((entry.boot, entry.dseq))
        return "" if there is None else there.status

    def entry_of(self, visit: Visit[Card]) -> HeldEntry | None:
        """Find what the device has on record of a presentation."""
        seq = None if visit.answer is None else visit.answer.seq
        found = (one for one in self.stands[visit.node].entries if one.entry.seq == seq)
        return next(found, None)

"""How much a device may report by typed codes; what is beyond waits for a person. Pure.

The list tells every device all manual codes, so that a program can prove all of them in a second;
and of tickets that no list names anything, which fills a zone until it is found to be nothing.
What no server was asked for counts at the pace of the device's lane since the ledger has heard of
it last, while the event's doors were open, as its claims do (`shared/admission/pace.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from server.limits_and_times import CAME_EARLY, CAME_LATE
from server.reconciliation.passage_rights import Doubt, Judged
from shared.admission.pace import BURST, NO_LIMIT, PaceLimit
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Duration, Instant
from shared.manifest.event_config import DateTimes, OccurrenceConfig

_START: Final = Instant(0)
_NONE: Final = Duration(0)


def find_since(dates: Iterable[OccurrenceConfig], begun: Instant, now: Instant) -> Instant:
    """Say how long people may have come to a device, of whom nothing has been counted yet.

    Only while doors were open: a device that was silent for days has let in nobody meanwhile. The
    times of all the event's dates are put together, of moved ones those of before as well.

    Args:
        dates: The event's; where there are none, it was open all the time.
        begun: When the ledger has heard of the device last, or has counted up to.
        now: By the server's clock.

    Returns:
        An instant that is so long ago.
    """
    spans = [
        _span(time.starts_at, time.ends_at, time.doors_at)
        for date in dates
        for time in (DateTimes(date.starts_at, date.ends_at, date.doors_at), *date.earlier)
    ]
    until = min(begun, now)
    if not spans:
        return until
    total = 0
    for opened, closed in sorted(spans):
        total += max(0, min(closed, now) - max(opened, until))
        until = max(until, min(closed, now))
    return Instant(now - total)


def _span(
    starts_at: Instant, ends_at: Instant | None, doors_at: Instant | None
) -> tuple[Instant, Instant]:
    opened = Instant(starts_at - CAME_EARLY) if doors_at is None else doors_at
    return opened, Instant(starts_at + CAME_LATE) if ends_at is None else ends_at


class TypingPace(msgspec.Struct, frozen=True):
    """What a device is allowed, and where its counter stands.

    Attributes:
        limit: The organizer's.
        heard_at: From when on it may have let people in of whom the ledger has not heard.
        counted: Where its counter stands; 0 for nowhere.
    """

    limit: PaceLimit
    heard_at: Instant
    counted: Instant = _START

    def left(self, now: Instant) -> int | None:
        """Count the passages that are left; None without a limit."""
        was_set_back = self.counted > now + self.window
        return self.limit.left(_START if was_set_back else self.counted, now, self.since(now))

    def since(self, now: Instant) -> Instant:
        """Return from when on what the device says counts; the host that heard it may be ahead."""
        return min(self.heard_at, now)

    def moved(self, passages: int) -> Duration:
        """Say how far so many passages move the counter."""
        return self.limit.passed(_NONE, _NONE, passages)

    @property
    def window(self) -> Duration:
        """Return how far a counter may be ahead; twice as much, since hosts' clocks differ."""
        return self.moved(2 * BURST)


class TypedCodes:
    """Counts what an upload says by typed codes, device by device: passages, and withdrawals.

    Attributes:
        paces: Of the devices whose word is judged.
        taken: How many count.
        is_put_back: The ledger may have forgotten lists: what nothing explains yet was scanned.
    """

    def __init__(self, now: Instant) -> None:
        self.now = now
        self.paces: dict[DeviceId, TypingPace] = {}
        self.taken: Counter[DeviceId] = Counter()
        self.is_put_back = False

    def judged(self, device_id: DeviceId, judged: Judged) -> Judged:
        """Say what becomes of a passage: as it was judged, or there are too many of its kind."""
        seen = judged.seen
        counts = seen is not None and (
            seen.is_listed or (seen.is_unexplained and not self.is_put_back)
        )
        return judged if not counts or self.may_take(device_id) else Judged(Doubt.TOO_FAST)

    def may_take(self, device_id: DeviceId) -> bool:
        """Count one more of a device; False where there are too many."""
        left = self.paces[device_id].left(self.now)
        if left is not None and self.taken[device_id] >= left:
            return False
        self.taken[device_id] += 1
        return True

    def counted(self) -> dict[DeviceId, TypingPace]:
        """Return the paces of those whose counters move."""
        paces = {one: self.paces[one] for one in sorted(self.taken)}
        return {one: pace for one, pace in paces.items() if pace.limit.per_minute != NO_LIMIT}

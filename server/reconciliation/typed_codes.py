"""How much a device may report by typed codes; what is beyond waits for a person. Pure.

The list tells every device all manual codes, so that a program can prove all of them in a second;
and of tickets that no list names anything, which fills a zone until it is found to be nothing.
What no server was asked for counts at the pace of the device's lane since the ledger has heard of
it last, while the event's doors were open (`server/plans/open_times.py`): a device that was silent
for days has let in nobody meanwhile. Its claims count so too (`shared/admission/pace.py`). So do
persons beyond those that a ticket is for, each of them: no code shows how many came by it; and
passages on a ticket on which the device has told of many: they come and go one by one.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from server.reconciliation.passage_rights import Doubt, Judged
from shared.admission.pace import BURST, NO_LIMIT, PaceLimit
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Duration, Instant

_START: Final = Instant(0)
_NONE: Final = Duration(0)


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
    """Counts what an upload says of an event by typed codes, device by device.

    That are passages, and withdrawals. Each event has doors, and so counters, of its own.

    Attributes:
        event_id: The event.
        paces: Of the devices whose word is judged.
        taken: How many count.
        going_on: Whose upload it is, where that device has more to send.
        is_put_back: The ledger may have forgotten lists: what nothing explains yet was scanned.
    """

    def __init__(
        self, event_id: EventId, now: Instant, *, going_on: DeviceId | None = None
    ) -> None:
        self.event_id, self.now, self.going_on = event_id, now, going_on
        self.paces: dict[DeviceId, TypingPace] = {}
        self.taken: Counter[DeviceId] = Counter()
        self.is_put_back = False

    def judged(self, device_id: DeviceId, judged: Judged) -> Judged:
        """Say what becomes of a passage: as it was judged, or there are too many of its kind."""
        seen = judged.seen
        is_forgotten = seen is not None and seen.is_unexplained and self.is_put_back
        if judged.doubt is not None or is_forgotten:
            return judged
        is_bare = seen is not None and (seen.is_listed or seen.is_unexplained)
        counted = max(int(is_bare) + judged.beyond, int(judged.is_often))
        may_pass = counted == 0 or self.may_take(device_id, counted)
        return judged if may_pass else Judged(Doubt.TOO_FAST)

    def may_take(self, device_id: DeviceId, counted: int = 1) -> bool:
        """Count so much more of a device; False where that is too much."""
        left = self.paces[device_id].left(self.now)
        if left is not None and self.taken[device_id] + counted > left:
            return False
        self.taken[device_id] += counted
        return True

    def counted(self) -> dict[DeviceId, TypingPace]:
        """Return the paces of those whose counters move."""
        paces = {one: self.paces[one] for one in sorted(self.taken) if one in self.paces}
        return {one: pace for one, pace in paces.items() if pace.limit.per_minute != NO_LIMIT}

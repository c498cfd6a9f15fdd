"""Which limit of the zone stood when, and who knew: a second opinion from orders and the feed."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from shared.kernel.id_types import ClaimId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.wire.device_feed import ShareChange
from shared.wire.feed import Use
from simulator.judging.evidence import Evidence, Passage

WORDS: Final = frozenset({"claim", "awaited"})
"""Sources of passages that the ledger let happen; journals told it of others."""
SETTLING: Final[Duration] = 5 * SECOND
"""So long a passage may be under way besides."""


class Limits:
    """The limits of one world."""

    def __init__(self, evidence: Evidence) -> None:
        self._first = evidence.scenario.capacity
        self._set = evidence.history.limits
        self._is_restored = bool(evidence.history.restores)
        venue = evidence.venue
        # The server tells the fair's plans as well.
        plans = evidence.history.plans
        self._told = [plan for plan in plans if plan.config.event_id == venue.event_id]
        self._zone_id = venue.zone_id

    @property
    def last(self) -> int | None:
        """The limit at the end."""
        return self._set[-1].capacity if self._set else self._first

    def most(self, sequence: int, until: Instant) -> int | None:
        """Return the highest limit from a number of the feed until a time; None if none stood."""
        standing = self._first
        later: list[int | None] = []
        for one in self._set:
            if one.sequence < sequence:
                standing = one.capacity
            elif one.began <= until:
                later.append(one.capacity)
        limits = [standing, *later]
        known = [limit for limit in limits if limit is not None]
        return max(known) if len(known) == len(limits) else None

    def judging(self, passage: Passage | None) -> set[int | None]:
        """Return the limits by one of which the ledger judges a passage that it hears of.

        That is what stood at the time of the passage, as well as its gate could tell that.
        """
        if passage is None or passage.scan is None or passage.scan.ended is None:
            return {self._first, *(one.capacity for one in self._set)}
        error = passage.held.entry.offset_error
        if error is None:
            return {self._first, *(one.capacity for one in self._set)}
        since, until = passage.scan.began - error - SETTLING, passage.scan.ended + error + SETTLING
        standing = self._first
        later: set[int | None] = set()
        for one in self._set:
            if one.ended <= since:
                standing = one.capacity
            elif one.began <= until:
                later.add(one.capacity)
        return {standing, *later}

    def is_known(self, cursor: int) -> bool | None:
        """Tell whether a device that has read so far knows of a limit.

        None where that cannot be told: the plan of a server that was put back comes with a
        manifest and not by the feed.
        """
        if self._is_restored and (self._told or self._set):
            return None
        limit = self._first
        for plan in self._told:
            if plan.sequence <= cursor:
                zones = {zone.id: zone for zone in plan.config.zones}
                limit = zones[self._zone_id].capacity
        return limit is not None


class Words:
    """When the ledger gave room: let somebody in by its own word, or granted a share."""

    def __init__(self, evidence: Evidence) -> None:
        self._uses = evidence.ledger.uses
        told = [item for _, _, item in evidence.ledger.feed if isinstance(item, Use)]
        self._dated_back = {one.claim_id for one in told if one.mode == "online"} & {
            one.claim_id for one in told if one.mode != "online"
        }
        charged = {p.body.claim_id: p.body.allotted for p in evidence.passages}
        self.places: dict[str, int] = {}
        self._numbers: list[int] = []
        granted: dict[str, int] = {}
        for sequence, _, item in evidence.ledger.feed:
            if isinstance(item, Use):
                self.places[item.claim_id] = sequence
                # What nobody made use of says nothing of whom it was charged to.
                is_room = self.is_word(item.claim_id) and item.direction == "in"
                if is_room and charged.get(item.claim_id, item.count) < item.count:
                    self._numbers.append(sequence)
            elif isinstance(item, ShareChange) and item.granted > granted.get(item.device_id, 0):
                granted[item.device_id] = item.granted
                self._numbers.append(sequence)

    def is_word(self, claim_id: ClaimId) -> bool:
        """Tell whether the ledger let a claim pass, rather than hear of it from a journal.

        Where its word came through another gate, and clocks differ, it is told again by the time
        of the gate that heard it.
        """
        use = self._uses.get(claim_id)
        return use is not None and (use.source in WORDS or claim_id in self._dated_back)

    def room_of(self, passage: Passage) -> int:
        """Return the newest word that gave room before an entry, as far as its gate can show.

        That is the ledger's own word for the entry, or the last one that its gate had read of.
        """
        body = passage.body
        if self.is_word(body.claim_id) and body.allotted < body.count:
            return self.places[body.claim_id]
        place = bisect_right(self._numbers, passage.held.entry.cursor)
        return self._numbers[place - 1] if place else 0

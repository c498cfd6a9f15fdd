"""A queue that a device has recorded: when somebody came, and what became of it. Pure.

It is read from the journal, which holds no code. What is played from it are practice tickets: the
same rhythm, the same codes shown twice, the same share of false and refused ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from shared.admission.facts import Direction
from shared.admission.reasons import Reason
from shared.journal.entry import Entry, ScanBody
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant

RECORDED_SCANS_MIN: Final = 20
"""Of an evening that is played again; fewer are no queue."""
RECORDED_WINDOW: Final[Duration] = 15 * MINUTE
"""The busiest part of an evening, which is played."""
RECORDED_PAUSE: Final[Duration] = 3 * HOUR
"""After so long without a scan another queue begins."""

ENTRIES_READ: Final = 10_000
"""So many entries of the journal are looked through; that takes a moment."""
_FORGED: Final = frozenset({Reason.BAD_SIGNATURE, Reason.UNKNOWN_KEY})
_JUNK: Final = frozenset({Reason.MALFORMED, Reason.UNKNOWN_TICKET})


class ScanKind(StrEnum):
    """What a scan was, as far as a practice ticket can be the same."""

    GOOD = "good"
    REPEAT = "repeat"
    FORGED = "forged"
    JUNK = "junk"
    REFUSED = "refused"


class RecordedScan(msgspec.Struct, frozen=True):
    """One scan.

    Attributes:
        at: When, by the device's corrected time.
        kind: What it was.
        code_hash: The same for the same code; says nothing else of it.
    """

    at: Instant
    kind: ScanKind
    code_hash: bytes


class Recording(msgspec.Struct, frozen=True):
    """The busiest minutes of the newest queue that was recorded.

    Attributes:
        scans: In order of time; `RECORDED_SCANS_MIN` or more.
    """

    scans: tuple[RecordedScan, ...]

    @property
    def began_at(self) -> Instant:
        """When the first of them was."""
        return self.scans[0].at

    @property
    def lasted(self) -> Duration:
        """From the first to the last."""
        return self.scans[-1].at - self.scans[0].at

    def count(self, *kinds: ScanKind) -> int:
        """Return how many scans were of these kinds."""
        return sum(scan.kind in kinds for scan in self.scans)


def find_recording(entries: Iterable[tuple[Entry, ScanBody]]) -> Recording | None:
    """Find the newest queue among scans on the way in, oldest first; None where there is none."""
    queues: list[list[RecordedScan]] = [[]]
    before: tuple[str, Instant] = ("", Instant(0))
    for entry, body in entries:
        if body.direction != Direction.IN:
            continue
        at = max(entry.corrected, before[1] if queues[-1] else Instant(0))
        if queues[-1] and (entry.event_id != before[0] or at - before[1] > RECORDED_PAUSE):
            queues.append([])
            at = entry.corrected
        queues[-1].append(RecordedScan(at, _kind_of(body), body.code_hash))
        before = (entry.event_id, at)
    for queue in reversed(queues):
        if len(queue) >= RECORDED_SCANS_MIN:
            return Recording(tuple(_busiest(queue)))
    return None


def _kind_of(body: ScanBody) -> ScanKind:
    if body.verdict == "admit":
        return ScanKind.GOOD
    reason = body.reason
    if reason == Reason.ALREADY_USED:
        return ScanKind.REPEAT
    if reason in _FORGED:
        return ScanKind.FORGED
    return ScanKind.JUNK if reason in _JUNK else ScanKind.REFUSED


def _busiest(queue: Sequence[RecordedScan]) -> Sequence[RecordedScan]:
    """Return the scans of the window that holds most; all of them where that is too few."""
    best, first = (0, 0), 0
    for last, scan in enumerate(queue):
        while scan.at - queue[first].at > RECORDED_WINDOW:
            first += 1
        if last + 1 - first > best[1] - best[0]:
            best = (first, last + 1)
    found = queue[best[0] : best[1]]
    return found if len(found) >= RECORDED_SCANS_MIN else queue

"""How many wait at a gate, as far as its scans tell. Pure.

Nobody counts a queue. But a gate's scans say how busy it is: its best minute shows how fast it can
be, and the last ones how much of that is used. By queueing theory (arrivals at random, each served
in the same time: M/D/1) a gate that is busy for the share u of its time has u²/(2(1-u)) persons
waiting on the mean. It is an estimate, and nothing is said where there is too little to go by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

WAITING_MINUTES: Final = 3
"""Whole minutes by which it is judged how busy a gate is."""


BEST_MIN: Final = 6
"""Scans in a gate's best minute below which it has shown nothing of how fast it can be."""
BUSY_MAX: Final = 0.97
"""Above it the formula tells of ever longer queues, and the gate's scans no more."""


class QueueWait(msgspec.Struct, frozen=True):
    """What a gate's scans tell of its queue.

    Attributes:
        persons: Who wait.
        seconds: How long the last of them waits.
    """

    persons: float
    seconds: float


def estimate_waiting(scans: Sequence[int]) -> QueueWait | None:
    """Estimate who wait at a gate; None where its scans tell nothing.

    Args:
        scans: Of each whole minute, the latest last: who was let in, and who was not.
    """
    best = max(scans, default=0)
    if best < BEST_MIN or len(scans) < WAITING_MINUTES:
        return None
    busy = min(sum(scans[-WAITING_MINUTES:]) / WAITING_MINUTES / best, BUSY_MAX)
    persons = busy * busy / (2 * (1 - busy))
    return QueueWait(round(persons, 1), round(60 * persons / best, 1))

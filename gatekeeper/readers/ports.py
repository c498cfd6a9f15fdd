"""The one small port that every reader stands behind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from shared.kernel.instant import Duration


@dataclass(frozen=True, slots=True)
class RawScan:
    """One reading of a code, before anybody knows what it is.

    Attributes:
        text: What the code says, without what the reader put around it.
        source: The reader's name, as the device page shows it.
        at_monotonic: When it was complete, in µs of the machine's monotonic clock.
    """

    text: str
    source: str
    at_monotonic: Duration


class ReaderHealth(Enum):
    """How a reader is."""

    READY = "ready"
    ABSENT = "absent"  # unplugged, or never there; picked up again when it returns
    BROKEN = "broken"  # there, and gives nothing but faults

"""From when on an event's dates have guests, when each is over, and which of them take place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from shared.kernel.instant import DAY, HOUR, Duration, Instant
from shared.manifest.event_config import OccurrenceConfig

EARLY_ARRIVAL: Final[Duration] = 6 * HOUR
"""How long before its doors an occurrence becomes the current one of a zone that serves all."""


class Timed(Protocol):
    """A date, as a gate is told of it or as the ledger has it."""

    @property
    def starts_at(self) -> Instant:
        """When it begins."""

    @property
    def ends_at(self) -> Instant | None:
        """When it is over; None where nobody has said it."""


def taking_place(occurrences: Iterable[OccurrenceConfig]) -> tuple[OccurrenceConfig, ...]:
    """Return those that were not called off, in their order."""
    return tuple(one for one in occurrences if not one.is_cancelled)


def end_of(one: Timed) -> Instant:
    """Return when a date is over; where nobody has said it, a day after its start."""
    return one.ends_at or Instant(one.starts_at + DAY)

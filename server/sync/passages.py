"""The passages of one ticket, in the order in which they count. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from server.sync.records import UseRecord
from shared.journal.entry import NUMBER_MAX
from shared.manifest.facts import UseFact
from shared.wire.emptying import persons_inside


def place_in_time(use: UseRecord, others: Iterable[UseRecord]) -> UseRecord:
    """Let a passage from a journal follow what its device recorded of the ticket before it.

    Which of two passages of one device came first, its journal says and no clock: one that was
    fast and has been set back would let a holder in again whose exit seemed the later one. By how
    much a passage is moved, its instant may be off besides.

    Args:
        use: The passage.
        others: Passages on the same ticket.
    """
    latest = max((one.at for one in others if _is_recorded_before(one, use)), default=use.at - 1)
    moved = latest + 1 - use.at
    if moved <= 0:
        return use
    at_error = None if use.at_error is None else use.at_error + moved
    return msgspec.structs.replace(use, at=latest + 1, at_error=at_error)


def _is_recorded_before(one: UseRecord, use: UseRecord) -> bool:
    if (one.device_id, one.zone_id) != (use.device_id, use.zone_id) or one.boot is None:
        return False
    # A boot arrives after the one that it continues; of a revoked device people choose the order.
    return one.boot != use.boot or (one.dseq or 0) < (use.dseq or 0)


def ways_of(uses: Iterable[UseRecord]) -> list[UseFact]:
    """Give the passages that count inside zones, in order, whatever order they came in.

    Of one instant the entries come first: who goes out was inside.
    """
    ways = sorted(uses, key=lambda use: (use.at, use.direction == "out"))
    return [use.fact() for use in ways if use.persons]


def persons_left_in(uses: Iterable[UseRecord], zone_id: str) -> int:
    """Count the persons inside a zone on one ticket, after all of its passages."""
    return persons_inside(ways_of(uses), zone_id, NUMBER_MAX)

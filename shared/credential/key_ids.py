"""Which events' keys a keyring holds, and how key ids are used again.

A key id has 16 bits, and an organization may make more keys than that in a week. Ids are therefore
unique among the keys that may meet in one keyring, not for ever.

Source:
    docs/specs/manifest.md, section 7
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from shared.credential.sizes_and_bounds import KEY_ID_MAX
from shared.kernel.instant import DAY, Duration, Instant

NEAREST_EVENTS: Final = 500
"""Of so many other events a keyring knows the keys, to say whose ticket it is that is shown."""

AROUND: Final = 2 * NEAREST_EVENTS
"""Two events that one keyring holds are so many apart at most, each so many/2 from that keyring's.

Events that are put in between later only move them apart: what was free when an id was drawn
stays so.
"""

KEPT_AFTER: Final[Duration] = 90 * DAY
"""How long after its event other events' keyrings hold a key, and its id is not used again."""


class Dated(msgspec.Struct, frozen=True, order=True):
    """An event in its place among the others: by when it is over, then by id."""

    over_at: Instant
    id: str


def nearest(
    own: Dated, before: Sequence[Dated], after: Sequence[Dated], most: int = NEAREST_EVENTS
) -> tuple[Dated, ...]:
    """Choose the events whose keys an event's keyring holds besides its own.

    Args:
        own: The event.
        before: The `most` events (or all) that are over before it, the nearest first.
        after: Those after it, the nearest first.
        most: How many.
    """

    def distance(one: Dated) -> tuple[Duration, Dated]:
        return abs(one.over_at - own.over_at), one

    # Each side is in order already: of events that end together the nearer in order is taken, so
    # that no keyring reaches further than `most` events.
    found: list[Dated] = []
    left, right = list(before[:most]), list(after[:most])
    while len(found) < most and (left or right):
        side = left if not right or (left and distance(left[0]) <= distance(right[0])) else right
        found.append(side.pop(0))
    return tuple(found)


def is_kept(over_at: Instant, now: Instant) -> bool:
    """Tell whether other events' keyrings still hold the keys of an event."""
    return over_at >= kept_since(now)


def kept_since(now: Instant) -> Instant:
    """Return since when events must have ended whose keys are still held elsewhere."""
    return now - KEPT_AFTER


def draw_key_id(number: int, taken: Collection[int], top: int = KEY_ID_MAX) -> int | None:
    """Give a key the first free id, going round from its number on; None if there is none.

    Going round, an id that has become free is the last one to be used again.

    Args:
        number: Counts the organization's keys, from 1.
        taken: The ids of keys that may meet it in a keyring.
        top: The highest id.
    """
    used = set(taken)
    start = (number - 1) % top
    return next((one for i in range(top) if (one := 1 + (start + i) % top) not in used), None)

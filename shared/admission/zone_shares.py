"""Shares of a zone's capacity: what each device may let in without asking anybody.

A zone of capacity N never holds more than N, whatever is cut off: who is inside, what devices may
still let in, and what nobody was granted together make N, always. A share never expires; only its
device's signed word gives a part of it back.

Source:
    docs/specs/admission.md, section 8
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

import msgspec

from shared.kernel.errors import BadInput

_Holder = TypeVar("_Holder")
PART: Final = 2
"""One part in two of what is free is for the devices together; the rest is the ledger's."""


class HeldShare(msgspec.Struct, frozen=True):
    """One device's share as the ledger knows it.

    Attributes:
        granted: Persons ever granted.
        returned: Persons ever given back.
        spent: Persons let in on it, less those let out.
    """

    granted: int = 0
    returned: int = 0
    spent: int = 0

    @property
    def left(self) -> int:
        """Return how many persons it may still let in at most, unheard.

        Never more than it was granted: places that nobody was given do not exist.
        """
        return max(0, self.granted - self.returned - max(0, self.spent))


def owed_after(changes: Iterable[int]) -> int:
    """Return for how many persons of one ticket a device's share stands charged.

    One charge, one credit: an exit gives back what an entry was charged, and nothing besides. An
    entry that was taken back takes the credit of its exit with it, so that the two together make
    no place.

    Args:
        changes: What the passages that stand have charged (an entry, above 0) or would credit (an
            exit, below 0), in the order of the device's journal.
    """
    owed = 0
    for change in changes:
        owed = max(0, owed + change)
    return owed


def pool_of(capacity: int, inside: int, shares: list[HeldShare]) -> int:
    """Return how many persons the ledger may still let in by its own word; never below 0."""
    return max(0, capacity - inside - sum(share.left for share in shares))


def fair_share(capacity: int, inside: int, devices: int) -> int:
    """Return what each of some devices should keep of what is free; 0 when little is.

    Raises:
        BadInput: if there are no devices.
    """
    if devices < 1:
        raise BadInput("a share is for at least one device")
    return max(0, capacity - inside) // (PART * devices)


def grant_to(own: HeldShare, fair: int, pool: int) -> int:
    """Return how many persons more a device should be granted; only where it has become low.

    Half of what the ledger has stays with it: devices that are enrolled later, while others are
    away with their shares, must find something too.
    """
    if 2 * own.left > fair:
        return 0
    return max(0, min(fair - own.left, pool // PART))


def keep_of(own: HeldShare, fair: int, pool: int, devices: int = 1) -> int | None:
    """Return what a device should keep, where it holds more than it needs; else None.

    A little more is left to it, so that not every passage moves shares: less where the ledger has
    not its half of what is free, for a group needs its places together, and nothing where the
    ledger has hardly anything to give.
    """
    most = 2 * fair if pool >= fair * devices else fair + fair // 2
    most = most if pool > fair else fair
    return fair if own.left > most else None


def call_back(lefts: Mapping[_Holder, int], missing: int) -> dict[_Holder, int]:
    """Say what devices should keep of their shares so that some places come together elsewhere.

    Who holds most gives first, down to one level for all who are asked: the rest stays where it
    is, for a device that is cut off a moment later.

    Args:
        lefts: How many persons each device may still let in.
        missing: Places to be called back; above 0.

    Returns:
        What each device that is asked should keep; empty where all together have not so many.
    """
    if missing > sum(lefts.values()):
        return {}
    level, above = 0, max(lefts.values())
    while level < above:  # the highest level that gives enough
        tried = (level + above + 1) // 2
        if sum(max(0, left - tried) for left in lefts.values()) < missing:
            above = tried - 1
        else:
            level = tried
    return {holder: level for holder, left in lefts.items() if left > level}

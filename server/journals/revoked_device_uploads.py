"""What a revoked device uploads: which entries take effect at once, and which wait for a person.

What waits is ruled on by `server/lost_devices/lost_device_rulings.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.rows import UNCONFIRMED, is_booked, is_booked_of_fork
from server.entries.uploaded_chain import Sorted

_STORED: Final = "stored"


class AtOnce(msgspec.Struct, frozen=True):
    """What of an upload takes effect now; its alarms always do.

    Attributes:
        status: What new entries are kept with.
        posted: Entries that say who came and went, and what else gates are told.
        shifts: Those of which the openings, counts and closings of a drawer are booked.
        sales: Sales and withdrawals that are to be booked.
    """

    status: str
    posted: Sequence[CheckedEntry] = ()
    shifts: Sequence[CheckedEntry] = ()
    sales: Sequence[CheckedEntry] = ()


def take_at_once(found: Sorted, *, is_revoked: bool) -> AtOnce:
    """Tell what of a sorted upload takes effect at once."""
    if is_revoked:  # all that it says waits
        return AtOnce(UNCONFIRMED)
    return AtOnce(
        _STORED,
        posted=[*found.stored, *found.forked],
        shifts=found.stored,
        sales=[
            *(one for one in found.stored if is_booked(one.body)),
            *(one for one in found.forked if is_booked_of_fork(one.body)),
        ],
    )

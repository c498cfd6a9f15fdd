"""The homes of the ids that tills sell on their own, by the tills' keys."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from server.db.unit import Unit
from server.keys.models import TillHomeRange
from shared.credential.keyring import HomeRange as KeyRange
from shared.credential.keyring import IdRange
from shared.kernel.id_types import EventId

__all__ = ["TillHomeRange"]
"""The row that `homes` writes."""

PARTS_BITS: Final = 4
"""A till's range of ids is parted into 16, so that what it sells cut off has homes too."""


async def read_home_ranges(unit: Unit, event_id: EventId) -> dict[int, tuple[KeyRange, ...]]:
    """Return the homes of the ids that an event's tills sell on their own, by each key's prefix.

    Not by the number of the key: two may have one since the ledger was put back to an older copy.
    """
    query = (
        select(TillHomeRange)
        .where(TillHomeRange.event_id == event_id)
        .order_by(TillHomeRange.key_id, TillHomeRange.place)
    )
    found: dict[int, tuple[KeyRange, ...]] = {}
    for row in (await unit.session.execute(query)).scalars():
        ids = IdRange(row.id_prefix, row.id_prefix_bits)
        part = KeyRange(ids, row.device_id, row.number)
        prefix = row.id_prefix >> PARTS_BITS
        found[prefix] = (*found.get(prefix, ()), part)
    return found

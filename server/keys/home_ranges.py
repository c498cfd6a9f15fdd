"""The homes of the ids that tills sell on their own, by the tills' keys."""

from __future__ import annotations

from sqlalchemy import select

from server.db.unit import Unit
from server.keys.models import HomeRange
from shared.credential.keyring import HomeRange as KeyRange
from shared.credential.keyring import IdRange

__all__ = ["HomeRange"]
"""The row that `homes` writes."""


async def read_home_ranges(unit: Unit, event_id: str) -> dict[int, tuple[KeyRange, ...]]:
    """Return the homes of the ids that an event's tills sell on their own, by the tills' keys."""
    query = (
        select(HomeRange)
        .where(HomeRange.event_id == event_id)
        .order_by(HomeRange.key_id, HomeRange.place)
    )
    found: dict[int, tuple[KeyRange, ...]] = {}
    for row in (await unit.session.execute(query)).scalars():
        ids = IdRange(row.id_prefix, row.id_prefix_bits)
        part = KeyRange(ids, row.device_id, row.number)
        found[row.key_id] = (*found.get(row.key_id, ()), part)
    return found

"""What tills had heard of by their own sales: none of them knows less than it did before."""

from __future__ import annotations

from sqlalchemy import select

from server.db.model import row_of
from server.db.unit import Unit
from server.tills.models import TillKnowledge
from shared.journal.entry import Entry


async def note_knowledge(unit: Unit, entry: Entry) -> int:
    """Note up to where a till had heard, by the entry of a sale.

    A till that writes less than one of its earlier sales said still knows what it knew. Of an
    entry that is booked out of its turn only its own word counts.

    Returns:
        The number of the feed by which the sale is judged.
    """
    query = (
        select(TillKnowledge)
        .where(
            TillKnowledge.event_id == entry.event_id, TillKnowledge.device_id == entry.device_id
        )
        .with_for_update()
    )
    known = await unit.find(query)
    if known is None:
        await unit.add(row_of(TillKnowledge, entry))
        return entry.cursor
    if entry.seq <= known.seq:
        return entry.cursor
    before = known.cursor if known.epoch == entry.epoch else 0
    known.epoch, known.cursor = max((known.epoch, known.cursor), (entry.epoch, entry.cursor))
    known.seq = entry.seq
    await unit.session.flush()
    return max(before, entry.cursor)

"""What devices' own entries say of their last rehearsals."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.entries.models import JournalEntry
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import REHEARSED, EntryKind, NoteBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Instant


class Rehearsed(msgspec.Struct, frozen=True):
    """A device's last rehearsal of an event.

    Attributes:
        said: `ready`, or what was wrong.
        cursor: Up to where the device had read the feed.
        received_at: When its entry came.
    """

    said: str
    cursor: int
    received_at: Instant


async def read_rehearsals(
    unit: Unit, event_id: EventId, device_ids: Collection[DeviceId]
) -> dict[DeviceId, Rehearsed]:
    """Read the last one of each device; one that has played none is left out."""
    query = (
        select(JournalEntry)
        .where(
            JournalEntry.device_id.in_(device_ids),
            JournalEntry.kind == EntryKind.NOTE,
            JournalEntry.event_id == event_id,
            JournalEntry.status != "unconfirmed",
        )
        .order_by(JournalEntry.received_at, JournalEntry.seq)
    )
    found = {}
    for row in (await unit.session.execute(query)).scalars():
        try:
            entry = decode_entry(row.entry)
            body = decode_body(entry)
        except Malformed:
            continue  # kept as it came; nobody can say what it says
        if isinstance(body, NoteBody) and body.topic == REHEARSED:
            found[row.device_id] = Rehearsed(body.text, entry.cursor, row.received_at)
    return found

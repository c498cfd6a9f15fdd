"""Evacuations that this device has begun or heard of, by event."""

from __future__ import annotations

from typing import Final

import apsw
import msgspec

from shared.kernel.id_types import EventId, ZoneId
from shared.wire.emptying import current_of, take_notice
from shared.wire.feed import EvacuationNotice

_READ: Final = "SELECT value FROM setting WHERE name=?"
_DECODER: Final = msgspec.msgpack.Decoder(tuple[EvacuationNotice, ...])
_ENCODER: Final = msgspec.msgpack.Encoder()


class Evacuations:
    """The latest word on each evacuation; writes belong inside a transaction of the store."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Use the journal database's connection."""
        self._connection = connection

    def list_all(self, event_id: EventId) -> tuple[EvacuationNotice, ...]:
        """Return an event's evacuations, oldest first."""
        row = self._connection.execute(_READ, (_name(event_id),)).fetchone()
        return () if row is None else _DECODER.decode(row[0])

    def current(self, event_id: EventId, zone_id: ZoneId) -> EvacuationNotice | None:
        """Return the evacuation of a zone that is not over, or None; see `current_of`."""
        return current_of(self.list_all(event_id), zone_id)

    def put(self, event_id: EventId, notice: EvacuationNotice) -> None:
        """Take a word on an evacuation; an older one changes nothing."""
        held = self.list_all(event_id)
        known = take_notice(held, notice)
        if known != held:
            self._connection.execute(
                "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)",
                (_name(event_id), _ENCODER.encode(known)),
            )


def _name(event_id: EventId) -> str:
    return f"evacuations:{event_id}"

"""Evacuations that this device has begun or heard of, by event."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.store.single_values import read_bytes, write_bytes
from gatekeeper.store.tables import KeptTable, fetch_rows
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.id_types import EventId, ZoneId
from shared.wire.evacuation_exits import current_of, join_words, take_notice
from shared.wire.feed import EvacuationNotice

_READ_BOTH: Final = "SELECT name, value FROM setting WHERE name IN (?, ?)"
_DECODER: Final = msgspec.msgpack.Decoder(tuple[EvacuationNotice, ...])
_ENCODER: Final = msgspec.msgpack.Encoder()


class Evacuations(KeptTable):
    """The latest word on each evacuation; writes belong inside a transaction of the store.

    What the ledger tells stands beside what this device has said: the ledger's times of a word are
    those by which it places passages, and may be others than were said.
    """

    def list_all(self, event_id: EventId) -> tuple[EvacuationNotice, ...]:
        """Return an event's evacuations, oldest first; read for each scan, so at once."""
        rows = fetch_rows(self._connection, _READ_BOTH, (_told(event_id), _said(event_id)))
        words = {name: _DECODER.decode(value) for name, value in rows}
        return join_words(words.get(_told(event_id), ()), words.get(_said(event_id), ()))

    def current(self, event_id: EventId, zone_id: ZoneId) -> EvacuationNotice | None:
        """Return the evacuation of a zone that is not over, or None; see `current_of`."""
        return current_of(self.list_all(event_id), zone_id)

    def stopped(self, event_id: EventId) -> frozenset[ZoneId]:
        """Return the zones into which nobody is let by an evacuation."""
        known = self.list_all(event_id)
        return frozenset(one.zone_id for one in known if one.phase == EvacuationPhase.STOP)

    def say(self, event_id: EventId, notice: EvacuationNotice) -> None:
        """Take this device's own word on an evacuation; an older one changes nothing."""
        self._put(_said(event_id), notice)

    def hear(self, event_id: EventId, notice: EvacuationNotice) -> None:
        """Take the ledger's word on an evacuation; an older one changes nothing."""
        self._put(_told(event_id), notice)

    def _put(self, name: str, notice: EvacuationNotice) -> None:
        kept = read_bytes(self._connection, name)
        held = () if kept is None else _DECODER.decode(kept)
        known = take_notice(held, notice)
        if known != held:
            write_bytes(self._connection, name, _ENCODER.encode(known))


def _told(event_id: EventId) -> str:
    return f"evacuations:{event_id}"


def _said(event_id: EventId) -> str:
    return f"evacuations_said:{event_id}"

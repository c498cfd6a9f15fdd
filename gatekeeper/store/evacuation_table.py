"""Evacuations that this device has begun or heard of, by event."""

from __future__ import annotations

from itertools import chain
from typing import Final

import msgspec

from gatekeeper.store.kept_table import KeptTable, fetch_rows
from gatekeeper.store.single_values import read_bytes, write_bytes
from shared.admission.evacuation import EvacuationPhase
from shared.evacuations.standing_words import current_of, join_words, take_notice
from shared.kernel.id_types import DeviceId, EventId, ZoneId
from shared.wire.feed import EvacuationNotice

EVACUATIONS_OF_PEER_MAX: Final = 16
"""Of one other device in one zone, those over included: a thief's alarms come to an end."""

_READ_ALL: Final = "SELECT name, value FROM setting WHERE name IN (?, ?, ?)"
_Words = tuple[EvacuationNotice, ...]
_DECODER: Final = msgspec.msgpack.Decoder(_Words)
_OF_PEERS: Final = msgspec.msgpack.Decoder(dict[DeviceId, _Words])
_ENCODER: Final = msgspec.msgpack.Encoder()


class Evacuations(KeptTable):
    """The latest word on each evacuation; writes belong inside a transaction of the store.

    What the ledger tells stands beside what this device has said, and what others of the venue's
    network have: the ledger's times of a word are those by which it places passages, and may be
    others than were said.
    """

    def list_all(self, event_id: EventId) -> tuple[EvacuationNotice, ...]:
        """Return an event's evacuations, oldest first; read for each scan, so at once."""
        names = (_told(event_id), _said(event_id), _peers(event_id))
        kept = dict(fetch_rows(self._connection, _READ_ALL, names))
        told, said = (_DECODER.decode(kept[name]) if name in kept else () for name in names[:2])
        peers = _OF_PEERS.decode(kept[names[2]]) if names[2] in kept else {}
        return join_words(told, [*said, *chain.from_iterable(peers.values())])

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

    def hear_peer(self, event_id: EventId, device_id: DeviceId, notice: EvacuationNotice) -> None:
        """Take another device's word; an older one, or one too many of that zone, is nothing."""
        kept = read_bytes(self._connection, _peers(event_id))
        heard = {} if kept is None else _OF_PEERS.decode(kept)
        known = take_notice(heard.get(device_id, ()), notice)
        of_zone = sum(one.zone_id == notice.zone_id for one in known)
        if known != heard.get(device_id, ()) and of_zone <= EVACUATIONS_OF_PEER_MAX:
            words = _ENCODER.encode(heard | {device_id: known})
            write_bytes(self._connection, _peers(event_id), words)

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


def _peers(event_id: EventId) -> str:
    return f"evacuations_of_peers:{event_id}"

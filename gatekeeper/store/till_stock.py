"""What a till may sell on its own: its delegated key's terms, allotments, receipt numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import apsw
import msgspec

from gatekeeper.store.settings_table import read_number, write_number
from shared.credential.keyring import IdRange
from shared.kernel.id_types import EventId
from shared.wire.enrol import TillKeyAnswer

_ENCODER: Final = msgspec.msgpack.Encoder()
_RECEIPT: Final = "receipt_number"


class TypeStock(msgspec.Struct, frozen=True):
    """Tickets of one type: granted in total, and sold of these by this till."""

    ticket_type_code: int
    granted: int
    sold: int

    @property
    def left(self) -> int:
        """How many may still be sold without asking."""
        return max(0, self.granted - self.sold)


class TillStock:
    """The till's tables; writes belong inside a transaction of the store."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Use the journal database's connection."""
        self._connection = connection

    def get_terms(self, event_id: EventId) -> TillKeyAnswer | None:
        """Return what the till may sign for an event, or None before the server delegated."""
        row = self._connection.execute(
            "SELECT answer FROM till WHERE event_id=?", (event_id,)
        ).fetchone()
        return None if row is None else msgspec.msgpack.decode(row[0], type=TillKeyAnswer)

    def put_terms(self, event_id: EventId, terms: TillKeyAnswer) -> None:
        """Keep the terms; grants are totals, so what is sold already stays counted."""
        self._connection.execute(
            "INSERT OR REPLACE INTO till VALUES (?, ?)", (event_id, _ENCODER.encode(terms))
        )
        for grant in terms.allotments:
            self._connection.execute(
                "INSERT INTO allotment VALUES (?, ?, ?, 0)"
                " ON CONFLICT (event_id, ticket_type_code) DO UPDATE SET granted=excluded.granted",
                (event_id, grant.ticket_type_code, grant.count),
            )

    def get_allotment(self, event_id: EventId, ticket_type_code: int) -> TypeStock:
        """Return the allotment of a type; an empty one where none was granted."""
        row = self._connection.execute(
            "SELECT granted, sold FROM allotment WHERE event_id=? AND ticket_type_code=?",
            (event_id, ticket_type_code),
        ).fetchone()
        return TypeStock(ticket_type_code, *(row or (0, 0)))

    def count_sold(self, event_id: EventId, ticket_type_code: int, count: int) -> None:
        """Take tickets out of an allotment that holds them."""
        self._connection.execute(
            "UPDATE allotment SET sold=sold+? WHERE event_id=? AND ticket_type_code=?",
            (count, event_id, ticket_type_code),
        )

    def take_id(self, event_id: EventId, key_id: int, parts: Sequence[IdRange]) -> int:
        """Take a ticket id out of the part of which the fewest are taken; inside a transaction.

        Ids are taken one after another, because no more of them count than were granted. The parts
        may have been others before: an id is never taken again, whatever range it was taken of.
        """
        where = (event_id, key_id)
        rows = self._connection.execute(
            "SELECT bits, prefix, taken FROM till_range WHERE event_id=? AND key_id=?", where
        )
        taken = {IdRange(prefix, bits): int(count) for bits, prefix, count in rows}
        places = {part: _next_place(part, taken) for part in parts}
        part = min(parts, key=places.__getitem__)
        self._connection.execute(
            "INSERT OR REPLACE INTO till_range VALUES (?, ?, ?, ?, ?)",
            (*where, part.bits, part.prefix, places[part] + 1),
        )
        return part.id_at(places[part])

    def next_receipt_number(self) -> int:
        """Take the next number of the till's one series, from 1, without gaps."""
        number = (read_number(self._connection, _RECEIPT) or 0) + 1
        write_number(self._connection, _RECEIPT, number)
        return number


def _next_place(part: IdRange, taken: Mapping[IdRange, int]) -> int:
    """Return the first place from a part's count on whose id was taken of no other range."""
    place = taken.get(part, 0)
    first = part.id_at(0)
    for start, count in sorted((other.id_at(0), count) for other, count in taken.items()):
        if start <= first + place < start + count:
            place = start + count - first
    return place

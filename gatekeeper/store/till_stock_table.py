"""What a till may sell on its own: its delegated key's terms, its grant, receipt numbers.

Granted, returned and sold are totals that never fall, whatever comes in which order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from gatekeeper.store.kept_table import KeptTable
from gatekeeper.store.single_values import read_number, write_number
from gatekeeper.store.till_seat_table import TillSeats
from shared.credential.keyring import IdRange
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId, TicketId
from shared.manifest.signed_document import SignedDocument, decode_document, encode_document
from shared.wire.till_key import TillKeyAnswer
from shared.wire.till_stock import KnownStock, StockGrant

_ENCODER: Final = msgspec.msgpack.Encoder()
_DOUBT: Final = "till_key_doubt/"
_SURE: Final = 1
_STRANGER: Final = 2
_STRANGERS: Final = "till_key_strangers/"
_STRANGERS_MAX: Final = 4
"""Keys that a till gives up for an event because of guests whom it does not know: a gate can make
guests up, and the server delegates a limited number of keys."""


class TypeStock(msgspec.Struct, frozen=True):
    """Tickets of one type; totals.

    Attributes:
        granted: Ever given to this till.
        sold: Sold by it.
        returned: Given back by it.
        size: How many unsold ones it is to hold at most; None where nobody has said.
    """

    ticket_type_code: int
    granted: int
    sold: int
    returned: int = 0
    size: int | None = None

    @property
    def left(self) -> int:
        """How many may still be sold without asking."""
        return max(0, self.granted - self.returned - self.sold)


class PriceStock(msgspec.Struct, frozen=True):
    """Uses of one counted price; totals, as of tickets."""

    id: str
    granted: int
    used: int
    returned: int = 0
    size: int | None = None

    @property
    def left(self) -> int:
        """How many may still be made without asking."""
        return max(0, self.granted - self.returned - self.used)


class TillStock(KeptTable):
    """The till's tables; writes belong inside a transaction of the store."""

    def get_terms(self, event_id: EventId) -> TillKeyAnswer | None:
        """Return what the till may sign for an event, or None before the server delegated."""
        row = self._connection.execute(
            "SELECT answer FROM till WHERE event_id=?", (event_id,)
        ).fetchone()
        return None if row is None else msgspec.msgpack.decode(row[0], type=TillKeyAnswer)

    def put_terms(self, event_id: EventId, terms: TillKeyAnswer) -> None:
        """Keep the terms; grants are totals, so what is sold already stays counted.

        An older server's say what is granted; a newer one's comes as a document (`put_grant`).
        """
        kept = msgspec.structs.replace(terms, grant=b"")
        self._connection.execute(
            "INSERT OR REPLACE INTO till VALUES (?, ?)", (event_id, _ENCODER.encode(kept))
        )
        if terms.grant or self.get_grant(event_id) is not None:
            return
        for grant in terms.allotments:
            self._connection.execute(
                "INSERT INTO allotment (event_id, ticket_type_code, granted, sold)"
                " VALUES (?, ?, ?, 0)"
                " ON CONFLICT (event_id, ticket_type_code) DO UPDATE SET granted=excluded.granted",
                (event_id, grant.ticket_type_code, grant.count),
            )

    # -- the grant -----------------------------------------------------------------------------

    def get_grant(self, event_id: EventId) -> SignedDocument | None:
        """Return the newest grant of an event as it was signed, or None."""
        row = self._connection.execute(
            "SELECT document FROM stock_grant WHERE event_id=?", (event_id,)
        ).fetchone()
        try:
            return None if row is None else decode_document(bytes(row[0]))
        except Malformed:
            return None

    def grant_version(self, event_id: EventId) -> tuple[int, int]:
        """Return the newest grant's epoch and serial; (0, 0) for none."""
        row = self._connection.execute(
            "SELECT epoch, serial FROM stock_grant WHERE event_id=?", (event_id,)
        ).fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def put_grant(self, document: SignedDocument, grant: StockGrant) -> int:
        """Keep a verified grant of this till's; inside a transaction.

        Totals only rise: a grant that comes late takes nothing away, and what the server has
        booked or taken back beyond this till's own account (it was put back to an older copy)
        counts here, too.

        Returns:
            How many more tickets the server has booked as this till's than it knows of itself.
        """
        event_id = grant.event_id
        version = (grant.epoch, grant.serial)
        forgotten = 0
        for one in grant.types:
            own = self.get_allotment(event_id, one.ticket_type_code)
            forgotten += max(0, one.sold - own.sold)
            is_newest = version >= self.grant_version(event_id)
            self._connection.execute(
                "INSERT OR REPLACE INTO allotment"
                " (event_id, ticket_type_code, granted, sold, returned, size)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    event_id,
                    one.ticket_type_code,
                    max(own.granted, one.granted),
                    max(own.sold, one.sold),
                    max(own.returned, one.returned),
                    one.size if is_newest else own.size,
                ),
            )
        known = {one.id: one for one in self.list_prices(event_id)}
        for count in grant.counts:
            mine = known.get(count.id, PriceStock(count.id, 0, 0))
            self._connection.execute(
                "INSERT OR REPLACE INTO price_allotment"
                " (event_id, id, granted, used, returned, size) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    event_id,
                    count.id,
                    max(mine.granted, count.granted),
                    max(mine.used, count.used),
                    max(mine.returned, count.returned),
                    count.size if version >= self.grant_version(event_id) else mine.size,
                ),
            )
        if version > self.grant_version(event_id):
            TillSeats(self._connection).put(event_id, grant.epoch, grant.seats)
        if version >= self.grant_version(event_id):
            self._connection.execute(
                "INSERT OR REPLACE INTO stock_grant VALUES (?, ?, ?, ?)",
                (event_id, *version, encode_document(document)),
            )
        return forgotten

    def known(self, event_id: EventId, *, wants: bool) -> KnownStock:
        """Say what this till tells the server of its stock."""
        sold = sum(one.sold for one in self.list_stock(event_id))
        return KnownStock(*self.grant_version(event_id), wants, sold)

    def list_stock(self, event_id: EventId) -> list[TypeStock]:
        """Return what there is of each type, in order of code."""
        rows = self._connection.execute(
            "SELECT ticket_type_code, granted, sold, returned, size FROM allotment"
            " WHERE event_id=? ORDER BY ticket_type_code",
            (event_id,),
        )
        return [TypeStock(*row) for row in rows]

    def list_prices(self, event_id: EventId) -> list[PriceStock]:
        """Return what there is of each counted price, in order of id."""
        rows = self._connection.execute(
            "SELECT id, granted, used, returned, size FROM price_allotment"
            " WHERE event_id=? ORDER BY id",
            (event_id,),
        )
        return [PriceStock(*row) for row in rows]

    def count_used(self, event_id: EventId, uses: Mapping[str, int]) -> None:
        """Take uses of counted prices out of what this till has; inside a transaction."""
        for price_id, count in sorted(uses.items()):
            self._connection.execute(
                "UPDATE price_allotment SET used=used+? WHERE event_id=? AND id=?",
                (count, event_id, price_id),
            )

    def count_price_returned(self, event_id: EventId, price_id: str, count: int) -> None:
        """Give uses of a counted price back; inside the transaction of the entry that says so."""
        self._connection.execute(
            "UPDATE price_allotment SET returned=returned+? WHERE event_id=? AND id=?",
            (count, event_id, price_id),
        )

    def list_events(self) -> list[EventId]:
        """Return the events of which this till was ever given anything by a signed grant."""
        rows = self._connection.execute("SELECT event_id FROM stock_grant ORDER BY event_id")
        return [EventId(event_id) for (event_id,) in rows]

    def count_returned(self, event_id: EventId, ticket_type_code: int, count: int) -> None:
        """Give tickets of a type back; inside the transaction of the entry that says so."""
        self._connection.execute(
            "UPDATE allotment SET returned=returned+? WHERE event_id=? AND ticket_type_code=?",
            (count, event_id, ticket_type_code),
        )

    def doubt_key(self, event_id: EventId, *, is_doubtful: bool) -> None:
        """Note whether this till's ids may have been sold by a newer copy of it; see `has_doubt`.

        Inside a transaction.
        """
        write_number(self._connection, f"{_DOUBT}{event_id}", _SURE if is_doubtful else 0)

    def has_doubt(self, event_id: EventId) -> bool:
        """Tell whether the server has booked sales of this till's that it does not know.

        It was put back to an older copy: it draws a new ticket key before it sells on, or it
        would sell ids a second time.
        """
        return read_number(self._connection, f"{_DOUBT}{event_id}") == _SURE

    def wants_new_key(self, event_id: EventId) -> bool:
        """Tell whether the till draws a new key at its next contact; until then it may sell on."""
        return bool(read_number(self._connection, f"{_DOUBT}{event_id}"))

    def hear_of_guests(self, event_id: EventId, ticket_ids: Iterable[TicketId]) -> None:
        """Take note of who came in; inside a transaction.

        A guest with an id of this till's that it has not taken tells that a newer copy of it has,
        whose journal may never come, or that somebody else holds its key. It draws another one at
        its next contact, and sells on until then: a gate's word alone stops nobody.
        """
        if self.wants_new_key(event_id) or (terms := self.get_terms(event_id)) is None:
            return
        whole = IdRange(terms.id_prefix, terms.id_prefix_bits)
        taken, name = self._taken(event_id, terms.key_id), f"{_STRANGERS}{event_id}"
        known = read_number(self._connection, name) or 0
        if known < _STRANGERS_MAX and any(
            whole.contains(one) and not _is_taken(one, taken) for one in ticket_ids
        ):
            write_number(self._connection, name, known + 1)
            write_number(self._connection, f"{_DOUBT}{event_id}", _STRANGER)

    # -- what is sold --------------------------------------------------------------------------

    def get_allotment(self, event_id: EventId, ticket_type_code: int) -> TypeStock:
        """Return the allotment of a type; an empty one where none was granted."""
        row = self._connection.execute(
            "SELECT granted, sold, returned, size FROM allotment"
            " WHERE event_id=? AND ticket_type_code=?",
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
        taken = self._taken(event_id, key_id)
        places = {part: _next_place(part, taken) for part in parts}
        part = min(parts, key=places.__getitem__)
        self._connection.execute(
            "INSERT OR REPLACE INTO till_range VALUES (?, ?, ?, ?, ?)",
            (event_id, key_id, part.bits, part.prefix, places[part] + 1),
        )
        return part.id_at(places[part])

    def _taken(self, event_id: EventId, key_id: int) -> dict[IdRange, int]:
        """Return how many ids were taken of each range of a key's, from its first on."""
        rows = self._connection.execute(
            "SELECT bits, prefix, taken FROM till_range WHERE event_id=? AND key_id=?",
            (event_id, key_id),
        )
        return {IdRange(prefix, bits): int(count) for bits, prefix, count in rows}


def _next_place(part: IdRange, taken: Mapping[IdRange, int]) -> int:
    """Return the first place from a part's count on whose id was taken of no other range."""
    place = taken.get(part, 0)
    first = part.id_at(0)
    for start, count in sorted((other.id_at(0), count) for other, count in taken.items()):
        if start <= first + place < start + count:
            place = start + count - first
    return place


def _is_taken(ticket_id: TicketId, taken: Mapping[IdRange, int]) -> bool:
    return any(
        part.contains(ticket_id) and part.place_of(ticket_id) < count
        for part, count in taken.items()
    )

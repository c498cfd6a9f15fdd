"""Tickets that are newer than the manifest: what the feed brought, and what this till sold."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.store.kept_table import KeptTable, fetch_rows
from gatekeeper.store.stored_ids import from_column, to_column
from shared.kernel.id_types import EventId, SeatId, TicketId
from shared.manifest.tickets import TicketClass, TicketRow

_ENCODER: Final = msgspec.msgpack.Encoder()
_FIND_BY_ID: Final = (
    "SELECT facts, manual_code, seat_id FROM ticket_change"
    " LEFT JOIN changed_seat USING (ticket_id) WHERE ticket_change.ticket_id=? AND event_id=?"
)
_FIND_BY_CODE: Final = (
    "SELECT ticket_change.ticket_id, facts, seat_id FROM ticket_change"
    " LEFT JOIN changed_seat USING (ticket_id) WHERE manual_code=? AND event_id=?"
)
_FORGET_SEATS: Final = (
    "DELETE FROM changed_seat WHERE ticket_id NOT IN (SELECT ticket_id FROM ticket_change)"
)
_DECODER: Final = msgspec.msgpack.Decoder(TicketClass)


class TicketChanges(KeptTable):
    """The table laid over the manifest; writes belong inside a transaction of the store."""

    def find(self, event_id: EventId, ticket_id: TicketId) -> TicketRow | None:
        """Return the facts of an event's ticket if they are newer than the manifest's.

        The rows of events that the device served before are there as well, and are none of this.
        """
        row = self._connection.execute(
            _FIND_BY_ID,
            (to_column(ticket_id), event_id),
        ).fetchone()
        if row is None:
            return None
        return TicketRow(ticket_id, _DECODER.decode(row[0]), row[1], SeatId(row[2] or ""))

    def find_manual(self, event_id: EventId, code: int) -> TicketRow | None:
        """Return the event's changed ticket whose manual code is this one now, or None."""
        row = self._connection.execute(
            _FIND_BY_CODE,
            (code, event_id),
        ).fetchone()
        if row is None:
            return None
        ticket_id = TicketId(from_column(row[0]))
        return TicketRow(ticket_id, _DECODER.decode(row[1]), code, SeatId(row[2] or ""))

    def epoch_of(self, event_id: EventId, ticket_id: TicketId) -> int | None:
        """Return the ledger epoch whose feed told a ticket's newest facts; None of no change."""
        row = self._connection.execute(
            "SELECT epoch FROM ticket_change WHERE ticket_id=? AND event_id=?",
            (to_column(ticket_id), event_id),
        ).fetchone()
        return None if row is None else int(row[0])

    def has_imported(self, event_id: EventId) -> bool:
        """Tell whether any changed ticket of the event was imported with a foreign code."""
        rows = self._connection.execute(
            "SELECT DISTINCT facts FROM ticket_change WHERE event_id=?", (event_id,)
        )
        return any(_DECODER.decode(facts).is_imported for (facts,) in rows)

    def put(self, row: TicketRow, event_id: EventId, epoch: int, sequence: int | None) -> None:
        """Keep a ticket's newest facts.

        Args:
            row: The ticket.
            event_id: Its event.
            epoch: Ledger epoch of the sequence.
            sequence: Of the feed item, or None for a sale of this till's that the feed has not
                brought back yet.
        """
        self._connection.execute(
            "INSERT OR REPLACE INTO ticket_change"
            " (ticket_id, event_id, epoch, sequence, facts, manual_code) VALUES (?,?,?,?,?,?)",
            (
                to_column(row.ticket_id),
                event_id,
                epoch,
                sequence,
                _ENCODER.encode(row.facts),
                row.manual_code,
            ),
        )
        self._connection.execute(
            "DELETE FROM changed_seat WHERE ticket_id=?", (to_column(row.ticket_id),)
        )
        if row.seat_id:
            self._connection.execute(
                "INSERT INTO changed_seat VALUES (?,?)", (to_column(row.ticket_id), row.seat_id)
            )

    def drop_included(self, event_id: EventId, epoch: int, cursor: int) -> None:
        """Drop what a manifest of this epoch and cursor includes, and all of earlier epochs.

        Sales of this till's that the feed has not brought back stay.
        """
        self._connection.execute(
            "DELETE FROM ticket_change WHERE event_id=? AND sequence IS NOT NULL"
            " AND (epoch<? OR epoch=? AND sequence<=?)",
            (event_id, epoch, epoch, cursor),
        )
        self._connection.execute(_FORGET_SEATS)

    def drop_all(self, event_id: EventId) -> None:
        """Drop everything of an event."""
        self._connection.execute("DELETE FROM ticket_change WHERE event_id=?", (event_id,))
        self._connection.execute(_FORGET_SEATS)

    def count(self, event_id: EventId) -> int:
        """Return how many tickets of the event are newer than the manifest."""
        ((count,),) = fetch_rows(
            self._connection, "SELECT count(*) FROM ticket_change WHERE event_id=?", (event_id,)
        )
        return int(count)

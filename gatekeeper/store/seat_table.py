"""The reserved seats of a manifest at rest: what each is called, and which ticket has which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import apsw

from gatekeeper.store.kept_table import fetch_rows
from gatekeeper.store.stored_ids import to_column
from shared.kernel.errors import Malformed, StoreFault
from shared.kernel.id_types import SeatId, TicketId
from shared.manifest.header import ChunkRef, ManifestHeader
from shared.manifest.seats import read_ticket_seats
from shared.seating.packed_map import unpack_map
from shared.seating.seat_map import SeatMap, SeatName, spell_name

_HAS_TABLE: Final = "SELECT 1 FROM sqlite_master WHERE name='seat_map'"


def load_seats(
    connection: apsw.Connection, header: ManifestHeader, read_chunk: Callable[[ChunkRef], bytes]
) -> None:
    """Load a manifest's seats into its file.

    Raises:
        Malformed: if a chunk does not hold what the header says.
    """
    if not header.seat_chunks:
        return
    first, *others = header.seat_chunks
    packed = read_chunk(first)
    seats = unpack_map(packed).seats
    if len(seats) != first.count:
        raise Malformed("the manifest's seat map holds another number of seats than it says")
    connection.execute("INSERT INTO seat_map VALUES (?)", (packed,))
    connection.executemany(
        "INSERT INTO seat VALUES (?,?,?,?,?)",
        [
            (place, seat.id, seat.section, seat.row, seat.number)
            for place, seat in enumerate(seats)
        ],
    )
    for ref in others:
        rows = read_ticket_seats(ref, read_chunk(ref), len(seats))
        connection.executemany(
            "INSERT OR IGNORE INTO seat_ticket VALUES (?,?)",
            [(to_column(ticket_id), place) for ticket_id, place in rows],
        )


class SeatTable:
    """Look-ups in a manifest's seats.

    Attributes:
        has_seats: Whether the event has reserved seats.
    """

    def __init__(self, connection: apsw.Connection, note_damage: Callable[[], StoreFault]) -> None:
        """Use the manifest's connection; files of before have no such tables.

        Args:
            connection: The manifest's.
            note_damage: Has the manifest fetched again with the next sync.
        """
        self._connection, self._note_damage = connection, note_damage
        self.has_seats = bool(fetch_rows(connection, _HAS_TABLE)) and bool(
            fetch_rows(connection, "SELECT 1 FROM seat_map")
        )

    def find_seat(self, ticket_id: TicketId) -> SeatId:
        """Return the seat of a ticket as the manifest has it, or ""."""
        sql = "SELECT id FROM seat_ticket JOIN seat USING (place) WHERE ticket=?"
        row = self._look(sql, to_column(ticket_id))
        return SeatId("" if row is None else row[0])

    def name_seat(self, seat_id: SeatId) -> SeatName | None:
        """Return what a seat is called; None for none of this event."""
        sql = "SELECT section, seat_row, number FROM seat WHERE id=?"
        row = self._look(sql, seat_id) if seat_id else None
        return None if row is None else SeatName(*row)

    def _look(self, sql: str, key: int | str) -> tuple[Any, ...] | None:
        """Return a row; None also where it is damaged: neither verdict nor paper waits for it."""
        if not self.has_seats:
            return None
        try:
            row: tuple[Any, ...] | None = self._connection.execute(sql, (key,)).fetchone()
        except (apsw.Error, ValueError):
            self._note_damage()
            return None
        return row

    def spell_seat(self, seat_id: SeatId) -> str:
        """Say what a seat is called: by its id where it is none of this event, "" for no seat."""
        named = self.name_seat(seat_id)
        return seat_id if named is None else spell_name(named)

    def read_map(self) -> SeatMap | None:
        """Return the whole map; None without reserved seats.

        Raises:
            StoreFault: if it is damaged.
        """
        if not self.has_seats:
            return None
        try:
            ((packed,),) = fetch_rows(self._connection, "SELECT packed FROM seat_map")
            return unpack_map(packed)
        except (apsw.Error, ValueError, Malformed) as fault:
            raise self._note_damage() from fault

"""Reserved seats that a till alone may sell, and what became of each.

A seat is sold or given back here before the server hears of it, so a grant may still name it: it
stays spent until a newer grant of the same ledger has left it out once. Only then a grant that
names it again means it anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from gatekeeper.store.kept_table import KeptTable, fetch_rows
from shared.kernel.id_types import EventId, SeatId

OWN: Final = "own"
HELD: Final = "held"
"""By an open sale."""
SOLD: Final = "sold"
BACK: Final = "back"
"""Given back, and the grant still names it."""
GONE: Final = "gone"
"""Sold or given back, and the grant of its epoch has left it out."""


class TillSeats(KeptTable):
    """The till's table; writes belong inside a transaction of the store."""

    def list_own(self, event_id: EventId) -> list[SeatId]:
        """Return the seats that may be sold now, in order of id."""
        rows = self._connection.execute(
            "SELECT seat_id FROM till_seat WHERE event_id=? AND state=? ORDER BY seat_id",
            (event_id, OWN),
        )
        return [SeatId(one) for (one,) in rows]

    def find_states(self, event_id: EventId, seats: Sequence[SeatId]) -> dict[SeatId, str]:
        """Return what became of seats; what this till was never granted is left out."""
        marks = ",".join("?" * len(seats))
        rows = self._connection.execute(
            f"SELECT seat_id, state FROM till_seat WHERE event_id=? AND seat_id IN ({marks})",  # noqa: S608 - marks alone
            (event_id, *seats),
        )
        return {SeatId(seat_id): str(state) for seat_id, state in rows}

    def put(self, event_id: EventId, epoch: int, seats: Collection[SeatId]) -> None:
        """Keep what a grant says that is newer than the one before."""
        listed = frozenset(seats)
        sql = "SELECT seat_id, state, epoch FROM till_seat WHERE event_id=?"
        rows = fetch_rows(self._connection, sql, (event_id,))
        known = {SeatId(row[0]): (str(row[1]), int(row[2])) for row in rows}
        for seat_id in listed:
            state, since = known.get(seat_id, (GONE, epoch))
            if state == GONE and since == epoch:
                self._write(event_id, seat_id, OWN, "", epoch)
        for seat_id, (state, _) in known.items():
            if seat_id in listed:
                continue
            if state == OWN:
                self._connection.execute(
                    "DELETE FROM till_seat WHERE event_id=? AND seat_id=?", (event_id, seat_id)
                )
            elif state != HELD:
                self._write(event_id, seat_id, GONE, "", epoch)

    def hold(self, event_id: EventId, seats: Sequence[SeatId], sale_id: str) -> None:
        """Keep seats for an open sale."""
        self._set(event_id, seats, HELD, sale_id)

    def sell(self, event_id: EventId, seats: Sequence[SeatId]) -> None:
        """Note that seats are sold, inside the transaction of their sale."""
        self._set(event_id, seats, SOLD, "")

    def give_back(self, event_id: EventId, seats: Sequence[SeatId]) -> None:
        """Note that seats go back, inside the transaction of the entry that says so."""
        self._set(event_id, seats, BACK, "")

    def _set(self, event_id: EventId, seats: Sequence[SeatId], state: str, sale_id: str) -> None:
        for seat_id in seats:
            self._connection.execute(
                "UPDATE till_seat SET state=?, sale_id=? WHERE event_id=? AND seat_id=?",
                (state, sale_id, event_id, seat_id),
            )

    def _write(
        self, event_id: EventId, seat_id: SeatId, state: str, sale_id: str, epoch: int
    ) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO till_seat VALUES (?,?,?,?,?)",
            (event_id, seat_id, state, sale_id, epoch),
        )

"""Sales of a till that are not finished: their tickets are held, whatever dies in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gatekeeper.store.kept_table import KeptTable
from shared.kernel.id_types import EventId

ON_COUNTER: Final = "counter"
"""The id under which the basket is kept of which a part is paid."""
_NONE: Final[Mapping[str, int]] = {}


class OpenSales(KeptTable):
    """The tables of open and parked sales; writes belong inside a transaction of the store."""

    def put(
        self,
        sale_id: str,
        event_id: EventId,
        record: bytes,
        held: Mapping[int, int],
        uses: Mapping[str, int] = _NONE,
    ) -> None:
        """Keep an open sale, or what became of it.

        Args:
            sale_id: Of the sale that it will be.
            event_id: Whose stock it holds.
            record: What its owner wants back.
            held: How many tickets of each type, by code.
            uses: How much of each counted price, by id.
        """
        self._connection.execute(
            "INSERT INTO open_sale VALUES (?, ?, ?)"
            " ON CONFLICT (sale_id) DO UPDATE SET record=excluded.record",
            (sale_id, event_id, record),
        )
        for code, count in held.items():
            self._connection.execute(
                "INSERT OR REPLACE INTO held_stock VALUES (?, ?, ?, ?)",
                (sale_id, event_id, code, count),
            )

        for price_id, count in uses.items():
            self._connection.execute(
                "INSERT OR REPLACE INTO held_price VALUES (?, ?, ?, ?)",
                (sale_id, event_id, price_id, count),
            )

    def remove(self, sale_id: str) -> None:
        """Forget an open sale, and hold nothing for it any more."""
        self._connection.execute("DELETE FROM open_sale WHERE sale_id=?", (sale_id,))
        self._connection.execute("DELETE FROM held_stock WHERE sale_id=?", (sale_id,))
        self._connection.execute(
            "UPDATE till_seat SET state='own', sale_id='' WHERE sale_id=? AND state='held'",
            (sale_id,),
        )
        self._connection.execute("DELETE FROM held_price WHERE sale_id=?", (sale_id,))

    def get(self, sale_id: str) -> bytes | None:
        """Return an open sale's record."""
        row = self._connection.execute(
            "SELECT record FROM open_sale WHERE sale_id=?", (sale_id,)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def list_all(self) -> list[bytes]:
        """Return the records of all open sales, of every event."""
        rows = self._connection.execute("SELECT record FROM open_sale ORDER BY rowid")
        return [bytes(record) for (record,) in rows]

    def list_ids(self) -> list[str]:
        """Name the sales that are open, of every event, the oldest first."""
        rows = self._connection.execute("SELECT sale_id FROM open_sale ORDER BY rowid")
        return [str(sale_id) for (sale_id,) in rows]

    def held(self, event_id: EventId, ticket_type_code: int) -> int:
        """Return how many tickets of a type open sales hold."""
        row = self._connection.execute(
            "SELECT coalesce(sum(count), 0) FROM held_stock"
            " WHERE event_id=? AND ticket_type_code=?",
            (event_id, ticket_type_code),
        ).fetchone()
        return 0 if row is None else int(row[0])

    def held_prices(self, event_id: EventId) -> dict[str, int]:
        """Return how much of each counted price open sales hold, by id."""
        rows = self._connection.execute(
            "SELECT id, sum(count) FROM held_price WHERE event_id=? GROUP BY id", (event_id,)
        )
        return {str(price_id): int(count) for price_id, count in rows}

    def park(self, parked_id: str, event_id: EventId, record: bytes) -> None:
        """Put a basket aside; it holds nothing."""
        self._connection.execute(
            "INSERT INTO parked_sale VALUES (?, ?, ?)", (parked_id, event_id, record)
        )

    def list_parked(self, event_id: EventId) -> list[tuple[str, bytes]]:
        """Return what was put aside for an event, the oldest first."""
        rows = self._connection.execute(
            "SELECT parked_id, record FROM parked_sale WHERE event_id=? ORDER BY rowid",
            (event_id,),
        )
        return [(str(name), bytes(record)) for name, record in rows]

    def unpark(self, parked_id: str) -> bytes | None:
        """Take a basket up again; None if none is parked under that id."""
        row = self._connection.execute(
            "DELETE FROM parked_sale WHERE parked_id=? RETURNING record", (parked_id,)
        ).fetchone()
        return None if row is None else bytes(row[0])

"""Tickets that this device has given up as their home, by its own signed surrender."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.store.kept_table import KeptTable, fetch_rows
from gatekeeper.store.stored_ids import to_column
from shared.kernel.id_types import EventId, TicketId


class HomeSurrenders(KeptTable):
    """The tables of surrenders; writes belong inside a transaction of the store."""

    def give_up(self, event_id: EventId, number: int, ticket_ids: Sequence[TicketId] = ()) -> None:
        """Note that assignments up to a number are given up; of no ticket named, all."""
        if not ticket_ids:
            self._connection.execute(
                "INSERT INTO surrendered_event VALUES (?, ?) ON CONFLICT (event_id)"
                " DO UPDATE SET number=max(number, excluded.number)",
                (event_id, number),
            )
        for ticket_id in ticket_ids:
            self._connection.execute(
                "INSERT INTO surrendered_ticket VALUES (?, ?, ?) ON CONFLICT"
                " (event_id, ticket_id) DO UPDATE SET number=max(number, excluded.number)",
                (event_id, to_column(ticket_id), number),
            )

    def given_up(self, event_id: EventId, ticket_id: TicketId | None = None) -> int:
        """Return the highest number given up of a ticket, or of all; -1 for none."""
        ((every,),) = fetch_rows(
            self._connection,
            "SELECT ifnull(max(number), -1) FROM surrendered_event WHERE event_id=?",
            (event_id,),
        )
        if ticket_id is None:
            return int(every)
        ((own,),) = fetch_rows(
            self._connection,
            "SELECT ifnull(max(number), -1) FROM surrendered_ticket"
            " WHERE event_id=? AND ticket_id=?",
            (event_id, to_column(ticket_id)),
        )
        return max(int(every), int(own))

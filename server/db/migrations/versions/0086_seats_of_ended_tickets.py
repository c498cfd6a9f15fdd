"""Free the seats of tickets that connected tills took back, and find tickets by their seats."""

from __future__ import annotations

from alembic import op

from server.db.migrations.index_helpers import index_where

revision = "0086"
down_revision = "0085"

_OF_SEAT = "event_id = event_seat.event_id AND {0}.ticket_id = event_seat.ticket_id"
# A till that has not said yet what came of its grant may give the ticket back to its guest.
_WAITS = "source = 'claim' AND NOT is_confirmed AND NOT is_annulled"
_NEXT = "(SELECT seq + 1 FROM seat_counter c WHERE c.event_id = event_seat.event_id)"


def upgrade() -> None:
    index_where(
        "seat_id IS NOT NULL", "ix_ticket_event_id_seat_id", "ticket", ["event_id", "seat_id"]
    )
    of_ticket, of_grant = _OF_SEAT.format("t"), _OF_SEAT.format("w")
    op.execute(
        f"UPDATE event_seat SET state = 'free', holder = '', ticket_id = NULL, seq = {_NEXT}"  # noqa: S608 - our words
        " WHERE state = 'sold'"
        f" AND EXISTS (SELECT 1 FROM ticket t WHERE t.{of_ticket} AND t.state = 'cancelled')"
        f" AND NOT EXISTS (SELECT 1 FROM ticket_withdrawal w WHERE w.{of_grant} AND {_WAITS})"
    )
    op.execute(
        "UPDATE seat_counter SET seq = seq + 1 WHERE EXISTS (SELECT 1 FROM event_seat s"
        " WHERE s.event_id = seat_counter.event_id AND s.seq = seat_counter.seq + 1)"
    )

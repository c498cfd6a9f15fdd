"""Tables of an event's seats."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import TicketIdColumn
from server.db.model import Model, index_where
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import EventId, SeatId, TicketId
from shared.kernel.instant import Instant


class EventSeating(Scoped, Model):
    """The map that an event has: a copy, which changes of the venue's own do not reach.

    Attributes:
        packed_map: As `shared.seating.packed_map` has it.
        seat_count: How many seats are in it.
    """

    __table_args__ = (refers("event_id", to="event"),)

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    packed_map: Mapped[bytes] = mapped_column(LargeBinary)
    seat_count: Mapped[int]
    created_at: Mapped[Instant]


class SeatCounter(Scoped, Model):
    """Numbers the changes of an event's seats, without gaps; the last lock but the feed's.

    Attributes:
        map_number: Which of `EventSeat`'s rows are the event's; all others are nobody's.
        map_seq: The number of the change that put them in their place.
        last_map: The highest number that was given out for a map.
        unswept_since: Since when there may be rows that are nobody's; None where there are none.
    """

    __table_args__ = (refers("event_id", to="event"),)

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    seq: Mapped[int]
    map_number: Mapped[int] = mapped_column(server_default="0")
    map_seq: Mapped[int] = mapped_column(server_default="0")
    last_map: Mapped[int] = mapped_column(server_default="0")
    unswept_since: Mapped[Instant | None]


class EventSeat(Scoped, Model):
    """One seat of an event, and who has it.

    Attributes:
        map_number: The map that it is of: the event's own by `SeatCounter`, else nobody's.
        place: Its number in the event's map, from 0.
        state: `free`, `held`, `granted` (to a till), `sold` or `killed`.
        holder: The order, the hold or the till that has it; "" for a free or killed one.
        ticket_id: Whose it is; None without a ticket.
        seq: The counter's number of its last change; 0 since its map was put in place.
    """

    __table_args__ = (
        refers("event_id", to="event"),
        Index(None, "event_id", "seq"),
        index_where("holder <> ''", "event_id", "holder"),
        CheckConstraint("state IN ('free', 'held', 'granted', 'sold', 'killed')", name="state"),
        CheckConstraint("(state IN ('free', 'killed')) = (holder = '')", name="holder"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    map_number: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, server_default="0"
    )
    seat_id: Mapped[SeatId] = mapped_column(primary_key=True)
    place: Mapped[int]
    state: Mapped[str]
    holder: Mapped[str]
    ticket_id: Mapped[TicketId | None] = mapped_column(TicketIdColumn)
    seq: Mapped[int]

"""How changes of tickets reach the gates: each with its home, in the event's feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.unit import Unit
from server.feed.appending import append_items
from server.homes.first_homes import give_homes
from server.ticketing.finding_and_changing_tickets import Ticket, TicketType, stamp_sequence
from shared.kernel.id_types import EventId, TicketTypeId
from shared.manifest.tickets import TicketRow

Listener = Callable[[EventId], None]
"""Called with an event's id after a commit that appended to its feed."""


class LedgerFeed:
    """The feed that the other rooms announce changes of tickets to (`ChangeFeed`).

    Attributes:
        listener: Whom to tell after a commit; set by the push hub.
    """

    def __init__(self) -> None:
        self.listener: Listener | None = None

    async def append(
        self, session: AsyncSession, event_id: EventId, changes: Sequence[TicketRow]
    ) -> None:
        """See `ChangeFeed.append`."""
        last = await append_items(session, event_id, changes)
        if last is not None:
            await stamp_sequence(session, event_id, [row.ticket_id for row in changes], last)
            self.tell_after_commit(session, event_id)

    async def give_homes(
        self, unit: Unit, kinds: Mapping[TicketTypeId, TicketType], rows: Sequence[Ticket]
    ) -> None:
        """See `ChangeFeed.give_homes`."""
        await give_homes(unit, kinds, rows)

    def tell_after_commit(self, session: AsyncSession, event_id: EventId) -> None:
        """Tell the listener once the transaction has committed."""
        listener = self.listener
        if listener is None:
            return

        @event.listens_for(session.sync_session, "after_commit", once=True)
        def _tell(_session: Any) -> None:
            listener(event_id)

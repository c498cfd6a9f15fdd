"""Who is given which ticket, taken down beside the ledger: a second account of homes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from server.feed.appending import read_feed_state
from server.homes.telling_gates_of_tickets import LedgerFeed
from shared.kernel.id_types import EventId
from shared.manifest.tickets import TicketRow
from simulator.history import HomeGiven


class RecordingFeed(LedgerFeed):
    """The feed, with somebody beside it who takes down who is given which ticket."""

    def __init__(self, note: Callable[[HomeGiven], None]) -> None:
        """Tell `note` of every ticket's row, once it is committed."""
        super().__init__()
        self._note = note

    async def append(
        self, session: AsyncSession, event_id: EventId, changes: Sequence[TicketRow]
    ) -> None:
        """See `ChangeFeed.append`."""
        await super().append(session, event_id, changes)
        state = await read_feed_state(session, event_id)
        is_told = state is not None and state.manifest_sequence > 0
        first = state.seq - len(changes) + 1 if state is not None and is_told else 0
        given = [
            HomeGiven(
                first + place if is_told else 0,
                change.ticket_id,
                change.facts.home_device_id,
                change.facts.home_number,
            )
            for place, change in enumerate(changes)
        ]
        after_commit(session, lambda: [self._note(one) for one in given])


def after_commit(session: AsyncSession, tell: Callable[[], object]) -> None:
    """Do something once a session's transaction has committed."""

    @event.listens_for(session.sync_session, "after_commit", once=True)
    def _tell(_session: object) -> None:
        tell()

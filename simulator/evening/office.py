"""The organizer's desk: cancels and reissues tickets while doors are open, by real services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy import select

from server.db.ledger_state import read_ledger
from server.db.unit import Unit
from server.feed.appending import read_feed_state
from server.ledger.lookups import LedgerLookups
from server.problem_answers import Problem
from server.ticketing import reissues
from server.ticketing.finding_and_changing_tickets import Ticket, lock_tickets, set_state
from shared.admission.facts import TicketState
from shared.kernel.id_types import TicketId
from simulator.history import OfficeAct
from simulator.world import World


class Office:
    """Changes tickets, and records what was committed.

    Attributes:
        foreign_codes: Genuine tickets of another organization's event.
    """

    def __init__(self, world: World, foreign_codes: list[str]) -> None:
        self._world = world
        self.foreign_codes = foreign_codes

    async def void(self, ticket_id: TicketId) -> bool:
        """Cancel a ticket; False if the server is away or it is cancelled already."""

        async def change(unit: Unit) -> bool:
            event_id = self._world.venue.event_id
            rows = await lock_tickets(unit, event_id, [ticket_id])
            if rows[0].state == TicketState.CANCELLED:
                return False
            feed = self._world.server.feed
            await set_state(unit, feed, event_id, rows, TicketState.CANCELLED)
            return True

        return await self._act("void", ticket_id, change)

    async def reissue(self, ticket_id: TicketId, replaced: int | None = None) -> bool:
        """Raise a ticket's generation; False if the server is away, or refuses.

        Args:
            ticket_id: Whose.
            replaced: The generation that is meant; None for whichever it has.
        """

        async def change(unit: Unit) -> bool:
            world = self._world
            try:
                await reissues.reissue_ticket(
                    unit,
                    world.server.feed,
                    LedgerLookups(),
                    world.venue.event_id,
                    ticket_id,
                    actor="office",
                    even_if_used=True,
                    superseded=replaced,
                )
            except Problem:
                return False
            return True

        return await self._act("reissue", ticket_id, change, replaced)

    async def _act(
        self,
        kind: str,
        ticket_id: TicketId,
        change: Callable[[Unit], Awaitable[bool]],
        replaced: int | None = None,
    ) -> bool:
        """Do something at the server as one of its own steps; it may stop meanwhile."""
        server, stage = self._world.server, self._world.stage
        if not server.is_up:
            return False
        committed: list[OfficeAct] = []

        async def work() -> None:
            event_id = self._world.venue.event_id
            async with server.context.write(self._world.venue.organization_id) as unit:
                if not await change(unit):
                    return
                query = select(Ticket.generation).where(
                    Ticket.event_id == event_id, Ticket.ticket_id == ticket_id
                )
                generation = (await unit.session.execute(query)).scalar_one()
                feed = await read_feed_state(unit.session, event_id)
                assert feed is not None
                epoch = (await read_ledger(unit.session)).epoch
                act = OfficeAct(
                    kind=kind,
                    ticket_id=ticket_id,
                    generation=generation,
                    epoch=epoch,
                    sequence=feed.seq,
                    at=stage.now(),
                    restores=self._world.history.restores,
                    replaced=replaced,
                )
            committed.append(act)

        is_done, _ = await stage.loop.outcome(server.process, work())
        if not is_done or not committed:
            return False
        self._world.history.acts.append(committed[0])
        stage.trace.note("office", f"{kind} {ticket_id:016x} at {committed[0].sequence}")
        return True

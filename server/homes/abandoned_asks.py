"""Giving homes back what they gave for claims that nobody came for: a stop was in between.

A claim is answered by whoever waits with it. If the worker stops after the home has given and
before the claim is decided, and nobody retries, the entry would be lost to its ticket.
"""

from __future__ import annotations

from typing import Final

from server.db.column_types import TICKET_ID_OFFSET
from server.db.hot_path_connections import Driver
from server.db.hot_path_statements import statement
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.feed.push_hub import Poke
from server.feed.rows import append_feed, read_status, take_numbers
from server.homes.rows import ENDED, GIVEN, read_asks, write_asks
from server.ledger.rows import lock_tickets, read_uses
from shared.kernel.id_types import ClaimId, EventId, OrganizationId, TicketId
from shared.kernel.instant import MINUTE, Duration, Instant
from shared.wire.feed import Annul

HOME_ASK_KEPT: Final[Duration] = 2 * MINUTE
"""How long what a home has given is kept for a gate that never fetched the answer; then it goes
back."""

_OLD: Final = statement(
    "SELECT a.organization_id, a.event_id, a.claim_id, a.ticket_id FROM home_ask a"
    " WHERE a.state = 'given' AND a.seq > 0 AND a.asked_at < $1 AND NOT EXISTS"
    " (SELECT 1 FROM ticket_use u WHERE u.event_id = a.event_id AND u.claim_id = a.claim_id)"
)


class AbandonedAsks:
    """Looks for them now and then."""

    def __init__(self, driver: Driver, poke: Poke) -> None:
        self._driver = driver
        self._poke = poke

    async def work(self, context: Context) -> None:
        """Give back what has waited long enough."""
        now = context.clock.wall()
        async with self._driver.read(SYSTEM) as transaction:
            rows = await transaction.fetch(_OLD, now - HOME_ASK_KEPT)
        for org, event_id, claim_id, signed in rows:
            await self._give_back(org, event_id, claim_id, signed + TICKET_ID_OFFSET, now)

    async def _give_back(
        self,
        org: OrganizationId,
        event_id: EventId,
        claim_id: ClaimId,
        ticket_id: TicketId,
        now: Instant,
    ) -> None:
        async with self._driver.write(org) as transaction:
            # Whoever decides the claim has the ticket locked, or where it has no row the counter.
            if not await lock_tickets(transaction, org, event_id, [ticket_id], {}):
                await take_numbers(transaction, org, event_id, 0)
            ask = (await read_asks(transaction, org, event_id, [claim_id])).get(claim_id)
            uses = await read_uses(transaction, org, event_id, (), [claim_id])
            status = await read_status(transaction, org, event_id, ())
            if ask is None or ask.state != GIVEN or uses or status is None:
                return
            head = await take_numbers(transaction, org, event_id, 1)
            annul = Annul(claim_id, ticket_id, now, ask.device_id, "nobody_came")
            await append_feed(transaction, org, event_id, head, [annul])
            ask.state, ask.reason = ENDED, "nobody_came"
            await write_asks(transaction, org, event_id, [ask])
        self._poke(event_id, status.epoch, head)

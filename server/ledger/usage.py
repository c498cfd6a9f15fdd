"""Which tickets were used, for domains that show tickets."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.unit import Unit
from server.ledger.models import TicketUse


class LedgerUsage:
    """Looks uses up in the ledger (`server.ticketing.ports.UsageLookup`)."""

    async def used(
        self, session: AsyncSession, event_id: str, ticket_ids: Sequence[int]
    ) -> frozenset[int]:
        """Return those of `ticket_ids` with at least one accepted entry."""
        query = (
            select(TicketUse.ticket_id)
            .where(
                TicketUse.event_id == event_id,
                TicketUse.ticket_id.in_(ticket_ids),
                TicketUse.direction == "in",
                TicketUse.is_annulled.is_(False),
            )
            .distinct()
        )
        return frozenset((await session.execute(query)).scalars().all())


async def is_place_used(
    unit: Unit, event_id: str, *, zone_id: str | None = None, gate_id: str | None = None
) -> bool:
    """Tell whether a passage that counts is on record for a zone, or for a gate."""
    query = select(TicketUse.claim_id).where(
        TicketUse.event_id == event_id, TicketUse.is_annulled.is_(False)
    )
    if zone_id is not None:
        query = query.where(TicketUse.zone_id == zone_id)
    if gate_id is not None:
        query = query.where(TicketUse.gate_id == gate_id)
    return (await unit.session.execute(query.limit(1))).first() is not None

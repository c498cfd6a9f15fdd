"""Reading a feed on, for whoever tells others of it: which have grown, and what is new in them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.unit import Unit
from server.feed.models import EventFeed, FeedRow
from shared.kernel.id_types import EventId, OrganizationId
from shared.wire.feed import FeedItem


async def list_heads(
    session: AsyncSession, organizations: Select[tuple[OrganizationId]]
) -> list[tuple[OrganizationId, EventId, int]]:
    """Return organization, event and newest number of each feed; in the system's scope.

    Args:
        session: A reading one.
        organizations: Selects whose; there may be more than a statement takes values.
    """
    query = select(EventFeed.organization_id, EventFeed.event_id, EventFeed.seq).where(
        EventFeed.organization_id.in_(organizations)
    )
    return [(row[0], row[1], row[2]) for row in (await session.execute(query)).all()]


async def read_head(unit: Unit, event_id: EventId) -> int:
    """Return a feed's newest number; 0 before its first."""
    query = select(EventFeed.seq).where(EventFeed.event_id == event_id)
    return (await unit.session.execute(query)).scalar() or 0


async def read_on(unit: Unit, event_id: EventId, after: int, *, limit: int) -> Sequence[FeedItem]:
    """Return a feed's items after a number, in their order, at most so many."""
    query = (
        select(FeedRow.seq, FeedRow.kind, FeedRow.body)
        .where(FeedRow.event_id == event_id, FeedRow.seq > after)
        .order_by(FeedRow.seq)
        .limit(limit)
    )
    return [FeedItem(*row) for row in (await unit.session.execute(query)).all()]

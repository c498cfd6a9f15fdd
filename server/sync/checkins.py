"""Check-ins as people see them: the accepted passages, and how many came in."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import func, select

from server.db.unit import Unit
from server.sync.models import TicketUse

__all__ = ["TicketUse"]


class PassageCount(msgspec.Struct, frozen=True):
    """Persons and passages of one direction through one gate."""

    zone_id: str
    gate_id: str
    direction: str
    passages: int
    persons: int


async def list_uses(
    unit: Unit,
    event_id: str,
    *,
    limit: int,
    before: int | None = None,
    ticket_id: int | None = None,
) -> Sequence[TicketUse]:
    """Return up to `limit + 1` passages, the latest in the feed first."""
    query = select(TicketUse).where(TicketUse.event_id == event_id)
    if before is not None:
        query = query.where(TicketUse.seq < before)
    if ticket_id is not None:
        query = query.where(TicketUse.ticket_id == ticket_id)
    query = query.order_by(TicketUse.seq.desc()).limit(limit + 1)
    return (await unit.session.execute(query)).scalars().all()


async def count_uses(unit: Unit, event_id: str) -> list[PassageCount]:
    """Count an event's passages by gate and direction, annulled ones left out."""
    query = (
        select(
            TicketUse.zone_id,
            TicketUse.gate_id,
            TicketUse.direction,
            func.count(),
            func.sum(TicketUse.count),
        )
        .where(TicketUse.event_id == event_id, TicketUse.is_annulled.is_(False))
        .group_by(TicketUse.zone_id, TicketUse.gate_id, TicketUse.direction)
        .order_by(TicketUse.zone_id, TicketUse.gate_id, TicketUse.direction)
    )
    rows = (await unit.session.execute(query)).all()
    return [PassageCount(row[0], row[1], row[2], row[3], int(row[4])) for row in rows]

"""Check-ins as people see them: the accepted passages, and how many came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from server.db.driver import Driver
from server.db.unit import Unit
from server.ledger.models import ClaimMark, TicketUse
from server.ledger.schemas import GateCount, ZoneCount
from server.ledger.shares import read_shares
from server.ledger.statements import COUNT_INSIDE
from shared.kernel.id_types import EventId, OccurrenceId, OrganizationId, TicketId
from shared.manifest.event_config import ZoneConfig

__all__ = ["ClaimMark", "TicketUse"]


async def count_inside(
    driver: Driver, organization_id: OrganizationId, event_id: EventId, zones: Iterable[ZoneConfig]
) -> list[ZoneCount]:
    """Count who is inside each zone of an event, with what bounds that."""
    async with driver.read(organization_id) as transaction:
        rows = await transaction.fetch(COUNT_INSIDE, event_id, organization_id)
        found = {row[0]: (int(row[1]), int(row[2])) for row in rows}
        limited = [zone.id for zone in zones if zone.capacity is not None]
        shares = await read_shares(transaction, organization_id, event_id, limited)
    unheard = {zone_id: sum(one.left for one in held.values()) for zone_id, held in shares.items()}
    return [
        ZoneCount(
            zone_id,
            inside,
            sure,
            inside + unheard[zone_id] if zone_id in unheard else None,
        )
        for zone_id, (inside, sure) in sorted(found.items())
    ]


async def list_uses(
    unit: Unit,
    event_id: EventId,
    *,
    limit: int,
    before: int | None = None,
    ticket_id: TicketId | None = None,
    occurrence_id: OccurrenceId | None = None,
) -> Sequence[TicketUse]:
    """Return up to `limit + 1` passages, the latest in the feed first."""
    query = select(TicketUse).where(TicketUse.event_id == event_id)
    if before is not None:
        query = query.where(TicketUse.seq < before)
    if ticket_id is not None:
        query = query.where(TicketUse.ticket_id == ticket_id)
    if occurrence_id is not None:
        query = query.where(TicketUse.occurrence_id == occurrence_id)
    query = query.order_by(TicketUse.seq.desc()).limit(limit + 1)
    return await unit.all(query)


async def count_uses(unit: Unit, event_id: EventId) -> list[GateCount]:
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
    return [GateCount(row[0], row[1], row[2], row[3], int(row[4])) for row in rows]

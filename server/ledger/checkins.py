"""Check-ins as people see them: the accepted passages, and how many came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from server.db.hot_path_connections import Driver
from server.db.unit import Unit
from server.ledger.models import ClaimMark, TicketUse
from server.ledger.schemas import GateCount, ZoneCount
from server.ledger.zone_shares_of_devices import read_shares
from server.tallies.rows import read_totals
from server.tallies.what_is_counted import Stat
from shared.kernel.id_types import (
    EventId,
    GateId,
    OccurrenceId,
    OrganizationId,
    TicketId,
    ZoneId,
)
from shared.manifest.event_config import ZoneConfig

__all__ = ["ClaimMark", "TicketUse"]


async def count_passages(
    driver: Driver, organization_id: OrganizationId, event_id: EventId, zones: Iterable[ZoneConfig]
) -> tuple[list[GateCount], list[ZoneCount]]:
    """Count an event's passages by gate, and who is inside each zone, with what bounds that.

    Both of one snapshot, from the running counts; annulled passages are not among them.
    """
    async with driver.read(organization_id) as transaction:
        stats = (Stat.IN, Stat.OUT, Stat.INSIDE)
        counts = await read_totals(transaction, organization_id, event_id, stats)
        limited = [zone.id for zone in zones if zone.capacity is not None]
        shares = await read_shares(transaction, organization_id, event_id, limited)
    passed: dict[tuple[str, str, str], tuple[int, int]] = {}
    inside: dict[str, tuple[int, int]] = {}
    for one in counts:
        if one.stat == Stat.INSIDE:
            inside[one.scope] = (one.count, one.amount)
            continue
        key = (one.scope, one.place, one.stat)
        passages, persons = passed.get(key, (0, 0))
        passed[key] = (passages + one.count, persons + one.amount)
        inside.setdefault(one.scope, (0, 0))
    unheard = {zone_id: sum(one.left for one in held.values()) for zone_id, held in shares.items()}
    return (
        [
            GateCount(ZoneId(zone), GateId(gate), way, *numbers)
            for (zone, gate, way), numbers in sorted(passed.items())
        ],
        [
            ZoneCount(ZoneId(zone), seen, sure, seen + unheard[zone] if zone in unheard else None)
            for zone, (seen, sure) in sorted(inside.items())
        ],
    )


async def list_uses(
    unit: Unit,
    event_id: EventId,
    *,
    limit: int,
    before: int | None,
    ticket_id: TicketId | None,
    occurrence_id: OccurrenceId | None,
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

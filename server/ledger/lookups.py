"""Looks up what became of tickets and places, for the rooms below that show and change them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.unit import Unit
from server.devices.finding_devices import count_at_gate
from server.devices.home_places import read_gates_of
from server.feed.appending import hold_feed
from server.ledger.evacuations_on_record import WordStanding
from server.ledger.models import DoorAnswerRow, EvacuationWord, TicketUse
from server.ledger.zone_shares_of_devices import stop_counting
from server.ticketing.finding_and_changing_tickets import Ticket
from server.ticketing.removing_ticket_types import is_date_named
from server.venues_and_gates.venues_zones_and_gates import list_zones
from shared.kernel.id_types import (
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    TicketTypeId,
    ZoneId,
)


class LedgerLookups:
    """Looks up what ticketing and venues ask of the rooms above them (their `ports`)."""

    async def gates_of(
        self, unit: Unit, event_id: EventId, device_ids: Collection[DeviceId]
    ) -> Mapping[DeviceId, tuple[GateId, str]]:
        """See `UsageLookup.gates_of`."""
        return await read_gates_of(unit, event_id, device_ids)

    async def count_at_gate(self, unit: Unit, gate_id: GateId) -> int:
        """See `PlaceUsage.count_at_gate`."""
        return await count_at_gate(unit, gate_id)

    async def stop_counting(self, unit: Unit, event_id: EventId, zone_id: ZoneId) -> None:
        """See `PlaceUsage.stop_counting`."""
        await stop_counting(unit, event_id, zone_id)

    async def used(
        self, session: AsyncSession, event_id: EventId, ticket_ids: Sequence[TicketId]
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
        self,
        unit: Unit,
        event_id: EventId,
        *,
        zone_id: ZoneId | None = None,
        gate_id: GateId | None = None,
    ) -> bool:
        """See `PlaceUsage.is_place_used`."""
        if zone_id is not None and await _was_emptied(unit, event_id, zone_id):
            return True
        query = select(TicketUse.claim_id).where(
            TicketUse.event_id == event_id, TicketUse.is_annulled.is_(False)
        )
        if zone_id is not None:
            query = query.where(TicketUse.zone_id == zone_id)
        if gate_id is not None:
            query = query.where(TicketUse.gate_id == gate_id)
        return (await unit.session.execute(query.limit(1))).first() is not None

    async def why_date_stays(
        self, unit: Unit, event_id: EventId, occurrence_id: OccurrenceId
    ) -> str:
        """See `DateUsage.why_date_stays`."""
        for zone in await list_zones(unit, event_id):
            if zone.occurrence_id == occurrence_id:
                return f"The zone {zone.name} is for this date; remove it first."
        if await is_date_named(unit, event_id, occurrence_id):
            return "Ticket types or tickets are for this date."
        await hold_feed(unit.session, event_id)  # uses are counted last: none is granted meanwhile
        query = select(TicketUse.claim_id).where(
            TicketUse.event_id == event_id,
            TicketUse.occurrence_id == occurrence_id,
            TicketUse.is_annulled.is_(False),
        )
        is_used = (await unit.session.execute(query.limit(1))).first() is not None
        return "Tickets were used on this date: it stays in the books." if is_used else ""

    async def zones_of_type(
        self, unit: Unit, event_id: EventId, ticket_type_id: TicketTypeId
    ) -> Sequence[str]:
        """See `UsageLookup.zones_of_type`."""
        return [
            zone.name
            for zone in await list_zones(unit, event_id)
            if ticket_type_id in (zone.ticket_type_ids or ())
        ]

    async def answered(
        self, unit: Unit, event_id: EventId, ticket_type_id: TicketTypeId
    ) -> frozenset[str]:
        """See `UsageLookup.answered`."""
        row = DoorAnswerRow
        sold = (Ticket.event_id == row.event_id) & (Ticket.ticket_id == row.ticket_id)
        query = select(row.question_id).distinct().select_from(row).outerjoin(Ticket, sold)
        # Not `==`: PostgreSQL would copy it to the tickets, and may read all of them for each row.
        query = query.where(row.event_id.between(event_id, event_id))
        kind = Ticket.ticket_type_id
        found = await unit.session.execute(query.where(kind.is_(None) | (kind == ticket_type_id)))
        return frozenset(found.scalars())


async def _was_emptied(unit: Unit, event_id: EventId, zone_id: ZoneId) -> bool:
    """Whether somebody had it emptied, and nobody has called that a false alarm."""
    query = select(EvacuationWord.evacuation_id, EvacuationWord.standing).where(
        EvacuationWord.event_id == event_id, EvacuationWord.zone_id == zone_id
    )
    words = (await unit.session.execute(query)).all()
    annulled = {one for one, standing in words if standing == WordStanding.ANNULLED}
    counting = {one for one, standing in words if standing == WordStanding.COUNTS}
    return bool(counting - annulled)

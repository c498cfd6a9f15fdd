"""How an event stands now, from the running counts; nothing is folded for it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import case, func, or_, select

from server.db.hot_path_connections import Driver
from server.db.unit import Context, Unit
from server.devices.models import Device
from server.events.events_and_dates import get_event
from server.events.models import Occurrence
from server.feed.rows import read_head
from server.ledger.zone_shares_of_devices import read_shares
from server.live.board_figures import Counts, EventPlaces, tell
from server.payments.payments_and_payouts import read_lost
from server.tallies.rows import read_minutes, read_totals
from server.tallies.what_is_counted import MINUTE_US, Stat
from server.ticketing.inventory import read_stock
from server.ticketing.models import TicketType
from server.venues_and_gates.models import Gate, Zone
from server.venues_and_gates.place_pauses import list_pauses
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import HOUR, Duration
from shared.wire.live_board import LiveBoard
from shared.wire.silent_devices import SILENT_AFTER

NIGHT_LINGERS: Final[Duration] = 6 * HOUR
"""A date stands among those to come so long after its end, or its start where that is unknown."""
LIVE_MINUTES_DEFAULT: Final = 60
"""Of the last while, minute by minute, unless somebody asks for more."""

_BY_MINUTE: Final = (Stat.IN, Stat.DENIED, Stat.SOLD)


async def read_live(
    context: Context,
    driver: Driver,
    organization_id: OrganizationId,
    event_id: EventId,
    minutes: int = LIVE_MINUTES_DEFAULT,
) -> LiveBoard:
    """Read how an event stands.

    Args:
        context: The worker's.
        driver: For the counts.
        organization_id: Whose.
        event_id: Which event.
        minutes: How many are told one by one, up to now.

    Raises:
        Problem: `not-found` if the organization has no such event.
    """
    async with context.read(organization_id) as unit:
        await get_event(unit, event_id)
        places = await _read_places(unit, event_id)
    limited = [zone.id for zone in places.zones if zone.capacity is not None]
    latest = places.now // MINUTE_US
    span = range(latest - minutes + 1, latest + 1)
    async with driver.read(organization_id) as transaction:
        of_event = (transaction, organization_id, event_id)
        counts = Counts(
            head=await read_head(*of_event),
            totals=await read_totals(*of_event, Stat),
            by_minute=await read_minutes(*of_event, _BY_MINUTE, span),
            shares=await read_shares(*of_event, limited),
            span=span,
        )
    return tell(event_id, places, counts)


async def _read_places(unit: Unit, event_id: EventId) -> EventPlaces:
    # A series is read from tonight on; nights that are over stand last, the latest of them first.
    end = func.coalesce(Occurrence.ends_at, Occurrence.starts_at)
    is_over = end < unit.now - NIGHT_LINGERS
    place = case((is_over, -Occurrence.starts_at), else_=Occurrence.starts_at)
    zones = (
        select(Zone)
        .outerjoin(Occurrence, Occurrence.id == Zone.occurrence_id)
        .where(Zone.event_id == event_id)
        .order_by(case((is_over, 1), else_=0), place.nulls_first(), Zone.name, Zone.id)
    )
    gates = select(Gate).where(Gate.event_id == event_id).order_by(Gate.name, Gate.id)
    kinds = select(TicketType).where(TicketType.event_id == event_id)
    away = select(Device).where(
        Device.event_id == event_id,
        Device.revoked_at.is_(None),
        Device.gate_id.is_not(None),
        or_(Device.last_seen_at.is_(None), Device.last_seen_at < unit.now - SILENT_AFTER),
    )
    return EventPlaces(
        zones=await unit.all(zones),
        gates=await unit.all(gates),
        kinds=await unit.all(kinds.order_by(TicketType.name, TicketType.id)),
        stock=await read_stock(unit, event_id),
        away=await unit.all(away.order_by(Device.name, Device.id)),
        paused={
            pause.place_id: pause.since
            for pause in await list_pauses(unit, event_id)
            if pause.until is None
        },
        lost=await read_lost(unit, event_id),
        now=unit.now,
    )

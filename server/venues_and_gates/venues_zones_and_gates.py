"""Venues, and the zones and gates of an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Select, func, select

from server import quotas
from server.db.unit import Unit
from server.events.events_and_dates import check_occurrence, check_time_zone, get_editable_event
from server.events.frozen_edits import refuse_frozen, refuse_frozen_edit
from server.http.page_cursors import RowOrder
from server.problem_answers import Problem, wrong_field
from server.ticketing.ticket_types import check_ticket_types
from server.venues_and_gates.models import Gate, Venue, Zone
from server.venues_and_gates.ports import PlaceUsage
from server.venues_and_gates.schemas import GateBody, VenueBody, ZoneBody, ZoneTemplate
from shared.admission.organizer_rule_parsing import parse_rule
from shared.kernel import ids
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, GateId, OccurrenceId, VenueId, ZoneId
from shared.manifest.frozen_parts import PlanPart

__all__ = ["Gate", "Zone"]
"""The rows that other domains read."""


async def save_venue(unit: Unit, venue_id: VenueId | None, said: VenueBody) -> Venue:
    """Add a venue (no id) or replace what one says; events that copied it keep their copy.

    Raises:
        Problem: `not-found`, a wrong time zone, or too many.
    """
    check_time_zone(said.timezone)
    if venue_id is None:
        query = select(func.count()).select_from(Venue)
        count = (await unit.session.execute(query)).scalar_one()
        quotas.check(count, quotas.VENUES_MAX, "venues")
        venue = Venue(
            id=ids.new_id(ids.VENUE, unit.entropy),
            created_at=unit.now,
        )
        unit.session.add(venue)
    else:
        venue = await get_venue(unit, venue_id)
    for name, value in msgspec.to_builtins(said).items():
        setattr(venue, name, value)
    await unit.session.flush()
    return venue


async def get_venue(unit: Unit, venue_id: VenueId) -> Venue:
    """Return a venue.

    Raises:
        Problem: `not-found`.
    """
    query = select(Venue).where(Venue.id == venue_id)
    return await unit.get(query, "venue")


VENUE_ORDER: Final = RowOrder(
    Venue.id,
    fields={"name": Venue.name, "timezone": Venue.timezone, "created_at": Venue.created_at},
)


def select_venues() -> Select[Venue]:
    """Ask for all venues."""
    return select(Venue)


async def copy_venue(
    unit: Unit,
    event_id: EventId,
    venue_id: VenueId,
    *,
    is_again: bool = False,
    occurrence_id: OccurrenceId | None = None,
) -> None:
    """Copy a venue's template into an event: a snapshot, which later changes do not reach.

    Args:
        unit: A writing one.
        event_id: The event.
        venue_id: What is copied.
        is_again: Also where the event has zones of the same names for these dates.
        occurrence_id: The date that the zones serve, or None for every one.

    Raises:
        Problem: `not-found`, `conflict` where it was copied before, or a wrong venue or date.
    """
    refuse_frozen(await get_editable_event(unit, event_id), PlanPart.ZONE)
    await check_occurrence(unit, event_id, occurrence_id)
    try:
        venue = await get_venue(unit, venue_id)
    except Problem:
        raise wrong_field("venue_id", "is not a venue of this organization") from None
    if not is_again:
        await _check_not_copied(unit, event_id, venue, occurrence_id)
    for zone in msgspec.convert(venue.template, list[ZoneTemplate]):
        rules = msgspec.structs.asdict(zone)
        gates = rules.pop("gates")
        made = await save_zone(
            unit, event_id, None, ZoneBody(**rules, occurrence_id=occurrence_id)
        )
        for gate in gates:
            said = GateBody(**msgspec.structs.asdict(gate), zone_id=made.id)
            await save_gate(unit, event_id, None, said)


async def _check_not_copied(
    unit: Unit, event_id: EventId, venue: Venue, occurrence_id: OccurrenceId | None
) -> None:
    """See that an event has no zones of a venue's names, for the same dates, already.

    Raises:
        Problem: `conflict`.
    """
    names = {zone["name"] for zone in venue.template}
    for zone in await list_zones(unit, event_id):
        dates = {zone.occurrence_id, occurrence_id}
        is_same_date = None in dates or len(dates) == 1
        if zone.name in names and is_same_date:
            raise Problem(
                "conflict",
                f"The event has a zone {zone.name} already: this plan was copied before. Change"
                " its zones and gates instead, remove them, or send again: true for a second"
                " set.",
            )


async def save_zone(unit: Unit, event_id: EventId, zone_id: ZoneId | None, said: ZoneBody) -> Zone:
    """Add a zone (no id) or replace one's rules.

    Raises:
        Problem: `not-found`, `conflict`, or wrong fields.
    """
    event = await get_editable_event(unit, event_id)
    await check_occurrence(unit, event_id, said.occurrence_id)
    await check_ticket_types(unit, event_id, said.ticket_type_ids)
    _check_rule(said.rule)
    zones = await list_zones(unit, event_id)
    _check_size(zones, zone_id, said)
    if zone_id is None:
        refuse_frozen(event, PlanPart.ZONE)
        quotas.check(len(zones), quotas.ZONES_MAX, "zones")
        zone = Zone(
            id=ids.new_id(ids.ZONE, unit.entropy),
            event_id=event_id,
            created_at=unit.now,
        )
        unit.session.add(zone)
    else:
        zone = await get_zone(unit, event_id, zone_id)
        wanted = msgspec.structs.asdict(said)
        before = {name: getattr(zone, name) for name in wanted}
        refuse_frozen_edit(event, PlanPart.ZONE, before, wanted)
    for name, value in msgspec.structs.asdict(said).items():
        setattr(zone, name, value)
    await unit.session.flush()
    return zone


def _check_rule(rule: dict[str, Any] | None) -> None:
    if rule is None:
        return
    try:
        parse_rule(rule)
    except BadInput as error:
        raise wrong_field("rule", str(error)[:200]) from None


def _check_size(zones: Sequence[Zone], zone_id: ZoneId | None, said: ZoneBody) -> None:
    """See that an event's zones say in few letters whom they let in.

    Raises:
        Problem: `quota-exceeded`; what makes one shorter is taken all the same.
    """
    sizes = {zone.id: _size_of(zone) for zone in zones}
    before, wanted = sizes.pop(zone_id, 0) if zone_id else 0, _size_of(said)
    if wanted > before:
        rest = "letters of rules and types in all zones of an event; shorten or remove some"
        quotas.check(sum(sizes.values()) + wanted - 1, quotas.ZONE_LETTERS_MAX, rest)


def _size_of(zone: Zone | ZoneBody) -> int:
    return len(msgspec.json.encode([zone.rule, zone.ticket_type_ids]))


async def change_zone(
    unit: Unit, usage: PlaceUsage, event_id: EventId, zone_id: ZoneId, said: ZoneBody
) -> Zone:
    """Replace a zone's rules; who is inside is counted only as long as its capacity is limited.

    A limit that is set counts anew: an upload that was under way when the one before was lifted
    may have left a count behind.

    Raises:
        Problem: `not-found`, `conflict`, or wrong fields.
    """
    was_limited = (await get_zone(unit, event_id, zone_id)).capacity is not None
    zone = await save_zone(unit, event_id, zone_id, said)
    if not was_limited or zone.capacity is None:
        await usage.stop_counting(unit, event_id, zone_id)
    return zone


async def get_zone(unit: Unit, event_id: EventId, zone_id: ZoneId) -> Zone:
    """Return an event's zone.

    Raises:
        Problem: `not-found`.
    """
    query = select(Zone).where(Zone.id == zone_id, Zone.event_id == event_id)
    return await unit.get(query, "zone")


async def list_zones(unit: Unit, event_id: EventId) -> Sequence[Zone]:
    """Return an event's zones in order of name."""
    query = select(Zone).where(Zone.event_id == event_id).order_by(Zone.name, Zone.id)
    return await unit.all(query)


async def save_gate(unit: Unit, event_id: EventId, gate_id: GateId | None, said: GateBody) -> Gate:
    """Add a gate (no id) or replace one.

    Raises:
        Problem: `not-found`, `conflict`, or wrong fields.
    """
    event = await get_editable_event(unit, event_id)
    try:
        await get_zone(unit, event_id, said.zone_id)
    except Problem:
        raise wrong_field("zone_id", "is not a zone of this event") from None
    if gate_id is None:
        quotas.check(len(await list_gates(unit, event_id)), quotas.GATES_MAX, "gates")
        gate = Gate(
            id=ids.new_id(ids.GATE, unit.entropy),
            event_id=event_id,
            created_at=unit.now,
        )
        unit.session.add(gate)
    else:
        gate = await get_gate(unit, event_id, gate_id)
        before = {"zone_id": gate.zone_id, "direction": gate.direction}
        refuse_frozen_edit(event, PlanPart.GATE, before, msgspec.structs.asdict(said))
    for name, value in msgspec.structs.asdict(said).items():
        setattr(gate, name, value)
    await unit.session.flush()
    return gate


async def get_gate(unit: Unit, event_id: EventId, gate_id: GateId) -> Gate:
    """Return an event's gate.

    Raises:
        Problem: `not-found`.
    """
    query = select(Gate).where(Gate.id == gate_id, Gate.event_id == event_id)
    return await unit.get(query, "gate")


async def find_gate_event(unit: Unit, gate_id: GateId) -> str | None:
    """Return the event that a gate of the organization belongs to; None without such a gate."""
    query = select(Gate.event_id).where(Gate.id == gate_id)
    return await unit.find(query)


async def list_gates(unit: Unit, event_id: EventId) -> Sequence[Gate]:
    """Return an event's gates in order of name."""
    query = select(Gate).where(Gate.event_id == event_id).order_by(Gate.name, Gate.id)
    return await unit.all(query)

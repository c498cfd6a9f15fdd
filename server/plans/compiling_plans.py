"""From an event's tables to the configuration that gates and ledger share."""

from __future__ import annotations

import json

import msgspec

from server.db.unit import Unit
from server.devices.home_places import read_places
from server.events.events_and_dates import get_event, list_occurrences
from server.events.gate_policy import policy_from_json
from server.organizations.organizations_and_numbers import get_organization
from server.supervisors.supervisors_and_pins import config_of, list_staff, steward_of
from server.ticket_design.pictures_and_looks import read_design
from server.ticketing.door_question_fields import questions_from_json
from server.ticketing.event_price_plan import read_price_plan
from server.ticketing.ticket_types import list_ticket_types
from server.venues_and_gates.place_pauses import list_pauses
from server.venues_and_gates.venues_zones_and_gates import list_gates, list_zones
from shared.kernel.id_types import EventId
from shared.kernel.same_fields import made_of
from shared.manifest.event_config import (
    CONFIG_VERSION,
    DateTimes,
    EntryPause,
    EventConfig,
    GateConfig,
    IssuerConfig,
    OccurrenceConfig,
    TicketTypeConfig,
    ZoneConfig,
)
from shared.manifest.home_spreading import uses_homes


async def read_event_config(unit: Unit, event_id: EventId) -> EventConfig:
    """Compile an event's configuration.

    Raises:
        Problem: `not-found`.
    """
    event = await get_event(unit, event_id)
    policy = policy_from_json(event.policy)
    staff = await list_staff(unit)
    config = EventConfig(
        v=CONFIG_VERSION,
        organization_id=unit.organization_id,
        event_id=event_id,
        name=event.name,
        timezone=event.timezone,
        state=event.state,
        sequence=event.plan_version,
        occurrences=await read_occurrences(unit, event_id),
        zones=await _zones(unit, event_id),
        gates=await _gates(unit, event_id),
        ticket_types=await _ticket_types(unit, event_id),
        offline_policy=policy.offline_policy,
        claim_budget_ms=policy.claim_budget_ms,
        knowledge_age_max=policy.knowledge_age_max_us,
        manual_guesses_per_minute=policy.manual_guesses_per_minute,
        supervisors=tuple(config_of(row) for row in staff if not row.is_steward),
        stewards=tuple(steward_of(row) for row in staff if row.is_steward and row.has_badge),
        stewards_may_search=policy.stewards_may_search,
        prices=await read_price_plan(unit, event_id),
        issuer=await _issuer(unit),
        design=await read_design(unit, event_id),
        pauses=await _pauses(unit, event_id),
    )
    if not uses_homes(config):
        return config
    return msgspec.structs.replace(config, places=await read_places(unit, event_id))


async def _issuer(unit: Unit) -> IssuerConfig:
    row = await get_organization(unit)
    return IssuerConfig(row.name, row.legal_name, row.address, row.tax_number)


async def read_occurrences(unit: Unit, event_id: EventId) -> tuple[OccurrenceConfig, ...]:
    """Compile an event's occurrences, in order of start."""
    return tuple(
        made_of(
            OccurrenceConfig,
            row,
            earlier=tuple(DateTimes(*one) for one in row.earlier),
            is_cancelled=row.cancelled_at is not None,
        )
        for row in await list_occurrences(unit, event_id)
    )


async def _zones(unit: Unit, event_id: EventId) -> tuple[ZoneConfig, ...]:
    return tuple(
        made_of(
            ZoneConfig,
            row,
            ticket_type_ids=None if row.ticket_type_ids is None else tuple(row.ticket_type_ids),
            rule=None if row.rule is None else json.dumps(row.rule, sort_keys=True),
        )
        for row in await list_zones(unit, event_id)
    )


async def _gates(unit: Unit, event_id: EventId) -> tuple[GateConfig, ...]:
    return tuple(made_of(GateConfig, row) for row in await list_gates(unit, event_id))


async def _pauses(unit: Unit, event_id: EventId) -> tuple[EntryPause, ...]:
    rows = await list_pauses(unit, event_id)
    return tuple(EntryPause(row.place_id, row.since) for row in rows if row.until is None)


async def _ticket_types(unit: Unit, event_id: EventId) -> tuple[TicketTypeConfig, ...]:
    return tuple(
        made_of(TicketTypeConfig, row, questions=questions_from_json(row.questions))
        for row in await list_ticket_types(unit, event_id)
    )

"""The events that `gatekeeper-server seed` makes, each as an organizer would."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

import msgspec

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.id_types import (
    EventId,
    GateId,
    OccurrenceId,
    OrganizationId,
    TicketTypeId,
    UserId,
    ZoneId,
)
from shared.kernel.instant import DAY, HOUR, Instant

if TYPE_CHECKING:
    from server.db.unit import Context

_TIMEZONE: Final = "Europe/Berlin"
_CURRENCY: Final = "EUR"
_PRICE_MINOR: Final = 2_500


class SeedOrganization(msgspec.Struct, frozen=True):
    """An organization and the account that owns it."""

    organization_id: OrganizationId
    login: dict[str, str]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was made before its first ticket."""

    organization_id: OrganizationId
    event_id: EventId
    occurrence_id: OccurrenceId
    zone_id: ZoneId
    gate_ids: list[GateId]
    ticket_type_id: TicketTypeId


async def make_organization(context: Context, args: argparse.Namespace) -> SeedOrganization:
    """Make an organization with its owner."""
    from server.db.tenancy import SYSTEM
    from server.organizations.organizations_and_numbers import create_organization

    login = await _make_owner(context)
    async with context.database.write(org=SYSTEM) as session:
        organization = await create_organization(
            session,
            context.entropy,
            context.clock.wall(),
            name=f"{args.name} organization",
            slug="load-" + context.entropy.random_bytes(6).hex(),
            currency=_CURRENCY,
            timezone=_TIMEZONE,
            owner_id=UserId(login["user_id"]),
        )
    return SeedOrganization(OrganizationId(organization.id), login)


async def make_event(
    context: Context,
    organization: SeedOrganization,
    args: argparse.Namespace,
    *,
    name: str,
    gates: int,
) -> Plan:
    """Make an event with one single-entry zone, into which all its gates lead, open for hours."""
    from server.events.event_states import EventProfile, EventState
    from server.events.events_and_dates import change_state, create_event, save_occurrence
    from server.events.gate_policy import GatePolicy
    from server.events.schemas import NewEvent, OccurrenceBody
    from server.http.body_and_answer_types import moment_of
    from server.ticketing.schemas import TicketTypeBody
    from server.ticketing.ticket_types import create_ticket_type
    from server.venues_and_gates.schemas import GateBody, ZoneBody
    from server.venues_and_gates.venues_zones_and_gates import save_gate, save_zone

    async with context.write(organization.organization_id) as unit:
        said = NewEvent(
            name=name,
            timezone=_TIMEZONE,
            currency=_CURRENCY,
            policy=GatePolicy(offline_policy=OfflinePolicy(args.offline_policy)),
            profile=EventProfile(args.profile),
        )
        event = await create_event(unit, said)
        evening = OccurrenceBody(
            name=name,
            starts_at=moment_of(Instant(unit.now - HOUR)),
            ends_at=moment_of(Instant(unit.now + 2 * DAY)),
            doors_at=moment_of(Instant(unit.now - 2 * HOUR)),
        )
        occurrence = await save_occurrence(unit, event.id, None, evening)
        kind = await create_ticket_type(
            unit, event.id, TicketTypeBody(name="Day ticket", price_minor=_PRICE_MINOR)
        )
        if args.door_tickets:
            door = TicketTypeBody(
                name="Door ticket", price_minor=_PRICE_MINOR, quantity_limit=args.door_tickets
            )
            await create_ticket_type(unit, event.id, door)
        arena = ZoneBody(name="Arena", occurrence_id=occurrence.id, reentry_after_exit=False)
        zone = await save_zone(unit, event.id, None, arena)
        made = [
            await save_gate(unit, event.id, None, GateBody(name=f"Gate {n}", zone_id=zone.id))
            for n in range(1, gates + 1)
        ]
        await change_state(unit, event.id, EventState.PUBLISHED)
        await change_state(unit, event.id, EventState.ACTIVE)
        return Plan(
            organization_id=organization.organization_id,
            event_id=event.id,
            occurrence_id=occurrence.id,
            zone_id=zone.id,
            gate_ids=[gate.id for gate in made],
            ticket_type_id=kind.id,
        )


async def _make_owner(context: Context) -> dict[str, str]:
    """Register an account that owns the organization."""
    from server.accounts.password_hashes import PasswordHashes
    from server.accounts.users import register

    email = f"load-{context.entropy.random_bytes(6).hex()}@example.org"
    password = context.entropy.random_bytes(16).hex()
    user_id = await register(
        context, PasswordHashes(context.entropy), email=email, name="Load owner", password=password
    )
    assert user_id is not None
    return {"email": email, "password": password, "user_id": user_id}

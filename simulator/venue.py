"""An organization with one event, put on by the real services as an organizer would."""

from __future__ import annotations

from typing import Final

import msgspec
from argon2 import PasswordHasher

from server.accounts.models import User
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.events.event_states import EventState
from server.events.events_and_dates import change_state, create_event, save_occurrence
from server.events.gate_policy import GatePolicy
from server.events.schemas import NewEvent, OccurrenceBody
from server.http.body_and_answer_types import moment_of
from server.keys.organization_keys import ticket_signing_key
from server.keys.vault import Vault
from server.organizations.organizations_and_numbers import create_organization
from server.ticketing.issuing_many import issue_many
from server.ticketing.schemas import TicketTypeBody
from server.ticketing.ticket_types import create_ticket_type
from server.venues_and_gates.schemas import GateBody, ZoneBody
from server.venues_and_gates.venues_zones_and_gates import save_gate, save_zone
from shared.admission.offline_policy import OfflinePolicy
from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.signing import sign_credential
from shared.kernel import ids
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId, GateId, OccurrenceId, OrganizationId, TicketId, ZoneId
from shared.kernel.instant import HOUR, Duration, Instant
from simulator.kernel.stage import WORLD_START
from simulator.scenario import GROUP_SIZE

CLAIM_BUDGET_MS: Final = 250
PASSWORD: Final = "seven lamps over the gate"  # noqa: S105 - of nobody outside a world
"""Of every owner; its hash is as cheap as one can be."""
_HASH: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(
    PASSWORD, salt=bytes(16)
)


class VenuePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an organizer puts on.

    Attributes:
        name: Of the organization and its event.
        gates: How many gates lead into the one zone.
        tickets: How many single tickets are sold before doors.
        early_tickets: How many single tickets that are good until half time only.
        group_tickets: How many tickets for `group_size` persons.
        group_size: Persons on a group ticket.
        policy: Who may admit when the network fails.
        has_reentry: Whether an exit lets the holder in again.
        hours: How long doors are open.
        capacity: How many persons the zone holds; None for no limit.
        currency: Of the event.
    """

    name: str
    gates: int
    tickets: int
    early_tickets: int = 0
    group_tickets: int = 0
    group_size: int = GROUP_SIZE
    policy: OfflinePolicy = OfflinePolicy.OPEN
    has_reentry: bool = True
    hours: float = 2.0
    capacity: int | None = None
    currency: str = "CHF"


class IssuedTicket(msgspec.Struct, frozen=True):
    """A ticket sold before doors, as its holder has it."""

    ticket_id: TicketId
    type_code: int
    persons: int
    valid_until: Instant | None = None


class Venue(msgspec.Struct):
    """The event as the world knows it.

    Attributes:
        organization_id: Whose.
        event_id: Which.
        occurrence_id: Its one date.
        zone_id: The zone that all gates lead into.
        zone_said: What the organizer said of it before doors.
        gate_ids: The gates.
        single_type: Ticket type code and id of single tickets.
        key_id: The server's ticket key.
        key: The same.
        tickets: Sold before doors.
    """

    organization_id: OrganizationId
    event_id: EventId
    occurrence_id: OccurrenceId
    zone_id: ZoneId
    zone_said: ZoneBody
    gate_ids: list[GateId]
    single_type: tuple[int, str]
    key_id: int
    key: SigningKey
    tickets: list[IssuedTicket]

    def digits(self, ticket: IssuedTicket, generation: int) -> str:
        """Print a ticket's credential."""
        claims = Claims(
            key_id=self.key_id,
            ticket_id=ticket.ticket_id,
            ticket_type_code=ticket.type_code,
            valid_until=ticket.valid_until,
            generation=generation,
        )
        return to_digits(sign_credential(claims, self.key))


async def put_on(context: Context, vault: Vault, plan: VenuePlan) -> Venue:
    """Make the organization and its event, up to the state in which tickets are sold."""
    organization_id = await _organization(context, plan.name)
    async with context.write(OrganizationId(organization_id)) as unit:
        said = NewEvent(
            name=plan.name,
            timezone="Europe/Zurich",
            currency=plan.currency,
            policy=GatePolicy(offline_policy=plan.policy, claim_budget_ms=CLAIM_BUDGET_MS),
        )
        event = await create_event(unit, said)
        begin = Instant(WORLD_START + 2 * HOUR)
        evening = OccurrenceBody(
            name="The evening",
            starts_at=moment_of(begin),
            ends_at=moment_of(Instant(begin + round(2 * plan.hours * HOUR))),
            doors_at=moment_of(WORLD_START),
        )
        occurrence = await save_occurrence(unit, event.id, None, evening)
        terms = ZoneBody(name="Arena", reentry_after_exit=plan.has_reentry, capacity=plan.capacity)
        zone = await save_zone(unit, event.id, None, terms)
        gates = [GateBody(name=gate_name(n + 1), zone_id=zone.id) for n in range(plan.gates)]
        gate_ids = [(await save_gate(unit, event.id, None, gate)).id for gate in gates]
        single = await create_ticket_type(
            unit, event.id, TicketTypeBody(name="Single", price_minor=4_500)
        )
        group = await create_ticket_type(
            unit,
            event.id,
            TicketTypeBody(name="Group", price_minor=15_000, persons=plan.group_size),
        )
        half = Instant(WORLD_START + half_time(plan.hours))
        early = await create_ticket_type(
            unit,
            event.id,
            TicketTypeBody(
                name="Early",
                price_minor=3_000,
                valid_until=moment_of(half),
            ),
        )
        await change_state(unit, event.id, EventState.PUBLISHED)
        key_id, key = await ticket_signing_key(unit, vault, event.id)
    venue = Venue(
        organization_id=OrganizationId(organization_id),
        event_id=event.id,
        occurrence_id=occurrence.id,
        zone_id=zone.id,
        zone_said=terms,
        gate_ids=gate_ids,
        single_type=(single.code, single.id),
        key_id=key_id,
        key=key,
        tickets=[],
    )
    async with context.write(OrganizationId(organization_id)) as unit:
        for kind, count in (
            (single, plan.tickets),
            (group, plan.group_tickets),
            (early, plan.early_tickets),
        ):
            if count:
                async for batch in issue_many(unit, kind, count, has_manual_codes=True):
                    venue.tickets += [
                        IssuedTicket(one, kind.code, kind.persons, kind.valid_until)
                        for one in batch
                    ]
    return venue


def half_time(hours: float) -> Duration:
    """Tell how long after doors early tickets are good."""
    return Duration(round(hours * HOUR / 2))


def gate_name(number: int) -> str:
    """Name a gate as screens show it."""
    return f"Gate {number:02}"


async def _organization(context: Context, name: str) -> str:
    now = context.clock.wall()
    slug = name.lower().replace(" ", "-")
    async with context.database.write(org=SYSTEM) as session:
        owner = User(
            id=ids.new_id(ids.USER, context.entropy),
            email=f"owner@{slug}.example",
            email_key=f"owner@{slug}.example",
            name=f"Owner of {name}",
            password_hash=_HASH,
            is_platform_admin=False,
            state="active",
            created_at=now,
            password_changed_at=now,
        )
        session.add(owner)
        await session.flush()
        organization = await create_organization(
            session,
            context.entropy,
            now,
            name=name,
            slug=slug,
            currency="CHF",
            timezone="Europe/Zurich",
            owner_id=owner.id,
        )
        return organization.id

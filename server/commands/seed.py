"""`gatekeeper-server seed`: make a load event through the real services.

One event with one single-entry zone, into which all gates lead, open for hours; devices that are
enrolled with real keys; tickets that are issued, signed and published. FILE then holds all that
a load generator, a demo or a second implementation needs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import msgspec

from server.commands.options import add_verb, print_line, settings_of
from shared.admission.policy import OfflinePolicy
from shared.kernel.errors import BadInput, EnvironmentFault
from shared.kernel.instant import DAY, HOUR

if TYPE_CHECKING:
    from server.cli import Subparsers
    from server.db.unit import Context
    from server.publishing.credentials import Issuer
    from server.settings import Settings

TICKETS_MAX: Final = 5_000_000
GATES_MAX: Final = 1_000
DEVICES_MAX: Final = 5_000
_SIGN_BATCH: Final = 2_000
_SIGN_THREADS: Final = 2
_TIMEZONE: Final = "Europe/Berlin"
_CURRENCY: Final = "EUR"
_PRICE_MINOR: Final = 2_500


def add_parser(subparsers: Subparsers) -> None:
    """Describe the verb."""
    parser = add_verb(
        subparsers,
        "seed",
        about="make a load event through the real services",
        example=(
            "gatekeeper-server seed --tickets 100000 --gates 4 --devices 8 --export load.json"
        ),
    )
    parser.add_argument("--tickets", type=int, default=1_000, metavar="N")
    parser.add_argument("--gates", type=int, default=2, metavar="G")
    parser.add_argument("--devices", type=int, default=2, metavar="D")
    parser.add_argument("--export", type=Path, required=True, metavar="FILE")
    parser.add_argument("--base-url", metavar="URL", help="where the server will answer")
    parser.add_argument("--name", default="Load", help="the event's name")
    parser.add_argument(
        "--codes",
        type=int,
        metavar="N",
        help="one-time enrolment codes to export besides, good for 30 days",
        default=0,
    )
    parser.add_argument(
        "--offline-policy", choices=[policy.value for policy in OfflinePolicy], default="open"
    )
    parser.add_argument(
        "--profile",
        choices=["live", "rehearsal", "test"],
        default="live",
        help="of devices and codes",
    )
    parser.add_argument(
        "--manual-codes", action="store_true", help="give tickets codes for voice and keypad"
    )
    parser.add_argument(
        "--door-tickets",
        type=int,
        default=0,
        metavar="N",
        help="tickets of a second type that tills may sell at the door",
    )


def run(args: argparse.Namespace) -> int:
    """Make the event and write the file; print a summary."""
    _check(args)
    settings = settings_of(args)
    try:
        with args.export.open("w", encoding="utf-8") as file:
            summary = asyncio.run(_seed(args, settings, file))
    except OSError as error:
        raise EnvironmentFault(f"cannot write {args.export}: {error.strerror}") from error
    print_line(export=str(args.export), **summary)
    return 0


def _check(args: argparse.Namespace) -> None:
    for name, least, most in (
        ("tickets", 1, TICKETS_MAX),
        ("gates", 1, GATES_MAX),
        ("devices", 0, DEVICES_MAX),
        ("codes", 0, DEVICES_MAX),
        ("door_tickets", 0, TICKETS_MAX),
    ):
        if not least <= getattr(args, name) <= most:
            raise BadInput(f"--{name.replace('_', '-')} is {least} to {most}")


class Plan(msgspec.Struct, frozen=True):
    """What was made before the first ticket."""

    organization_id: str
    event_id: str
    occurrence_id: str
    zone_id: str
    gate_ids: list[str]
    ticket_type_id: str
    login: dict[str, str]


async def _seed(args: argparse.Namespace, settings: Settings, file: TextIO) -> dict[str, Any]:
    from server.commands.preparation import prepare
    from server.db.engine import Database
    from server.db.unit import Context
    from server.publishing.service import Publisher
    from server.publishing.vault import open_vault
    from server.sync.feed import LedgerFeed
    from server.system import SystemClock, SystemEntropy

    clock, entropy = SystemClock(), SystemEntropy()
    await prepare(settings, clock)
    database = Database(settings.database, pool_size=2)
    try:
        context = Context(database, clock, entropy)
        vault = open_vault(settings.data_folder, entropy)
        publisher = Publisher(context, settings, vault, LedgerFeed())
        plan = await _make_plan(context, args)
        _say(f"event {plan.event_id} made; issuing {args.tickets} tickets")
        issuer, ticket_ids = await _issue(context, publisher, plan, args)
        devices = await _enrol(context, plan, args)
        codes = await _enrolment_codes(context, plan, args)
        published = await publisher.publish(plan.organization_id, plan.event_id)
        _say(f"published {published.ticket_count} tickets; signing")
        head = {
            "base_url": (args.base_url or settings.public_url).rstrip("/"),
            "organization": plan.organization_id,
            "event_id": plan.event_id,
            "occurrence_id": plan.occurrence_id,
            "zone_id": plan.zone_id,
            "gates": plan.gate_ids,
            "device_tokens": [device["token"] for device in devices],
            "devices": devices,
            "enrolment": codes,
            "login": plan.login,
            "keyring": [
                {
                    "kid": f"{issuer.key_id:04x}",
                    "public_key": issuer.public_key.hex(),
                    "format": "GK1",
                }
            ],
        }
        _write(file, head, _signed(issuer, ticket_ids))
    finally:
        await database.close()
    return {
        "organization": plan.organization_id,
        "event_id": plan.event_id,
        "tickets": args.tickets,
        "devices": args.devices,
        "manifest_bytes": published.size,
    }


async def _make_plan(context: Context, args: argparse.Namespace) -> Plan:
    from server.db.tenancy import SYSTEM
    from server.events.lifecycle import EventState
    from server.events.policy import GatePolicy
    from server.events.service import change_state, create_event, create_occurrence
    from server.organizations.service import create_organization
    from server.ticketing.ticket_types import TicketTypeTerms, create_ticket_type
    from server.venues.service import GateTerms, ZoneTerms, save_gate, save_zone

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
            owner_id=login["user_id"],
        )
    async with context.write(organization.id) as unit:
        event = await create_event(
            unit,
            name=args.name,
            timezone=_TIMEZONE,
            currency=_CURRENCY,
            policy=GatePolicy(offline_policy=OfflinePolicy(args.offline_policy)),
        )
        occurrence = await create_occurrence(
            unit,
            event.id,
            name=args.name,
            starts_at=unit.now - HOUR,
            ends_at=unit.now + 2 * DAY,
            doors_at=unit.now - 2 * HOUR,
        )
        kind = await create_ticket_type(
            unit, event.id, TicketTypeTerms(name="Day ticket", price_minor=_PRICE_MINOR)
        )
        if args.door_tickets:
            terms = TicketTypeTerms(
                name="Door ticket", price_minor=_PRICE_MINOR, quantity_limit=args.door_tickets
            )
            await create_ticket_type(unit, event.id, terms)
        terms_of_zone = ZoneTerms(
            name="Arena", occurrence_id=occurrence.id, reentry_after_exit=False
        )
        zone = await save_zone(unit, event.id, None, terms_of_zone)
        gates = [
            await save_gate(unit, event.id, None, GateTerms(name=f"Gate {n}", zone_id=zone.id))
            for n in range(1, args.gates + 1)
        ]
        await change_state(unit, event.id, EventState.PUBLISHED)
        await change_state(unit, event.id, EventState.ACTIVE)
        return Plan(
            organization_id=organization.id,
            event_id=event.id,
            occurrence_id=occurrence.id,
            zone_id=zone.id,
            gate_ids=[gate.id for gate in gates],
            ticket_type_id=kind.id,
            login=login,
        )


async def _make_owner(context: Context) -> dict[str, str]:
    """Register an account that owns the organization."""
    from server.accounts.passwords import PasswordHashes
    from server.accounts.service import register

    email = f"load-{context.entropy.random_bytes(6).hex()}@example.org"
    password = context.entropy.random_bytes(16).hex()
    user_id = await register(
        context, PasswordHashes(context.entropy), email=email, name="Load owner", password=password
    )
    assert user_id is not None
    return {"email": email, "password": password, "user_id": user_id}


async def _issue(
    context: Context, publisher: Any, plan: Plan, args: argparse.Namespace
) -> tuple[Issuer, list[list[int]]]:
    from server.publishing.credentials import open_issuer
    from server.ticketing.bulk import issue_many
    from server.ticketing.ticket_types import get_ticket_type

    async with context.write(plan.organization_id) as unit:
        issuer = await open_issuer(unit, publisher.vault, plan.event_id)
        kind = await get_ticket_type(unit, plan.event_id, plan.ticket_type_id)
        batches = [
            batch
            async for batch in issue_many(
                unit, kind, args.tickets, has_manual_codes=args.manual_codes
            )
        ]
    return issuer, batches


async def _enrol(
    context: Context, plan: Plan, args: argparse.Namespace
) -> list[dict[str, str | None]]:
    """Enrol devices as real ones would be, each with a key of its own."""
    from server.devices.service import enrol
    from shared.kernel.ed25519 import SigningKey
    from shared.wire.enrol import ENROL_CONTEXT, EnrolRequest

    made: list[dict[str, str | None]] = []
    for number in range(args.devices):
        code = await _code(context, plan, args, number)
        key = SigningKey.generate(context.entropy)
        proof = key.sign(ENROL_CONTEXT, code.encode() + key.public_key)
        enrolled = await enrol(
            context,
            EnrolRequest(
                code=code,
                public_key=key.public_key.hex(),
                proof=proof.hex(),
                name=f"Device {number + 1}",
                program="gatekeeper-server seed",
            ),
        )
        made.append(
            {
                "device_id": enrolled.device.id,
                "token": enrolled.token,
                "gate_id": enrolled.device.gate_id,
                "seed": key.seed.hex(),
            }
        )
    return made


async def _code(context: Context, plan: Plan, args: argparse.Namespace, number: int) -> str:
    from server.devices.service import Assignment, issue_code

    assignment = Assignment(
        role="both",
        profile=args.profile,
        event_id=plan.event_id,
        gate_id=plan.gate_ids[number % len(plan.gate_ids)],
    )
    async with context.write(plan.organization_id) as unit:
        issued = await issue_code(unit, assignment, actor="seed", lifetime=30 * DAY)
    return issued.code


async def _enrolment_codes(context: Context, plan: Plan, args: argparse.Namespace) -> list[str]:
    return [await _code(context, plan, args, number) for number in range(args.codes)]


def _signed(issuer: Issuer, batches: Iterable[list[int]]) -> Iterator[list[str]]:
    """Sign the tickets' credentials; the type has the event's first code."""
    parts = [
        batch[at : at + _SIGN_BATCH]
        for batch in batches
        for at in range(0, len(batch), _SIGN_BATCH)
    ]
    with ThreadPoolExecutor(_SIGN_THREADS) as pool:
        yield from pool.map(lambda part: issuer.sign_many(part, 1, 1), parts)


def _write(file: TextIO, head: dict[str, Any], signed: Iterable[list[str]]) -> None:
    """Write one JSON object, its many codes as they come."""
    file.write(json.dumps(head)[:-1] + ', "codes": [')
    separator = ""
    for part in signed:
        file.write(separator + json.dumps(part)[1:-1])
        separator = ", "
    file.write("]}\n")


def _say(sentence: str) -> None:
    print(f"gatekeeper-server: {sentence}", file=sys.stderr, flush=True)

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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from command_line.exit_statuses import say_line
from server.commands.asking_operator import is_terminal
from server.commands.options import print_line, settings_of, show_example, shown_database
from server.commands.seed_events import Plan, SeedOrganization, make_event, make_organization
from shared.admission.offline_policy import OfflinePolicy
from shared.admission.pace import NO_LIMIT
from shared.kernel.errors import BadInput, EnvironmentFault
from shared.kernel.id_types import TicketId
from shared.kernel.instant import DAY

if TYPE_CHECKING:
    from server.db.unit import Context
    from server.keys.vault import Vault
    from server.publishing.credentials import Issuer
    from server.settings import Settings

TICKETS_MAX: Final = 5_000_000
GATES_MAX: Final = 1_000
DEVICES_MAX: Final = 5_000
EVENTS_MAX: Final = 10_000
_SIGN_BATCH: Final = 2_000
_SIGN_THREADS: Final = 2
_NAMES: Final = {"both": "Device", "scanner": "Scanner"}


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(
        parser, "gatekeeper-server seed --tickets 100000 --gates 4 --devices 8 --export load.json"
    )
    parser.add_argument(
        "--tickets", type=int, default=1_000, metavar="N", help="how many tickets; 1000 by default"
    )
    parser.add_argument(
        "--gates", type=int, default=2, metavar="G", help="how many gates; 2 by default"
    )
    parser.add_argument(
        "--devices", type=int, default=2, metavar="D", help="of each kind; 2 by default"
    )
    parser.add_argument(
        "--signed",
        type=int,
        metavar="N",
        help="export only about this many codes; all by default",
    )
    parser.add_argument(
        "--further-events", type=int, default=0, metavar="N", help="create this many more events"
    )
    parser.add_argument(
        "--further-tickets", type=int, default=10, metavar="N", help="tickets of each of these"
    )
    parser.add_argument(
        "--export",
        type=Path,
        required=True,
        metavar="FILE",
        help="where codes, tokens and ids are written; it is overwritten",
    )
    _add_terms(parser)


def _add_terms(parser: argparse.ArgumentParser) -> None:
    """Add what the event is like, beside how large it is."""
    parser.add_argument("--base-url", metavar="URL", help="where the server will answer")
    parser.add_argument("--name", default="Load", help="the event's name")
    parser.add_argument(
        "--codes",
        type=int,
        metavar="N",
        help="also export this many one-time enrolment codes, valid for 30 days",
        default=0,
    )
    parser.add_argument(
        "--offline-policy",
        choices=[policy.value for policy in OfflinePolicy],
        default="open",
        help="what gates do while cut off; open by default",
    )
    parser.add_argument(
        "--profile",
        choices=["live", "rehearsal", "test"],
        default="live",
        help="of the events, devices and codes",
    )
    parser.add_argument(
        "--manual-codes", action="store_true", help="give tickets codes to be read out or typed"
    )
    parser.add_argument(
        "--door-tickets",
        type=int,
        default=0,
        metavar="N",
        help="tickets of a second type that tills may sell at the door",
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help="do not ask before writing next to existing organizations",
    )


def run(args: argparse.Namespace) -> int:
    """Make the event and write the file; print a summary. 1 if a person would rather not."""
    _check(args)
    settings = settings_of(args)
    if is_terminal() and not args.yes and not _may_write(settings):
        _say("nothing was written; choose another database with --database or GATEKEEPER_DATA")
        return 1
    try:
        with args.export.open("w", encoding="utf-8") as file:
            seeded = asyncio.run(_seed(args, settings))
            _say(f"published {seeded.summary['tickets']} tickets; signing")
            _write(file, seeded.head, _signed(seeded.issuer, seeded.sample))
    except OSError as error:
        raise EnvironmentFault(f"cannot write {args.export}: {error.strerror}") from error
    print_line(export=str(args.export), **seeded.summary)
    return 0


def _check(args: argparse.Namespace) -> None:
    for name, least, most in (
        ("tickets", 1, TICKETS_MAX),
        ("gates", 1, GATES_MAX),
        ("devices", 0, DEVICES_MAX),
        ("codes", 0, DEVICES_MAX),
        ("door_tickets", 0, TICKETS_MAX),
        ("further_events", 0, EVENTS_MAX),
        ("further_tickets", 1, TICKETS_MAX),
    ):
        if not least <= getattr(args, name) <= most:
            raise BadInput(f"--{name.replace('_', '-')} is {least} to {most}")


def _may_write(settings: Settings) -> bool:
    """Ask before a load event is put into a ledger that somebody uses.

    Only a person is asked, at a terminal: a script is never kept waiting.
    """
    count = asyncio.run(_count_organizations(settings))
    if count == 0:
        return True
    _say(f"{shown_database(settings.database)} holds {count} organizations, perhaps live ones.")
    print("Write a load event beside them? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


async def _count_organizations(settings: Settings) -> int:
    from sqlalchemy import func, select

    from server.db.tenancy import SYSTEM
    from server.organizations.models import Organization
    from server.start_up.preparing_and_opening_epochs import prepared_context

    async with (
        prepared_context(settings) as context,
        context.database.read(org=SYSTEM) as session,
    ):
        found = await session.execute(select(func.count()).select_from(Organization))
        return int(found.scalar_one())


@dataclass(frozen=True)
class _Seeded:
    """What was made: the file's beginning, the tickets to sign into it, the summary."""

    head: dict[str, Any]
    issuer: Issuer
    sample: list[list[TicketId]]
    summary: dict[str, Any]


async def _seed(args: argparse.Namespace, settings: Settings) -> _Seeded:
    from server.homes.telling_gates_of_tickets import LedgerFeed
    from server.keys.vault import open_vault
    from server.publishing.publisher import Publisher
    from server.reconciliation.ended_keys import name_unexplained
    from server.start_up.preparing_and_opening_epochs import check_secret, prepared_context

    async with prepared_context(settings, connections=2) as context:
        await check_secret(settings, context.entropy)
        vault = open_vault(settings.data_folder, context.entropy)
        feed = LedgerFeed()
        publisher = Publisher(context, settings, vault, feed, name_unexplained=name_unexplained)
        organization = await make_organization(context, args)
        plan = await make_event(context, organization, args, name=args.name, gates=args.gates)
        _say(f"event {plan.event_id} created; issuing {args.tickets} tickets")
        issuer, ticket_ids = await _issue(context, publisher, plan, args, args.tickets)
        devices = await _enrol(context, vault, plan, args, "both")
        scanners = await _enrol(context, vault, plan, args, "scanner")
        codes = await _enrolment_codes(context, plan, args)
        published = await publisher.publish(plan.organization_id, plan.event_id)
        further = await _make_further(context, publisher, organization, args)
        head = {
            "base_url": (args.base_url or settings.public_url).rstrip("/"),
            "organization": plan.organization_id,
            "event_id": plan.event_id,
            "occurrence_id": plan.occurrence_id,
            "zone_id": plan.zone_id,
            "gates": plan.gate_ids,
            "device_tokens": [scanner["token"] for scanner in scanners],
            "devices": devices,
            "channel": await _channel(context, publisher, plan),
            "enrolment": codes,
            "login": organization.login,
            "further": further,
            "keyring": [
                {
                    "kid": f"{issuer.key_id:04x}",
                    "public_key": issuer.public_key.hex(),
                    "format": "GK1",
                }
            ],
        }
    summary = {
        "organization": plan.organization_id,
        "event_id": plan.event_id,
        "tickets": args.tickets,
        "devices": args.devices,
        "manifest_bytes": published.size,
    }
    return _Seeded(head, issuer, _sample(ticket_ids, args.signed), summary)


async def _issue(
    context: Context, publisher: Any, plan: Plan, args: argparse.Namespace, count: int
) -> tuple[Issuer, list[list[TicketId]]]:
    from server.publishing.credentials import open_issuer
    from server.ticketing.issuing_many import issue_many
    from server.ticketing.ticket_types import get_ticket_type

    async with context.write(plan.organization_id) as unit:
        issuer = await open_issuer(unit, publisher.vault, plan.event_id)
        kind = await get_ticket_type(unit, plan.event_id, plan.ticket_type_id)
        batches = [
            batch
            async for batch in issue_many(unit, kind, count, has_manual_codes=args.manual_codes)
        ]
    return issuer, batches


async def _make_further(
    context: Context, publisher: Any, organization: SeedOrganization, args: argparse.Namespace
) -> list[dict[str, Any]]:
    """Make more events of the same organization, each with one gate and a few tickets."""
    made = []
    for number in range(1, args.further_events + 1):
        name = f"{args.name} {number + 1}"
        plan = await make_event(context, organization, args, name=name, gates=1)
        issuer, batches = await _issue(context, publisher, plan, args, args.further_tickets)
        await publisher.publish(plan.organization_id, plan.event_id)
        codes = [code for part in _signed(issuer, batches) for code in part]
        made.append({"event_id": plan.event_id, "gates": plan.gate_ids, "codes": codes})
    return made


def _sample(batches: list[list[TicketId]], count: int | None) -> list[list[TicketId]]:
    """Take about so many tickets, spread over all ids; None for all."""
    if count is None:
        return batches
    step = max(1, sum(len(batch) for batch in batches) // count)
    return [batch[::step] for batch in batches]


async def _enrol(
    context: Context, vault: Vault, plan: Plan, args: argparse.Namespace, role: str
) -> list[dict[str, str | None]]:
    """Enrol devices as real ones would be, each with a key of its own.

    Scanners need none but to be enrolled: their token alone claims.
    """
    from functools import partial
    from hmac import compare_digest

    from server.devices.enrolling import enrol
    from shared.kernel.ed25519 import SigningKey
    from shared.wire.enrol_code import code_keys, sign_enrolment

    made: list[dict[str, str | None]] = []
    for number in range(args.devices):
        keys = code_keys(await _code(context, plan, args, number, role))
        key = SigningKey.generate(context.entropy)
        name = f"{_NAMES[role]} {number + 1}"
        request = sign_enrolment(keys, key, name=name, program="gatekeeper-server seed")
        enrolled = await enrol(context, vault, request, partial(compare_digest, keys.secret))
        made.append(
            {
                "device_id": enrolled.device.id,
                "token": enrolled.token,
                "gate_id": enrolled.device.gate_id,
                "seed": key.seed.hex(),
            }
        )
    return made


async def _channel(context: Context, publisher: Any, plan: Plan) -> dict[str, int | str]:
    """Make the server's channel key, and say it as devices know it."""
    from server.keys.channel_keys import channel_certificate, read_channel_keys

    async with context.write(plan.organization_id) as unit:
        await channel_certificate(unit, publisher.vault)
        keys = await read_channel_keys(unit, publisher.vault)
    number = max(keys)
    return {"number": number, "public_key": keys[number].public_key.hex()}


async def _code(
    context: Context, plan: Plan, args: argparse.Namespace, number: int, role: str = "both"
) -> str:
    from server.devices.enrolment_codes import issue_code
    from server.devices.schemas import AssignmentBody, DeviceProfile, DeviceRole

    assignment = AssignmentBody(
        role=DeviceRole(role),
        profile=DeviceProfile(args.profile),
        event_id=plan.event_id,
        gate_id=plan.gate_ids[number % len(plan.gate_ids)],
        admissions_per_minute=NO_LIMIT,  # these claim as fast as a load test wants
    )
    async with context.write(plan.organization_id) as unit:
        issued = await issue_code(unit, assignment, actor="seed", lifetime=30 * DAY)
    return issued.code


async def _enrolment_codes(context: Context, plan: Plan, args: argparse.Namespace) -> list[str]:
    return [await _code(context, plan, args, number) for number in range(args.codes)]


def _signed(issuer: Issuer, batches: Iterable[list[TicketId]]) -> Iterator[list[str]]:
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
    say_line("gatekeeper-server", sentence)

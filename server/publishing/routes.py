"""Handing an event to its gates; manifests, chunks and delegated keys for devices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

from litestar import Litestar, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Context, Units
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import answer_of
from server.http.logs import log
from server.keys.organization_keys import read_keyring
from server.keys.signers import Signers
from server.keys.vault import open_vault
from server.plans.earlier_plans import told_by
from server.problem_answers import Problem
from server.publishing.credentials import open_issuer_for
from server.publishing.oddities_before_handover import find_ending
from server.publishing.publisher import (
    Publisher,
    find_manifest,
    review_event,
)
from server.publishing.schemas import CredentialAnswer, HandoverAnswer, HandoverCheck, KeyAnswer
from server.ticketing.asked_ticket_ids import ticket_in_path
from server.ticketing.finding_and_changing_tickets import get_ticket
from server.ticketing.ticket_types import get_ticket_type
from shared.credential.keyring import Keyring
from shared.kernel.id_types import EventId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import datetime_from_instant

EVENT: Final = "/organizations/{organization_id:str}/events/{event_id:str}"
READ: Final = requires(Role.READER, "tickets:read")
PUBLISH: Final = requires(Role.MANAGER, "manifests:write")


@post(EVENT + "/handover", status_code=200, tags=["manifests"], guards=[PUBLISH])
async def hand_over(
    publisher: NamedDependency[Publisher],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> HandoverAnswer:
    """Hand the event to its gates: build and sign the manifest that they need to work alone.

    From then on zones, rules, dates, seats and what types mean are locked; see `freeze`.
    Refused where nobody could ever be let in, or a ledger that was put back waits for a device's
    journal; what else is odd is said as a warning.
    """
    async with units.read() as unit:
        findings = await review_event(unit, event_id)
    refused = [one for one in findings if one.is_refused]
    if refused:
        raise Problem("conflict", " ".join(one.message for one in refused))
    async with publisher.handovers.held(units.organization_id):
        published = await publisher.publish(units.organization_id, event_id)
    log().info("event.handed_over", event_id=event_id, actor=units.actor)
    return answer_of(HandoverAnswer, published, warnings=findings)


@get(EVENT + "/handover", tags=["manifests"], guards=[READ])
async def check_handover(
    units: NamedDependency[Units], event_id: FromPath[EventId]
) -> HandoverCheck:
    """Say what handing the event to its gates now would say; nothing is changed."""
    async with units.read() as unit:
        findings = await review_event(unit, event_id)
        manifest = await find_manifest(unit, event_id)
        keys = await read_keyring(unit, event_id)
        over_at = (await get_event(unit, event_id)).over_at
        told = 0
        if manifest is not None:
            told = await told_by(unit, event_id, manifest.published_at)
    refusals = [one for one in findings if one.is_refused]
    warnings = [one for one in findings if not one.is_refused]
    return HandoverCheck(
        may_hand_over=not refusals,
        refusals=refusals,
        warnings=warnings,
        handed_at=None if manifest is None else datetime_from_instant(manifest.published_at),
        handed_cursor=told,
        keyring=Keyring(keys).name_for(event_id),
        keys_end=find_ending(keys, event_id, over_at, is_retired=False),
        former_keys_end=find_ending(keys, event_id, over_at, is_retired=True),
    )


@get(
    EVENT + "/tickets/{ticket_id:str}/credential",
    tags=["tickets"],
    guards=[requires(Role.BOX_OFFICE, "tickets:write")],
)
async def get_credential(
    publisher: NamedDependency[Publisher],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    ticket_id: FromPath[str],
) -> CredentialAnswer:
    """Sign a ticket's credential: the digits of its QR code."""
    number = ticket_in_path(ticket_id)
    async with units.write() as unit:
        ticket = await get_ticket(unit, event_id, number)
        kind = await get_ticket_type(unit, event_id, ticket.ticket_type_id)
        issuer = await open_issuer_for(unit, publisher.vault, ticket)
        issued = issuer.issue(ticket, kind.code)
        return CredentialAnswer(
            ticket_id=format_ticket_id(number),
            generation=ticket.generation,
            digits=issued.digits,
            manual_code=issued.manual_code,
        )


@get("/organizations/{organization_id:str}/keyring", tags=["manifests"], guards=[READ])
async def get_keyring(
    units: NamedDependency[Units],
    event_id: Annotated[EventId | None, QueryParameter(max_length=64)] = None,
) -> list[KeyAnswer]:
    """List the keys that sign tickets, as `gatekeeper inspect --keyring` takes them.

    Of an event and those near it; without one, of the events nearest to the present.
    """
    async with units.read() as unit:
        if event_id is not None:
            await get_event(unit, event_id)
        keys = await read_keyring(unit, event_id)
    return [
        KeyAnswer(
            kid=f"{key.key_id:04x}",
            public_key=key.public_key.hex(),
            format="GK1",
            event_id=key.event_id,
            status=key.status.value,
            device_id=key.issuer_device_id,
        )
        for key in keys
    ]


@asynccontextmanager
async def open_publisher(app: Litestar) -> AsyncIterator[None]:
    """Hold the organization's keys ready while the application runs."""
    context: Context = app.state["context"]
    settings = app.state["settings"]
    vault = app.state["vault"] = open_vault(settings.data_folder, context.entropy)
    app.state["publisher"] = Publisher(
        app.state["asked_context"],
        settings,
        vault,
        app.state["changes"],
        name_unexplained=app.state["name_unexplained"],
    )
    app.state["signers"] = Signers(context, vault)
    yield


lifespans = [open_publisher]

"""What a device asks before it can prove itself: its place, the venue's authority, the channel."""

from __future__ import annotations

from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from server.db.rate_limit_over_workers import forgive, take
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.devices import enrolling
from server.devices.proofs import asking_device, enrolment_proof
from server.http.asgi import CLIENT
from server.http.logs import log
from server.http.parameters import AnyRequest
from server.http.rate_limits import ENROLMENTS, network_of
from server.keys.channel_keys import channel_certificate, find_channel_certificate
from server.keys.organization_keys import root_public_key
from server.keys.vault import Vault
from server.organizations.organizations_and_numbers import get_organization
from server.problem_answers import Problem, not_found
from server.settings import Settings
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import format_instant
from shared.wire.enrol import EnrolAnswer, EnrolRequest
from shared.wire.proof import ChannelText

PEM: Final = "application/x-pem-file"


@post("/enrol", tags=["sync"], security=[{}])
async def enrol(
    data: JSONBody[EnrolRequest],
    request: AnyRequest,
    vault: NamedDependency[Vault],
    context: NamedDependency[Context],
    settings: NamedDependency[Settings],
) -> EnrolAnswer:
    """Trade a one-time code and a device's own key for its place in the organization."""
    client = network_of(str(request.scope.get(CLIENT, "")))
    async with context.database.write(org=SYSTEM, is_audited=False) as session:
        allowance = await take(session, ENROLMENTS, client, context.clock.wall())
    if not allowance.is_allowed:
        wait = allowance.retry_after_s
        raise Problem("too-many-requests", f"Try again in {wait} s.", retry_after_s=wait)
    enrolled = await enrolling.enrol(context, vault, data, enrolment_proof(request.scope).holds)
    device = enrolled.device
    async with context.write(device.organization_id) as unit:
        if not enrolled.is_again:  # it was no guess; what is only repeated counts
            await forgive(unit.session, ENROLMENTS, client, unit.now)
        root = await root_public_key(unit, vault)
        channel = await channel_certificate(unit, vault)
        organization = await get_organization(unit)
    log().info("device.enrolled", device_id=device.id, organization_id=organization.id)
    return EnrolAnswer(
        device_id=device.id,
        token=enrolled.token,
        organization_id=OrganizationId(organization.id),
        organization=organization.name,
        root_public_key=root.hex(),
        role=device.role,
        event_id=device.event_id,
        gate_id=device.gate_id,
        server_time=format_instant(context.clock.wall()),
        authority_pem=settings.authority_pem,
        profile=device.profile,
        channel=ChannelText.of(channel),
    )


@get("/authority", tags=["sync"], security=[{}], media_type=PEM)
async def fetch_authority(settings: NamedDependency[Settings]) -> Response[str]:
    """Fetch the venue's own certificate authority; who asks compares it with its code."""
    if settings.authority_pem is None:
        raise not_found("certificate authority; the system's roots are used")
    return Response(settings.authority_pem, media_type=PEM)


@get("/channel", tags=["sync"])
async def tell_channel(request: AnyRequest, context: NamedDependency[Context]) -> ChannelText:
    """Fetch the root's word for the key by which the server proves its answers.

    Needs no proof, for it is what a device makes its first one with: it is signed by the root.
    """
    device = asking_device(request.scope)
    async with context.read(device.organization_id) as unit:
        found = await find_channel_certificate(unit)
    if found is None:
        async with context.write(device.organization_id) as unit:
            found = await channel_certificate(unit, request.app.state["vault"])
    return ChannelText.of(found)

"""Devices: codes, list, assignment and revocation for the organizer; enrolment for the device."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Final

from litestar import Litestar, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.api_keys import end_api_keys
from server.accounts.guards import requires
from server.accounts.principal import Principal, Role
from server.accounts.role_still_held import hold_role
from server.background.repeating import find_steady_time, repeating
from server.db.unit import Context, Unit, Units
from server.devices import assigning, enrolment_codes, finding_devices, revoking
from server.devices.device_of_request import KnownDevices
from server.devices.enrolment_codes import CODES_EVERY_S
from server.devices.enrolment_line import enrolment_urls, find_authority
from server.devices.models import Device, EnrolmentCode
from server.devices.schemas import (
    AssignmentBody,
    CodeAnswer,
    DeviceAnswer,
    DeviceRole,
    NewCode,
    OpenCodeAnswer,
    Revocation,
)
from server.http.body_and_answer_types import Page, answer_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing, Search
from server.http.logs import log
from server.http.page_cursors import SORTS
from server.http.parameters import AnyRequest
from server.keys.organization_keys import root_public_key
from server.keys.vault import Vault
from server.organizations.invitations import end_invitations
from server.settings import Settings
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import MINUTE
from shared.wire.enrol import EnrolmentText, fingerprint

DEVICES: Final = "/organizations/{organization_id:str}/devices"
DEVICE: Final = DEVICES + "/{device_id:str}"
READ: Final = requires(Role.READER, "devices:read")
WRITE: Final = requires(Role.MANAGER, "devices:write")
Withdrawal = Callable[[Unit, str], Awaitable[None]]
"""Takes back in the same transaction what a revoked device was given by other rooms."""


@post(DEVICES + "/codes", tags=["devices"], guards=[WRITE])
async def issue_code(
    data: JSONBody[NewCode],
    request: AnyRequest,
    vault: NamedDependency[Vault],
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
    settings: NamedDependency[Settings],
) -> CodeAnswer:
    """Make a one-time code that enrols one device."""
    async with units.write() as unit:
        await hold_role(unit, principal, Role.MANAGER)
        issued = await enrolment_codes.issue_code(
            unit,
            data,
            actor=principal.actor,
            lifetime=data.minutes * MINUTE,
        )
        root = await root_public_key(unit, vault)
    authority = find_authority(settings)
    find: Callable[[], list[str]] = request.app.state["find_addresses"]
    texts = [
        EnrolmentText(url, issued.code, fingerprint(root), authority).format()
        for url in enrolment_urls(settings, find)
    ]
    return answer_of(CodeAnswer, issued, text=texts[0], texts=texts)


@get(DEVICES + "/codes", tags=["devices"], guards=[requires(Role.MANAGER, "devices:read")])
async def list_codes(
    listing: NamedDependency[Listing], units: NamedDependency[Units]
) -> list[OpenCodeAnswer]:
    """List the codes that may still enrol a device, without the codes themselves."""
    async with units.read() as unit:
        found = [_open_code(one) for one in await enrolment_codes.list_open_codes(unit)]
    return listing.arrange(found, OpenCodeAnswer)


@delete(DEVICES + "/codes/{code_id:str}", status_code=204, tags=["devices"], guards=[WRITE])
async def take_code_back(units: NamedDependency[Units], code_id: FromPath[str]) -> None:
    """Let a code enrol no device any more; of one that has, revoke the device."""
    async with units.write() as unit:
        await enrolment_codes.take_code_back(unit, code_id)


@get(DEVICES, tags=["devices"], guards=[READ], opt={SORTS: finding_devices.DEVICE_ORDER})
async def list_devices(
    search: NamedDependency[Search],
    units: NamedDependency[Units],
    role: Annotated[DeviceRole | None, QueryParameter()] = None,
    event_id: Annotated[EventId | None, QueryParameter(max_length=64)] = None,
    is_revoked: Annotated[bool | None, QueryParameter(name="revoked")] = None,
) -> Page[DeviceAnswer]:
    """List devices with their last contact, revoked ones as well."""
    async with units.read() as unit:
        return await search.page(
            unit,
            finding_devices.select_devices(role=role, event_id=event_id, is_revoked=is_revoked),
            finding_devices.DEVICE_ORDER,
            convert=_device,
        )


@get(DEVICE, tags=["devices"], guards=[READ])
async def get_device(units: NamedDependency[Units], device_id: FromPath[DeviceId]) -> DeviceAnswer:
    """Show a device."""
    async with units.read() as unit:
        return _device(await finding_devices.get_device(unit, device_id))


@put(DEVICE + "/assignment", tags=["devices"], guards=[WRITE])
async def assign_device(
    data: JSONBody[AssignmentBody],
    expected: NamedDependency[Expected],
    known_devices: NamedDependency[KnownDevices],
    units: NamedDependency[Units],
    device_id: FromPath[DeviceId],
) -> DeviceAnswer:
    """Change what a device is for; its profile stays as it was enrolled."""
    async with units.write() as unit:
        await expected.check(unit, device_id, _locked, device_id)
        device = _device(await assigning.assign_device(unit, device_id, data))
    known_devices.note_changed(device_id)
    return device


@post(DEVICE + "/revoke", status_code=200, tags=["devices"], guards=[WRITE])
async def revoke_device(
    data: JSONBody[Revocation],
    request: AnyRequest,
    known_devices: NamedDependency[KnownDevices],
    units: NamedDependency[Units],
    device_id: FromPath[DeviceId],
) -> DeviceAnswer:
    """Take a device's word away at once; what it still uploads is kept as evidence."""
    withdraw: Withdrawal = request.app.state["on_revoked"]
    async with units.write() as unit:
        device = _device(await revoking.revoke_device(unit, device_id, data.reason))
        await withdraw(unit, device_id)
    known_devices.note_changed(device_id)
    log().info("device.revoked", device_id=device_id, actor=units.actor)
    return device


async def _locked(unit: Unit, device_id: DeviceId) -> DeviceAnswer:
    return _device(await finding_devices.hold_device(unit, device_id))


def _open_code(row: EnrolmentCode) -> OpenCodeAnswer:
    return answer_of(OpenCodeAnswer, row, id=row.hash.hex())


def _device(row: Device) -> DeviceAnswer:
    return answer_of(DeviceAnswer, row, public_key=row.public_key.hex())


@asynccontextmanager
async def open_known_devices(app: Litestar) -> AsyncIterator[None]:
    """Know devices by their tokens while the application runs."""
    app.state["known_devices"] = KnownDevices(app.state["context"], app.state["driver"])
    yield


@asynccontextmanager
async def ending_codes(app: Litestar) -> AsyncIterator[None]:
    """End codes for devices, invitations and API keys for good while the application runs."""
    context: Context = app.state["context"]

    async def end() -> None:
        due_by = await find_steady_time(context)
        if due_by is None:
            return
        ended = 0
        for end_due in (enrolment_codes.end_codes, end_invitations, end_api_keys):
            ended += await end_due(context, due_by)
        if ended:
            log().info("codes.ended", count=ended)

    async with repeating("codes.ending", CODES_EVERY_S, end):
        yield


lifespans = [open_known_devices, ending_codes]

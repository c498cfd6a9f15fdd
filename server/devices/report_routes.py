"""How devices stand, by their own word."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.devices.device_reports import find_report, read_report, select_reports
from server.devices.finding_devices import Device, DeviceReportRow, get_device
from server.http.body_and_answer_types import Answer, Page, answer_of, moment_of
from server.http.list_search_and_filters import Search
from server.http.page_cursors import SORTS, RowOrder
from server.problem_answers import not_found
from shared.kernel.id_types import DeviceId, EventId

REPORTS: Final = "/organizations/{organization_id:str}/device-reports"
READ: Final = requires(Role.READER, "devices:read")
REPORT_ORDER: Final = RowOrder(
    Device.id,
    fields={
        "device": Device.name,
        "role": Device.role,
        "reported_at": DeviceReportRow.reported_at,
    },
)


class DevicePartAnswer(Answer):
    """How a reader or a printer is."""

    name: str
    state: str


class DeviceReportAnswer(Answer):
    """How a device stood when it last said so; its word only.

    Attributes:
        reported_at: Server time.
        keyring: Names the ticket keys that it knows: the same at all devices of an event.
        pending: Entries that the server had not acknowledged.
        clock_offset_us: What it adds to its clock; null while unknown.
        battery: Per cent; null without any.
        is_leaving: It has said that it closes.
        is_pushed: The server's pushes reach it; else it asks every few seconds, as behind a proxy
            that lets no WebSockets through. Null while that is unknown.
    """

    device_id: DeviceId
    device: str
    role: str
    event_id: EventId | None
    reported_at: datetime
    program: str
    epoch: int
    cursor: int
    head: int
    plan: int
    keyring: str
    manifest_epoch: int
    manifest_sequence: int
    pending: int
    clock_offset_us: int | None
    clock_error_us: int | None
    is_clock_trusted: bool
    battery: int | None
    readers: list[DevicePartAnswer]
    printers: list[DevicePartAnswer]
    is_leaving: bool
    is_pushed: bool | None


@get(REPORTS, tags=["devices"], guards=[READ], opt={SORTS: REPORT_ORDER})
async def list_device_reports(
    search: NamedDependency[Search],
    units: NamedDependency[Units],
    event_id: Annotated[EventId | None, QueryParameter(max_length=64)] = None,
) -> Page[DeviceReportAnswer]:
    """List how each device stood when it last said so."""
    async with units.read() as unit:
        return await search.page(
            unit,
            select_reports(units.organization_id, event_id),
            REPORT_ORDER,
            convert=lambda row: _answer(*row),
        )


@get(REPORTS + "/{device_id:str}", tags=["devices"], guards=[READ])
async def show_device_report(
    units: NamedDependency[Units], device_id: FromPath[DeviceId]
) -> DeviceReportAnswer:
    """Show how a device stood when it last said so."""
    async with units.read() as unit:
        device = await get_device(unit, device_id)
        row = await find_report(unit, device_id)
        if row is None:
            raise not_found("report of this device; it has sent none yet")
        return _answer(device, row)


def _answer(device: Device, row: DeviceReportRow) -> DeviceReportAnswer:
    report = read_report(row)
    return answer_of(
        DeviceReportAnswer,
        report,
        device_id=device.id,
        device=device.name,
        role=device.role,
        event_id=row.event_id,
        reported_at=moment_of(row.reported_at),
        clock_offset_us=report.clock_offset,
        clock_error_us=report.clock_error,
        readers=[DevicePartAnswer(name=one.name, state=one.state) for one in report.readers],
        printers=[DevicePartAnswer(name=one.name, state=one.state) for one in report.printers],
        is_leaving=report.is_leaving,
    )

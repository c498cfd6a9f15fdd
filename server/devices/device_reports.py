"""What devices say of themselves: kept as it came, shown to people, trusted for nothing."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Select, select, text

from server.db.unit import Context, Unit
from server.devices.device_of_request import DeviceIdentity
from server.devices.models import Device, DeviceReportRow
from server.http.logs import log
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.kernel.instant import SECOND, Duration
from shared.wire.device_report import DeviceReport, decode_report

REPORT_SPACING: Final[Duration] = 2 * SECOND
"""Between two reports of one device that are kept; what comes sooner is kept later."""

_KEEP: Final = text(
    "INSERT INTO device_report (device_id, organization_id, event_id, reported_at, report)"
    " VALUES (:device_id, :organization_id, :event_id, :now, :report)"
    " ON CONFLICT (device_id) DO UPDATE SET event_id = excluded.event_id,"
    " reported_at = excluded.reported_at, report = excluded.report"
)
_REMEMBERED_MAX: Final = 20_000


class DeviceReports:
    """Keeps the newest report of each device that exchanges with this worker."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: dict[DeviceId, Duration] = {}
        self._held: dict[DeviceId, bytes] = {}

    async def keep(self, device: DeviceIdentity, said: bytes) -> None:
        """Keep a device's report, or let one that is none be.

        One that comes too soon is held, and kept with a later exchange: the device takes it for
        said, and says no other before something changes or a minute has passed.

        Args:
            device: Whose exchange this is.
            said: Its report; empty where it sent none.
        """
        now = self._context.clock.monotonic()
        before = self._kept.get(device.id)
        said = said or self._held.get(device.id, b"")
        if not said:
            return
        try:
            report = decode_report(said)
        except Malformed:
            log().info("device.report_malformed", device_id=device.id)
            return
        is_soon = before is not None and now - before < REPORT_SPACING
        if is_soon and not report.is_leaving:
            self._held[device.id] = said
            return
        if len(self._kept) >= _REMEMBERED_MAX:
            self._kept.clear()
            self._held.clear()
        self._kept[device.id] = now
        if report.is_leaving:
            del self._kept[device.id]  # what it says once it runs again is news
        self._held.pop(device.id, None)
        async with self._context.write(device.organization_id) as unit:
            what = {
                "device_id": device.id,
                "organization_id": device.organization_id,
                "event_id": device.event_id,
                "now": unit.now,
                "report": said,
            }
            await (await unit.session.connection()).execute(_KEEP, what)


def select_reports(
    organization_id: OrganizationId, event_id: EventId | None
) -> Select[Device, DeviceReportRow]:
    """Ask for devices with their reports, those at an event or all."""
    query = (
        select(Device, DeviceReportRow)
        .join(DeviceReportRow, DeviceReportRow.device_id == Device.id)
        .where(Device.organization_id == organization_id)
    )
    return query if event_id is None else query.where(DeviceReportRow.event_id == event_id)


async def find_report(unit: Unit, device_id: DeviceId) -> DeviceReportRow | None:
    """Return a device's newest report; None before its first."""
    query = select(DeviceReportRow).where(DeviceReportRow.device_id == device_id)
    return await unit.find(query)


def read_report(row: DeviceReportRow) -> DeviceReport:
    """Decode what was kept; it was looked at when it came.

    Raises:
        Malformed: if the row is damaged.
    """
    return decode_report(row.report)

"""What devices say of themselves: kept as it came, shown to people, trusted for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, text

from server.db.unit import Context, Unit
from server.devices.identity import DeviceIdentity
from server.devices.models import Device, DeviceReportRow
from server.http.logs import log
from server.policy import REPORT_SPACING
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Duration
from shared.wire.device_report import DeviceReport, decode_report

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

    async def keep(self, device: DeviceIdentity, said: bytes) -> None:
        """Keep a device's report; one that comes too soon, or that is none, is passed over."""
        now = self._context.clock.monotonic()
        before = self._kept.get(device.id)
        if not said or (before is not None and now - before < REPORT_SPACING):
            return
        try:
            decode_report(said)
        except Malformed:
            log().info("device.report_malformed", device_id=device.id)
            return
        if len(self._kept) >= _REMEMBERED_MAX:
            self._kept.clear()
        self._kept[device.id] = now
        async with self._context.write(device.organization_id) as unit:
            what = {
                "device_id": device.id,
                "organization_id": device.organization_id,
                "event_id": device.event_id,
                "now": unit.now,
                "report": said,
            }
            await (await unit.session.connection()).execute(_KEEP, what)


async def list_reports(
    unit: Unit, *, limit: int, after: str | None
) -> Sequence[tuple[Device, DeviceReportRow]]:
    """Return up to `limit + 1` devices with their newest reports, in order of id."""
    query = (
        select(Device, DeviceReportRow)
        .join(DeviceReportRow, DeviceReportRow.device_id == Device.id)
        .where(Device.organization_id == unit.organization_id)
        .order_by(Device.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(Device.id > after)
    return [(row[0], row[1]) for row in (await unit.session.execute(query)).all()]


async def find_report(unit: Unit, device_id: DeviceId) -> DeviceReportRow | None:
    """Return a device's newest report; None before its first."""
    query = select(DeviceReportRow).where(DeviceReportRow.device_id == device_id)
    return (await unit.session.execute(query)).scalar_one_or_none()


def read_report(row: DeviceReportRow) -> DeviceReport:
    """Decode what was kept; it was looked at when it came.

    Raises:
        Malformed: if the row is damaged.
    """
    return decode_report(row.report)

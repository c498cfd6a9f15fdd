"""`/api/v1/…/events/{event_id}/report`: what an event came to, as JSON and as files."""

from __future__ import annotations

import asyncio
from typing import Final

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Context
from server.http.content_type import XLSX
from server.reports.files import write_csv, write_pdf, write_xlsx
from server.reports.folding import fold_event
from server.reports.tables import ReportAnswer
from shared.kernel.id_types import EventId, OrganizationId

REPORT: Final = "/organizations/{organization_id:str}/events/{event_id:str}/report"
PDF: Final = "application/pdf"
READ: Final = requires(Role.READER, "reports:read")


@get(REPORT, tags=["reports"], guards=[READ])
async def get_report(
    context: NamedDependency[Context],
    organization_id: FromPath[OrganizationId],
    event_id: FromPath[EventId],
) -> ReportAnswer:
    """Fold what an event came to: sales, people, denials, conflicts, tills, refunds."""
    async with context.read(organization_id) as unit:
        return await fold_event(unit, event_id)


@get(REPORT + ".csv", tags=["reports"], guards=[READ], media_type="text/csv")
async def get_report_csv(
    context: NamedDependency[Context],
    organization_id: FromPath[OrganizationId],
    event_id: FromPath[EventId],
) -> Response[str]:
    """Return an event's report as CSV: all tables, one below the other."""
    async with context.read(organization_id) as unit:
        report = await fold_event(unit, event_id)
    return Response(write_csv(report), media_type="text/csv", headers=_name(event_id, "csv"))


@get(REPORT + ".xlsx", tags=["reports"], guards=[READ], media_type=XLSX)
async def get_report_xlsx(
    context: NamedDependency[Context],
    organization_id: FromPath[OrganizationId],
    event_id: FromPath[EventId],
) -> Response[bytes]:
    """Return an event's report as a spreadsheet, a sheet for each table."""
    async with context.read(organization_id) as unit:
        report = await fold_event(unit, event_id)
    written = await asyncio.to_thread(write_xlsx, report)
    return Response(written, media_type=XLSX, headers=_name(event_id, "xlsx"))


@get(REPORT + ".pdf", tags=["reports"], guards=[READ], media_type=PDF)
async def get_report_pdf(
    context: NamedDependency[Context],
    organization_id: FromPath[OrganizationId],
    event_id: FromPath[EventId],
) -> Response[bytes]:
    """Return an event's report on paper's pages."""
    async with context.read(organization_id) as unit:
        report = await fold_event(unit, event_id)
    written = await asyncio.to_thread(write_pdf, report)
    return Response(written, media_type=PDF, headers=_name(event_id, "pdf"))


def _name(event_id: EventId, form: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{event_id}-report.{form}"'}


routers = [
    Router(
        "/api/v1",
        route_handlers=[get_report, get_report_csv, get_report_xlsx, get_report_pdf],
    )
]

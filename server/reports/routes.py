"""`/api/v1/…/events/{event_id}/report`: what an event came to, as JSON and as files."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Final

from litestar import Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.http.content_type import XLSX
from server.problem_answers import wrong_field
from server.reports.csv_xlsx_and_pdf_files import write_csv, write_pdf, write_xlsx
from server.reports.event_tables import fold_answers, fold_event, fold_files
from server.reports.making_files_beside_requests import drawn
from server.reports.period_tables import Period, fold_period
from server.reports.report_cells import print_period
from server.reports.report_texts import ReportLanguage
from server.reports.schemas import AnswersAnswer, PeriodAnswer, ReportAnswer
from shared.field_limits import REPORT_EVENTS_NAMED_MAX
from shared.kernel.id_types import EventId

REPORT: Final = "/organizations/{organization_id:str}/events/{event_id:str}/report"
PERIOD: Final = "/organizations/{organization_id:str}/report"
_ID_SIZE: Final = 32
PDF: Final = "application/pdf"
READ: Final = requires(Role.READER, "reports:read")


@get(REPORT, tags=["reports"], guards=[READ])
async def get_report(units: NamedDependency[Units], event_id: FromPath[EventId]) -> ReportAnswer:
    """Fold what an event came to: sales, people, denials, conflicts, tills, refunds."""
    async with units.read() as unit:
        return await fold_event(unit, event_id)


@get(REPORT + "/answers", tags=["reports"], guards=[READ])
async def get_door_answers(
    units: NamedDependency[Units], event_id: FromPath[EventId]
) -> AnswersAnswer:
    """Count what was answered at the doors: a table of the report, cheap to look at often."""
    async with units.read() as unit:
        return await fold_answers(unit, event_id)


@get(REPORT + ".csv", tags=["reports"], guards=[READ], media_type="text/csv")
async def get_report_csv(
    units: NamedDependency[Units], event_id: FromPath[EventId]
) -> Response[str]:
    """Return an event's report as CSV: all tables, one below the other."""
    async with units.read() as unit:
        report = await fold_files(unit, event_id)
    written = await drawn(units.organization_id, write_csv, report)
    return Response(written, media_type="text/csv", headers=_name(event_id, "csv"))


@get(REPORT + ".xlsx", tags=["reports"], guards=[READ], media_type=XLSX)
async def get_report_xlsx(
    units: NamedDependency[Units], event_id: FromPath[EventId]
) -> Response[bytes]:
    """Return an event's report as a spreadsheet, a sheet for each table."""
    async with units.read() as unit:
        report = await fold_files(unit, event_id)
    written = await drawn(units.organization_id, write_xlsx, report)
    return Response(written, media_type=XLSX, headers=_name(event_id, "xlsx"))


@get(REPORT + ".pdf", tags=["reports"], guards=[READ], media_type=PDF)
async def get_report_pdf(
    units: NamedDependency[Units], event_id: FromPath[EventId], language: ReportLanguage = "en"
) -> Response[bytes]:
    """Return an event's report on paper's pages."""
    async with units.read() as unit:
        report = await fold_files(unit, event_id)
    written = await drawn(units.organization_id, partial(write_pdf, language=language), report)
    return Response(written, media_type=PDF, headers=_name(event_id, "pdf"))


def provide_period(
    events: Annotated[
        str | None,
        QueryParameter(
            max_length=REPORT_EVENTS_NAMED_MAX * _ID_SIZE,
            description="ids of events, separated by commas",
        ),
    ] = None,
    since: Annotated[date | None, QueryParameter(description="the first day in it")] = None,
    until: Annotated[date | None, QueryParameter(description="the last day in it")] = None,
) -> Period:
    """Read what a report is about.

    Raises:
        Problem: naming `events`, if they are too many.
    """
    ids = tuple(EventId(one.strip()) for one in (events or "").split(",") if one.strip())
    if len(ids) > REPORT_EVENTS_NAMED_MAX:
        raise wrong_field("events", f"are more than {REPORT_EVENTS_NAMED_MAX}")
    return Period(event_ids=ids, since=since, until=until)


OF_PERIOD: Final = {"period": Provide(provide_period, sync_to_thread=False)}


@get(PERIOD, tags=["reports"], guards=[READ], dependencies=OF_PERIOD)
async def get_period_report(
    period: NamedDependency[Period], units: NamedDependency[Units]
) -> PeriodAnswer:
    """Fold what several events came to, or all live ones, from a day to another.

    Money counts on the day on which it moved, in the organization's time zone; without days all.
    """
    async with units.read() as unit:
        return await fold_period(unit, period)


@get(
    PERIOD + ".csv",
    tags=["reports"],
    guards=[READ],
    dependencies=OF_PERIOD,
    media_type="text/csv",
)
async def get_period_csv(
    period: NamedDependency[Period], units: NamedDependency[Units]
) -> Response[str]:
    """Return the report over several events as CSV."""
    async with units.read() as unit:
        report = print_period(await fold_period(unit, period))
    written = await drawn(units.organization_id, write_csv, report)
    return Response(written, media_type="text/csv", headers=_name("", "csv"))


@get(PERIOD + ".xlsx", tags=["reports"], guards=[READ], dependencies=OF_PERIOD, media_type=XLSX)
async def get_period_xlsx(
    period: NamedDependency[Period], units: NamedDependency[Units]
) -> Response[bytes]:
    """Return the report over several events as a spreadsheet, a sheet for each table."""
    async with units.read() as unit:
        report = print_period(await fold_period(unit, period))
    written = await drawn(units.organization_id, write_xlsx, report)
    return Response(written, media_type=XLSX, headers=_name("", "xlsx"))


@get(PERIOD + ".pdf", tags=["reports"], guards=[READ], dependencies=OF_PERIOD, media_type=PDF)
async def get_period_pdf(
    period: NamedDependency[Period],
    units: NamedDependency[Units],
    language: ReportLanguage = "en",
) -> Response[bytes]:
    """Return the report over several events on paper's pages."""
    async with units.read() as unit:
        report = print_period(await fold_period(unit, period))
    written = await drawn(units.organization_id, partial(write_pdf, language=language), report)
    return Response(written, media_type=PDF, headers=_name("", "pdf"))


def _name(event_id: str, form: str) -> dict[str, str]:
    name = "-".join(filter(None, (event_id, "report")))
    return {"Content-Disposition": f'attachment; filename="{name}.{form}"'}

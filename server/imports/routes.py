"""`/api/v1/…/events/{event_id}/imports`: lists of tickets and guests, as long jobs."""

from __future__ import annotations

import csv
from functools import partial
from io import StringIO
from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Principal, Role
from server.background.work_aside import work_aside
from server.db.unit import Unit, Units
from server.events.events_and_dates import Event, get_event
from server.http.body_and_answer_types import Page, answer_of, page_of
from server.http.list_search_and_filters import Search
from server.http.openapi_document import TEXT_BODY
from server.http.page_cursors import PAGE_SIZE_DEFAULT, SORTS, Limit
from server.http.parameters import AnyRequest
from server.http.retrying import look_again
from server.imports import import_acts
from server.imports.columns_and_lines import PURPOSE, Mapping
from server.imports.import_acts import IMPORT_POLL_S
from server.imports.import_job import Importer
from server.imports.models import ImportLine, TicketImport
from server.imports.schemas import (
    ImportLineAnswer,
    ImportTypeAnswer,
    LineOutcome,
    StartBody,
    TicketImportAnswer,
)
from server.jobs.due_jobs import doing_jobs
from server.jobs.runner import JobRunner
from server.ticketing.import_in_one_call_routes import EXAMPLE
from server.ticketing.ports import UsageLookup
from server.ticketing.ticket_answers import names_at_gates
from shared.field_limits import LIST_FILE_SIZE_MAX
from shared.kernel.id_types import EventId
from shared.kernel.ids import format_ticket_id
from shared.kernel.spreadsheet_cells import plain_cell
from shared.wire.work_reasons import WorkReason

IMPORTS: Final = "/organizations/{organization_id:str}/events/{event_id:str}/imports"
IMPORT: Final = IMPORTS + "/{import_id:str}"
READ: Final = requires(Role.STAFF, "tickets:read")
WRITE: Final = requires(Role.BOX_OFFICE, "tickets:write")

AfterLine = Annotated[int, QueryParameter(name="after", ge=0, le=1_000_000_000)]
KeepUsed = Annotated[bool, QueryParameter(name="keep_used")]
OfOutcome = Annotated[
    LineOutcome | None, QueryParameter(name="outcome", description="lines of one outcome only")
]


@post(
    IMPORTS,
    tags=["imports"],
    guards=[WRITE],
    opt={TEXT_BODY: ("text/csv", EXAMPLE)},
    request_max_body_size=LIST_FILE_SIZE_MAX,
)
async def bring_list(
    request: AnyRequest, units: NamedDependency[Units], event_id: FromPath[EventId]
) -> TicketImportAnswer:
    """Bring a list, CSV or XLSX: its columns, a sample, and a guess of which holds what.

    The first line names the columns. Nothing is looked up or taken yet.
    """
    async with units.read() as unit:
        await get_event(unit, event_id)
    body = await request.body()
    sheet, rows, size, packed = await work_aside(
        units.organization_id, partial(import_acts.open_list, body)
    )
    async with units.write() as unit:
        found = await import_acts.create_import(unit, event_id, packed, sheet, rows, size)
        return await _show(unit, found)


@get(IMPORTS, tags=["imports"], guards=[READ], opt={SORTS: import_acts.IMPORT_ORDER})
async def list_imports(
    search: NamedDependency[Search],
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    in_state: Annotated[str | None, QueryParameter(name="state", max_length=64)] = None,
) -> Page[TicketImportAnswer]:
    """List an event's imports, in order of their ids."""
    async with units.read() as unit:
        event = await get_event(unit, event_id)
        return await search.page(
            unit,
            import_acts.select_imports(event_id, in_state),
            import_acts.IMPORT_ORDER,
            convert=partial(_answer, event, principal=principal),
        )


@get(IMPORT, tags=["imports"], guards=[READ])
async def get_import(
    units: NamedDependency[Units],
    principal: NamedDependency[Principal],
    event_id: FromPath[EventId],
    import_id: FromPath[str],
) -> TicketImportAnswer:
    """Say how far an import is."""
    async with units.read() as unit:
        found = await import_acts.get_import(unit, event_id, import_id)
        return _answer(await get_event(unit, event_id), found, principal=principal)


@post(IMPORT + "/check", status_code=202, tags=["imports"], guards=[WRITE])
@look_again
async def check_import(
    data: JSONBody[Mapping],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    import_id: FromPath[str],
) -> TicketImportAnswer:
    """Have each line looked at, by which column holds what; nothing is taken."""
    async with units.write() as unit:
        return await _show(unit, await import_acts.check_import(unit, event_id, import_id, data))


@post(IMPORT + "/start", status_code=202, tags=["imports"], guards=[WRITE])
@look_again
async def start_import(
    data: JSONBody[StartBody],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    import_id: FromPath[str],
) -> TicketImportAnswer:
    """Take a checked list: all its right lines, or after a cancel or a fault none."""
    async with units.write() as unit:
        found = await import_acts.start_import(
            unit, event_id, import_id, leaves_out_wrong=data.leave_out_wrong
        )
        return await _show(unit, found)


@post(IMPORT + "/cancel", status_code=202, tags=["imports"], guards=[WRITE])
@look_again
async def cancel_import(
    units: NamedDependency[Units], event_id: FromPath[EventId], import_id: FromPath[str]
) -> TicketImportAnswer:
    """Give a list up, as long as its tickets do not admit yet; nothing of it is left."""
    async with units.write() as unit:
        found = await import_acts.cancel_import(unit, event_id, import_id)
        answer = await _show(unit, found)
    await units.context.database.empty_log()
    return answer


@post(IMPORT + "/undo", status_code=202, tags=["imports"], guards=[WRITE])
@look_again
async def undo_import(
    units: NamedDependency[Units],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    import_id: FromPath[str],
    keep_used: KeepUsed = False,  # noqa: FBT002 - a query's
) -> TicketImportAnswer:
    """Cancel all tickets that an import has brought.

    On whose tickets somebody has come in, those stay with `keep_used`; else nothing is cancelled.
    """
    used = 0
    if not keep_used:
        async with units.read() as unit:
            used = await import_acts.count_used(unit, usage, event_id, import_id)
    async with units.write() as unit:
        found = await import_acts.undo_import(unit, event_id, import_id, used)
        return await _show(unit, found)


@get(IMPORT + "/lines", tags=["imports"], guards=[READ])
async def list_lines(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    import_id: FromPath[str],
    outcome: OfOutcome = None,
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: AfterLine = 0,
) -> Page[ImportLineAnswer]:
    """Say what becomes of each line, in their order."""
    async with units.read() as unit:
        rows = await import_acts.list_lines(
            unit, event_id, import_id, outcome=outcome, limit=limit, after=after
        )
        return page_of(rows, limit, _line, lambda row: str(row.line))


@get(IMPORT + "/report.csv", tags=["imports"], guards=[READ], media_type="text/csv")
async def read_report(
    units: NamedDependency[Units], event_id: FromPath[EventId], import_id: FromPath[str]
) -> Response[str]:
    """Return what becomes of each line as CSV."""
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["line", "outcome", "field", "message", "ticket_id"])
    async with units.read() as unit:
        await import_acts.get_import(unit, event_id, import_id)
        after = 0
        while rows := await import_acts.read_outcomes(unit, event_id, import_id, after=after):
            for line, outcome, field, message, ticket_id in rows:
                said = (plain_cell(field), plain_cell(message))
                named = None if ticket_id is None else format_ticket_id(ticket_id)
                table.writerow([line, outcome, *said, named])
            after = rows[-1][0]
    headers = {"Content-Disposition": f'attachment; filename="{import_id}.csv"'}
    return Response(text.getvalue(), media_type="text/csv", headers=headers)


async def _show(unit: Unit, row: TicketImport) -> TicketImportAnswer:
    return _answer(await get_event(unit, EventId(row.event_id)), row)


def _answer(
    event: Event, row: TicketImport, *, principal: Principal | None = None
) -> TicketImportAnswer:
    """Answer whoever may bring lists, or a principal who perhaps may not: codes let in."""
    mapping = msgspec.convert(row.mapping, Mapping)
    types = msgspec.convert(row.types, list[ImportTypeAnswer])
    because = msgspec.convert(row.because, list[WorkReason])
    return answer_of(
        TicketImportAnswer,
        row,
        sample=row.sample if principal is None or WRITE.lets(principal) else [],
        mapping=mapping,
        types=types,
        because=because,
        names_at_gates=names_at_gates(event.policy),
    )


def _line(row: ImportLine) -> ImportLineAnswer:
    ticket_id = None if row.ticket_id is None else format_ticket_id(row.ticket_id)
    return answer_of(ImportLineAnswer, row, ticket_id=ticket_id)


def make_runner(state: State) -> JobRunner:
    """Make what does imports, of an application."""
    key = state["vault"].derive(PURPOSE)
    importer = Importer(state["context"], state["changes"], state["usage"], key)
    handlers = {import_acts.KIND: importer}
    return JobRunner(state["context"], handlers, give_up={import_acts.KIND: importer.give_up})


lifespans = [doing_jobs("imports", lambda: IMPORT_POLL_S, make_runner)]

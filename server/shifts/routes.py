"""`/api/v1/organizations/…/shifts`: tills' shifts and their Z reports."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Unit, Units
from server.http.body_and_answer_types import Page, answer_of
from server.http.list_search_and_filters import Search
from server.http.page_cursors import SORTS
from server.problem_answers import Problem
from server.shifts import reading_shifts
from server.shifts.reading_shifts import TillShift
from server.shifts.schemas import CountingAnswer, FigureAnswer, ShiftAnswer, ShiftReport
from server.shifts.z_report_figures import Line, list_figures, write_csv
from shared.journal.shift_body import ShiftSums
from shared.kernel.id_types import DeviceId, EventId
from shared.sales.shift_totals import ShiftFold

ALL: Final = "/organizations/{organization_id:str}/shifts"
ONE: Final = "/organizations/{organization_id:str}/devices/{device_id:str}/shifts/{shift_id:str}"
READ: Final = requires(Role.READER, "reports:read")

OfDevice = Annotated[DeviceId | None, QueryParameter(max_length=64, description="one till's only")]


@get(ALL, tags=["shifts"], guards=[READ], opt={SORTS: reading_shifts.SHIFT_ORDER})
async def list_shifts(
    search: NamedDependency[Search],
    units: NamedDependency[Units],
    device_id: OfDevice = None,
    event_id: Annotated[EventId | None, QueryParameter(max_length=64)] = None,
    in_state: Annotated[Literal["open", "closed"] | None, QueryParameter(name="state")] = None,
) -> Page[ShiftAnswer]:
    """List the shifts of all tills, the newest first: who had the drawer, and what was in it."""
    async with units.read() as unit:
        return await search.page(
            unit,
            reading_shifts.select_shifts(device_id=device_id, event_id=event_id, state=in_state),
            reading_shifts.SHIFT_ORDER,
            convert=_answer,
        )


@get(ONE, tags=["shifts"], guards=[READ])
async def show_report(
    units: NamedDependency[Units], device_id: FromPath[DeviceId], shift_id: FromPath[str]
) -> ShiftReport:
    """Show a shift's Z report, folded anew from the till's entries; of an open one, as of now."""
    async with units.read() as unit:
        row, fold, sums = await _fold(unit, device_id, shift_id)
        figures = [*list_figures(sums), *await _add_figures(unit, row, fold)]
        return ShiftReport(
            shift=_answer(row),
            figures=[
                FigureAnswer(figure=figure, of=of, count=count, amount_minor=minor)
                for figure, of, count, minor in figures
            ],
            countings=[answer_of(CountingAnswer, one) for one in fold.countings],
            first_seq=sums.first_seq,
            last_seq=sums.last_seq,
            entry_count=sums.entry_count,
        )


@get(ONE + "/csv", tags=["shifts"], guards=[READ], media_type="text/csv")
async def export_report(
    units: NamedDependency[Units], device_id: FromPath[DeviceId], shift_id: FromPath[str]
) -> Response[str]:
    """Give the same report for a spreadsheet: a line for each figure."""
    async with units.read() as unit:
        row, fold, sums = await _fold(unit, device_id, shift_id)
        written = write_csv(row, sums, await _add_figures(unit, row, fold))
        name = f"z-{row.z_number}-{row.device_id}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(written, media_type="text/csv", headers=headers)


async def _fold(
    unit: Unit, device_id: DeviceId, shift_id: str
) -> tuple[TillShift, ShiftFold, ShiftSums]:
    row = await reading_shifts.get_shift(unit, device_id, shift_id)
    fold = await reading_shifts.fold_one(unit, row)
    if fold is None:
        raise Problem("conflict", "The entry that opened this shift cannot be read any more.")
    return row, fold, fold.own or fold.sums()


async def _add_figures(unit: Unit, row: TillShift, fold: ShiftFold) -> list[Line]:
    """Name the sales that a close left unfinished, and what of a shift stands in no order."""
    unfinished = () if fold.closed is None else fold.closed.open_sales
    figures: list[Line] = [("open_sale", sale_id, None, None) for sale_id in unfinished]
    found = await reading_shifts.sum_without_effect(unit, [row.device_id])
    if (row.device_id, row.shift_id) in found:
        figures.append(("without_effect", "", *found[row.device_id, row.shift_id]))
    return figures


def _answer(row: TillShift) -> ShiftAnswer:
    return answer_of(ShiftAnswer, row, difference_minor=row.counted_minor - row.expected_minor)

"""`/api/v1/…/gates/{gate_id}/fallback-list`: the list on paper, and what it comes to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.paper_lists.paper_list_pages import ListPages
from server.paper_lists.paper_list_texts import ListLanguage, ListWording
from server.paper_lists.sorted_lines import SortedLines
from server.paper_lists.who_is_listed import PaperListAnswer, PaperListing
from shared.kernel.id_types import EventId, GateId, OccurrenceId

LIST: Final = (
    "/organizations/{organization_id:str}/events/{event_id:str}/gates/{gate_id:str}/fallback-list"
)
READ: Final = requires(Role.STAFF, "tickets:read")
OfDate = Annotated[
    str | None,
    QueryParameter(name="occurrence_id", max_length=64, description="tickets of one date only"),
]


@get(LIST, tags=["gates"], guards=[READ])
async def get_fallback_list(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    gate_id: FromPath[GateId],
    occurrence_id: OfDate = None,
) -> PaperListAnswer:
    """Say what a gate's list on paper comes to now, and whether it lets doubles through."""
    async with units.read() as unit:
        listing = await PaperListing.open(unit, event_id, gate_id, _date(occurrence_id))
        await listing.read(unit, None)
    return listing.answer()


@get(LIST + ".pdf", tags=["gates"], guards=[READ], media_type="application/pdf")
async def get_fallback_list_pdf(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    gate_id: FromPath[GateId],
    occurrence_id: OfDate = None,
    language: ListLanguage = "en",
) -> Stream:
    """Fetch a gate's list on paper: by name and by manual code, with boxes to tick.

    It comes page by page. After each, a PDF comment `%lines N` says how many lines are done, of
    `by_name` and `by_code` of the list's summary. A file that was cut off has no end, and opens
    nowhere.
    """
    sorted_lines = SortedLines()
    try:
        async with units.read() as unit:
            listing = await PaperListing.open(unit, event_id, gate_id, _date(occurrence_id))
            await listing.read(unit, sorted_lines)
    except BaseException:
        sorted_lines.close()
        raise
    pages = ListPages(listing.heading(), listing.counted, ListWording(language))
    name = f'attachment; filename="{gate_id}-list.pdf"'
    return Stream(
        _drawn(pages, sorted_lines),
        media_type="application/pdf",
        headers={"Content-Disposition": name},
    )


def _date(occurrence_id: str | None) -> OccurrenceId | None:
    return None if occurrence_id is None else OccurrenceId(occurrence_id)


async def _drawn(pages: ListPages, sorted_lines: SortedLines) -> AsyncIterator[bytes]:
    """Draw beside the loop, a page at a time: other requests go between two of them."""
    drawing = pages.draw(sorted_lines)
    try:
        while (written := await asyncio.to_thread(next, drawing, None)) is not None:
            yield written
    finally:
        sorted_lines.close()

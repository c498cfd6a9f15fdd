"""An organization's audit, for its owners."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import Annotated, Final, NamedTuple

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy import Select, select

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.accounts.users import name_actor
from server.audit.schemas import AuditAnswer
from server.db.audit_line import AuditLine
from server.db.unit import Units
from server.http.body_and_answer_types import Page, answer_of, to_instant
from server.http.list_search_and_filters import Search
from server.http.page_cursors import SORTS, RowOrder
from shared.field_limits import AUDIT_LINES_MAX
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant, datetime_from_instant
from shared.kernel.spreadsheet_cells import plain_cell

ORDER: Final = RowOrder(
    AuditLine.at,
    AuditLine.id,
    is_latest_first=True,
    fields={"at": AuditLine.at, "actor": AuditLine.actor, "route": AuditLine.route},
)
Time = Annotated[datetime | None, QueryParameter(description="a time with its zone, ISO 8601")]
"""No `Moment`: a program that is made twice copies its routes, and what bounds a moment is none
that copies."""


AUDIT: Final = "/organizations/{organization_id:str}/audit"
READ: Final = requires(Role.OWNER, "organization:read")
Actor = Annotated[str | None, QueryParameter(max_length=64, description="of whom: an id")]
OfEvent = Annotated[EventId | None, QueryParameter(max_length=64, description="of one event")]
What = Annotated[
    str | None,
    QueryParameter(max_length=64, description="a part of the route, such as refund or /publish"),
]
_COLUMNS: Final = ("at", "by", "actor", "method", "route", "targets", "request_id")


@get(AUDIT, tags=["organizations"], guards=[READ], opt={SORTS: ORDER})
async def list_audit(
    search: NamedDependency[Search],
    units: NamedDependency[Units],
    *,
    actor: Actor = None,
    event_id: OfEvent = None,
    what: What = None,
    since: Time = None,
    until: Time = None,
) -> Page[AuditAnswer]:
    """List what was changed, the newest first: when, by whom, by which request.

    With `since` and `until`, which is not part of it, that of a time.
    """
    wanted = _Wanted(actor, event_id, what, to_instant(since), to_instant(until))
    names: dict[str, str] = {}
    async with units.read() as unit:

        async def prepare(lines: Sequence[AuditLine]) -> None:
            for one in {line.actor for line in lines} - names.keys():
                names[one] = await name_actor(unit.session, one)

        return await search.page(
            unit,
            _select(wanted),
            ORDER,
            convert=lambda row: _answer(row, names),
            prepare=prepare,
        )


@get(AUDIT + ".csv", tags=["organizations"], guards=[READ], media_type="text/csv")
async def read_audit_file(
    units: NamedDependency[Units],
    *,
    actor: Actor = None,
    event_id: OfEvent = None,
    what: What = None,
    since: Time = None,
    until: Time = None,
) -> Response[bytes]:
    """Return the same as CSV, with who it was by name; the newest lines, up to 50,000.

    Of a longer time ask for parts, by `since` and `until`.
    """
    wanted = _Wanted(actor, event_id, what, to_instant(since), to_instant(until))
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(_COLUMNS)
    query = (
        _select(wanted).order_by(AuditLine.at.desc(), AuditLine.id.desc()).limit(AUDIT_LINES_MAX)
    )
    names: dict[str, str] = {}
    async with units.read() as unit:
        stream = await unit.session.stream_scalars(query.execution_options(yield_per=1_000))
        lines = [line async for line in stream]
        for line in lines:
            if line.actor not in names:
                names[line.actor] = await name_actor(unit.session, line.actor)
            at = datetime_from_instant(Instant(line.at)).isoformat()
            said = (at, plain_cell(names[line.actor]), line.actor, line.method, line.route)
            table.writerow((*said, line.targets, line.request_id))
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    content = ("\ufeff" + text.getvalue()).encode()
    return Response(content, media_type="text/csv", headers=headers)


class _Wanted(NamedTuple):
    """Which lines: by whom, of which event, by which part of a route, from when and until when."""

    actor: str | None
    event_id: EventId | None
    what: str | None
    since: Instant | None
    until: Instant | None


def _select(wanted: _Wanted) -> Select[AuditLine]:
    query = select(AuditLine)
    if wanted.actor is not None:
        query = query.where(AuditLine.actor == wanted.actor)
    if wanted.event_id is not None:
        named = f"event_id={wanted.event_id}"
        query = query.where(AuditLine.targets.contains(named, autoescape=True))
    if wanted.what is not None:
        query = query.where(AuditLine.route.contains(wanted.what, autoescape=True))
    if wanted.since is not None:
        query = query.where(AuditLine.at >= wanted.since)
    return query if wanted.until is None else query.where(AuditLine.at < wanted.until)


def _answer(row: AuditLine, names: Mapping[str, str]) -> AuditAnswer:
    return answer_of(AuditAnswer, row, targets=row.targets.split(), by=names[row.actor])

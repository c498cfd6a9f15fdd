"""A list of guests in one call."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.background.work_aside import work_aside
from server.db.unit import Units
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import answer_of
from server.http.content_type import CSV_PATH_END
from server.http.openapi_document import TEXT_BODY
from server.http.parameters import AnyRequest
from server.http.retrying import look_again
from server.ticketing.import_in_one_call import ListedGuests, import_list, read_list
from server.ticketing.ports import ChangeFeed
from server.ticketing.routes import TICKETS
from server.ticketing.schemas import ListAnswer
from server.ticketing.ticket_answers import names_at_gates
from server.ticketing.ticket_types import list_ticket_types
from shared.kernel.id_types import EventId

WRITE = requires(Role.BOX_OFFICE, "tickets:write")
EXAMPLE: Final = "code,type,name,email\nLN-100000,Adult,Klara Novák,klara@example.org\n"

DryRun = Annotated[
    bool, QueryParameter(description="look at the list only; nothing is written or taken")
]


class _OnlyTried(Exception):
    """Ends a transaction that was for trying."""

    def __init__(self, listed: ListedGuests) -> None:
        super().__init__()
        self.listed = listed


@post(
    TICKETS + CSV_PATH_END,
    status_code=200,
    tags=["tickets"],
    guards=[WRITE],
    opt={TEXT_BODY: ("text/csv", EXAMPLE)},
)
@look_again
async def import_guests(
    request: AnyRequest,
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    event_id: FromPath[EventId],
    dry_run: DryRun = False,  # noqa: FBT002 - a parameter of the query has a name there
) -> ListAnswer:
    """Let a list of guests in: CSV with `code` or `uid`, `type`, and if wanted `name` and `email`.

    The first line names the columns; commas, semicolons and tabs part them. All lines are taken or
    none: each wrong line is named. A list that is sent again adds nothing twice, and names anew.
    Codes admit at once; names are known at gates from the event's next publication on.
    """
    body = await request.body()
    async with units.read() as unit:
        told = names_at_gates((await get_event(unit, event_id)).policy)
        kinds = await list_ticket_types(unit, event_id)
    lists = await work_aside(units.organization_id, partial(read_list, event_id, body, kinds))
    try:
        async with units.write() as unit:
            listed = await import_list(unit, changes, event_id, lists)
            if dry_run:
                raise _OnlyTried(listed)
    except _OnlyTried as tried:
        listed = tried.listed
    return answer_of(ListAnswer, listed, dry_run=dry_run, names_at_gates=told)

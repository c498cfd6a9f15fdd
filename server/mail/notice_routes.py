"""`/api/v1/…/events/{event_id}/notices`: what all buyers were told, and who was not reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import Answer, Page, answer_of, page_of
from server.http.page_cursors import PAGE_SIZE_DEFAULT, Limit
from server.mail.notices import list_notices, list_told
from shared.kernel.id_types import EventId, OccurrenceId, OrderId

NOTICES: Final = "/organizations/{organization_id:str}/events/{event_id:str}/notices"
READ: Final = requires(Role.STAFF, "orders:read")
Outcome = Literal[
    "waiting", "handing", "sent", "same", "no_address", "no_server", "refused", "doubtful"
]
UNREACHED: Final = ("no_address", "no_server", "refused", "doubtful")

AfterNumber = Annotated[int, QueryParameter(name="after", ge=0, le=2**53)]
OfOutcome = Annotated[
    Outcome | None,
    QueryParameter(name="outcome", description="one outcome only; all that were not reached else"),
]


class NoticeAnswer(Answer):
    """Something that every buyer is told once, by mail.

    Attributes:
        kind: `cancelled` or `moved`.
        dates: Which dates it is about; none for the whole event.
        words: The organizer's own.
        has_mail: There was a mail server when it was said; else nobody was written to.
        ended_at: When the mails of all buyers were written; null while they are.
        is_stopped: They are written no more: that job is dead (`…/jobs?state=dead`), and goes on
            once it is tried again.
        waiting, sent, same, no_address, no_server, refused, doubtful: How many orders' buyers wait
            for theirs, have it, have it for another order, gave no address, are not written to
            for want of a mail server, were refused by theirs or missed since each try failed
            (until its job is tried again), or may have it: a process or a line died in that
            moment, and nothing is sent twice.
    """

    id: str
    kind: str
    dates: Sequence[OccurrenceId]
    words: str
    language: str
    has_mail: bool
    refund_until: datetime | None
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    is_stopped: bool
    waiting: int
    sent: int
    same: int
    no_address: int
    no_server: int
    refused: int
    doubtful: int


class ToldAnswer(Answer):
    """What became of a notice for one order's buyer."""

    order_id: OrderId
    number: int
    outcome: str
    buyer_name: str | None
    buyer_email: str | None
    buyer_phone: str | None


@get(NOTICES, tags=["events"], guards=[READ])
async def list_event_notices(
    units: NamedDependency[Units], event_id: FromPath[EventId]
) -> list[NoticeAnswer]:
    """List what an event's buyers were told, the newest first."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        found = []
        for row, counts, is_stopped in await list_notices(unit, event_id):
            waiting = counts.get("waiting", 0) + counts.get("handing", 0)
            names = ("sent", "same", *UNREACHED)
            by_name = {name: counts.get(name, 0) for name in names}
            by_name |= {"waiting": waiting, "is_stopped": is_stopped}
            found.append(answer_of(NoticeAnswer, row, **by_name))
        return found


@get(NOTICES + "/{notice_id:str}/buyers", tags=["events"], guards=[READ])
async def list_notice_buyers(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    notice_id: FromPath[str],
    *,
    outcome: OfOutcome = None,
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: AfterNumber = 0,
) -> Page[ToldAnswer]:
    """List the buyers whom a notice did not reach, or those of one outcome, by order."""
    outcomes = UNREACHED if outcome is None else (outcome,)
    async with units.read() as unit:
        rows = await list_told(
            unit, event_id, notice_id, outcomes=outcomes, limit=limit, after=after
        )
        return page_of(
            rows,
            limit,
            lambda row: answer_of(
                ToldAnswer,
                row[0],
                buyer_name=row[1].buyer_name,
                buyer_email=row[1].buyer_email,
                buyer_phone=row[1].buyer_phone,
            ),
            lambda row: str(row[0].number),
        )

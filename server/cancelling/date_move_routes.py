"""`/api/v1/…/events/{event_id}/move`: dates moved as one act, looked at before."""

from __future__ import annotations

from typing import Final

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.cancelling import cancelling_preview, date_moves
from server.cancelling.schemas import (
    DateWindows,
    MoveDatesAnswer,
    MoveDatesBody,
    MovePreviewAnswer,
)
from server.db.unit import Units
from server.events.events_and_dates import get_event, list_occurrences
from server.http.logs import log
from server.http.retrying import look_again
from server.mail.notice_recipients import count_buyers
from server.ticketing.moved_windows import count_windows
from server.ticketing.ports import ChangeFeed
from shared.kernel.id_types import EventId

MOVE: Final = "/organizations/{organization_id:str}/events/{event_id:str}/move"
WRITE: Final = requires(Role.MANAGER, "events:write")


@post(MOVE + "/preview", status_code=200, tags=["events"], guards=[WRITE])
async def preview_move(
    data: JSONBody[MoveDatesBody],
    has_mail: NamedDependency[bool],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> MovePreviewAnswer:
    """Tell what a move would mean now: whose tickets, who is inside, who would not be reached.

    Nothing is changed; what the move itself would refuse is refused here too.
    """
    async with units.read() as unit:
        moves = await date_moves.plan_moves(unit, await get_event(unit, event_id), data)
        dates = [move.row.id for move in moves]
        is_only = len(await list_occurrences(unit, event_id)) == 1
        whose = () if is_only else dates
        tickets = await cancelling_preview.count_tickets(unit, event_id, whose) if dates else []
        inside = await cancelling_preview.count_inside(unit, event_id, whose)
        orders, unreached = await count_buyers(unit, event_id, whose) if dates else (0, 0)
        windows = [
            DateWindows(
                occurrence_id=one,
                windows=await count_windows(unit, event_id, one, is_only=is_only),
            )
            for one in dates
        ]
        fixed = await date_moves.find_fixed_rules(unit, event_id, dates)
    return MovePreviewAnswer(
        dates=windows,
        tickets=tickets,
        inside_tickets=inside.tickets if dates else 0,
        inside_persons=inside.persons if dates else 0,
        orders=orders,
        unreached=unreached,
        has_mail=has_mail,
        zones_to_check=fixed if dates else (),
    )


@post(
    MOVE, status_code=200, tags=["events"], guards=[WRITE, requires(Role.MANAGER, "orders:write")]
)
@look_again
async def move_dates(
    data: JSONBody[MoveDatesBody],
    has_mail: NamedDependency[bool],
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    event_id: FromPath[EventId],
) -> MoveDatesAnswer:
    """Move dates of an event, and have all buyers told: one act, each told once.

    Tickets stay good for the dates as they are from then on. Said again, nothing more is done.
    """
    async with units.write() as unit:
        moved = await date_moves.move_dates(
            unit, changes, event_id, data, actor=units.actor, has_mail=has_mail
        )
    log().info("event.moved", event_id=event_id, actor=units.actor, count=moved)
    return MoveDatesAnswer(dates=[one.occurrence_id for one in data.dates])

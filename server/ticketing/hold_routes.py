"""Holds of an event's seats and stock, and the best seats that are free."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Litestar, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.exc import DBAPIError

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.background.repeating import find_steady_time, repeating
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit, Units
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import (
    Answer,
    Body,
    IdOf,
    Moment,
    Name,
    Page,
    Text,
    answer_of,
    to_instant,
)
from server.http.logs import log
from server.http.page_cursors import PAGE_SIZE_DEFAULT, After, Limit
from server.http.retrying import look_again
from server.seating.schemas import SeatIds
from server.ticketing import holds
from server.ticketing.holds import DUE_EVERY_S
from server.ticketing.models import StockHold
from server.ticketing.seat_choice import find_seats
from server.ticketing.ticket_types import get_ticket_type
from shared.field_limits import HELD_TICKETS_MAX
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import EventId, OrganizationId, SeatId, TicketTypeId, UserId
from shared.kernel.instant import Instant
from shared.seating.best_available import COUNT_MAX
from shared.seating.seat_map import SeatKind

EVENT = "/organizations/{organization_id:str}/events/{event_id:str}"
HOLDS = EVENT + "/holds"
HOLD = HOLDS + "/{hold_id:str}"
READ = requires(Role.STAFF, "tickets:read")
ASK = requires(Role.STAFF, "tickets:write")
WRITE = requires(Role.MANAGER, "tickets:write")

Quantity = Annotated[int, msgspec.Meta(ge=1, le=HELD_TICKETS_MAX)]
Group = Annotated[int, msgspec.Meta(ge=1, le=COUNT_MAX)]


class HoldBody(Body):
    """What is kept from sale: seats, or so many tickets of a type.

    Attributes:
        name: For whom, such as the band's manager.
        ends_at: From when on everybody may have it; null for until it is released.
        seats: Which; null with `ticket_type_id` and `quantity`.
    """

    name: Name
    reason: Text = ""
    ends_at: Moment | None = None
    seats: SeatIds | None = None
    ticket_type_id: IdOf[TicketTypeId] | None = None
    quantity: Quantity | None = None


class HoldReleaseBody(Body):
    """What of a hold everybody may have again; all of it without either.

    Attributes:
        seats: Of a hold of seats.
        quantity: Of a hold of tickets.
    """

    seats: SeatIds | None = None
    quantity: Quantity | None = None


class HoldAnswer(Answer):
    """A hold, with what it keeps now.

    Attributes:
        ended_at: When it was released or ended; null while it holds.
        quantity: How many tickets of its type it keeps.
        seats: Which seats it keeps.
    """

    id: str
    event_id: EventId
    name: str
    reason: str
    ends_at: datetime | None
    ended_at: datetime | None
    ticket_type_id: TicketTypeId | None
    quantity: int
    seats: Sequence[SeatId]
    created_at: datetime


class BestBody(Body):
    """For how many the best seats are wanted.

    Attributes:
        kinds: Of seats: ordinary ones, unless it says otherwise.
    """

    ticket_type_id: IdOf[TicketTypeId]
    quantity: Group
    kinds: Annotated[list[SeatKind], msgspec.Meta(min_length=1, max_length=4)] = msgspec.field(
        default_factory=lambda: [SeatKind.ORDINARY]
    )


class BestAnswer(Answer):
    """The best seats that are free now; take them by a hold or an order."""

    seats: Sequence[SeatId]


@post(HOLDS, tags=["seats"], guards=[WRITE])
@look_again
async def create_hold(
    data: JSONBody[HoldBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> HoldAnswer:
    """Keep seats, or a number of tickets, from sale, all or nothing."""
    async with units.write() as unit:
        row = await holds.hold_stock(
            unit,
            event_id,
            name=data.name,
            reason=data.reason,
            ends_at=to_instant(data.ends_at),
            actor=UserId(units.actor),
            seats=data.seats or (),
            ticket_type_id=data.ticket_type_id,
            quantity=data.quantity or 0,
        )
        return (await _answers(unit, event_id, [row]))[0]


@get(HOLDS, tags=["seats"], guards=[READ])
async def list_holds(
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: After = None,
) -> Page[HoldAnswer]:
    """List an event's holds, ended ones too, in order of their ids."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        rows = await holds.list_holds(unit, event_id, limit=limit, after=after)
        shown = await _answers(unit, event_id, rows[:limit])
        return Page(shown, shown[-1].id if len(rows) > limit else None)


@post(HOLD + "/release", status_code=200, tags=["seats"], guards=[WRITE])
@look_again
async def release_hold(
    data: JSONBody[HoldReleaseBody],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    hold_id: FromPath[str],
) -> HoldAnswer:
    """Let others have what a hold kept, or some of it."""
    async with units.write() as unit:
        row = await holds.release_hold(
            unit, event_id, hold_id, seats=data.seats, quantity=data.quantity
        )
        return (await _answers(unit, event_id, [row]))[0]


@delete(HOLD, status_code=204, tags=["seats"], guards=[WRITE])
@look_again
async def end_hold(
    units: NamedDependency[Units], event_id: FromPath[EventId], hold_id: FromPath[str]
) -> None:
    """Let others have all that a hold kept; it stays in the list, as ended."""
    async with units.write() as unit:
        await holds.release_hold(unit, event_id, hold_id)


@post(EVENT + "/seats/best", status_code=200, tags=["seats"], guards=[ASK])
async def find_best_seats(
    data: JSONBody[BestBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> BestAnswer:
    """Find the best free seats for a group, beside each other; nothing is taken."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        kind = await get_ticket_type(unit, event_id, data.ticket_type_id)
        kinds = frozenset(data.kinds)
        return BestAnswer(seats=await find_seats(unit, event_id, kind, data.quantity, kinds))


async def _answers(unit: Unit, event_id: EventId, rows: Sequence[StockHold]) -> list[HoldAnswer]:
    kept = await holds.list_held(unit, event_id, [row.id for row in rows])
    return [answer_of(HoldAnswer, row, seats=kept.get(row.id, [])) for row in rows]


async def end_due_holds(context: Context, due_by: Instant) -> int:
    """Free what holds kept whose end was due by then; any worker may do it."""
    async with context.read(SYSTEM) as unit:
        due = await holds.find_due_holds(unit, due_by)
    ended = 0
    for organization_id, event_id, hold_id in due:
        try:
            async with context.write(OrganizationId(organization_id)) as unit:
                ended += await holds.end_hold(unit, EventId(event_id), hold_id, due_by)
        except (DBAPIError, GatekeeperError):
            # One that is locked or refused holds up nobody else's; the next round tries it again.
            log().exception("hold.not_ended", hold_id=hold_id)
    return ended


@asynccontextmanager
async def ending(app: Litestar) -> AsyncIterator[None]:
    """End holds while the application runs."""
    context = app.state["context"]

    async def end() -> None:
        due_by = await find_steady_time(context)
        if due_by is None:
            return
        ended = await end_due_holds(context, due_by)
        if ended:
            log().info("holds.ended", count=ended)

    async with repeating("holds.ending", DUE_EVERY_S, end):
        yield


lifespans = [ending]

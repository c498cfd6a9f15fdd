"""Taking in tickets that a till has sold alone: they are valid already, so none is refused."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.problem_answers import Problem
from server.ticketing.finding_and_changing_tickets import find_taken_codes, new_ticket
from server.ticketing.inventory import Stock, count_beyond, move_stock, take_stock
from server.ticketing.issuing import add_tickets
from server.ticketing.models import Ticket, TicketType
from server.ticketing.ports import ChangeFeed
from shared.credential.keyring import HomeRange
from shared.kernel.id_types import EventId, OrderId, SeatId, TicketId
from shared.manifest.signed_windows import Window


class SoldAlone(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket as a till has minted it.

    Attributes:
        window: When it is good: as it was sold, and moved with its date since; None for the window
            that any new ticket of the type gets.
        is_disputed: The till had no right to sell it: it is blocked until the organizer lets it
            go.
        seat_id: The seat that its guest was told.
        price_minor: What it cost.
        entry: Boot and number of the till's entry that sold it.
    """

    ticket_id: TicketId
    generation: int
    manual_code: int | None
    window: Window | None
    is_disputed: bool = False
    seat_id: SeatId | None = None
    price_minor: int | None = None
    entry: tuple[bytes, int] | None = None


async def adopt_tickets(
    unit: Unit,
    changes: ChangeFeed,
    kind: TicketType,
    sold: Sequence[SoldAlone],
    homes: Sequence[HomeRange],
    *,
    order_id: OrderId,
    order_line: int,
) -> list[int]:
    """Record tickets of one type, and announce them.

    One whose id gates know a home for keeps that; another is given one.

    Args:
        unit: A writing one.
        changes: Gives homes, and tells the gates.
        kind: The tickets' type.
        sold: What the till says.
        homes: The homes of the ids that the event's tills sell on their own.
        order_id: The sale's order.
        order_line: The line of that order, from 1.

    Returns:
        The ids that another ticket of the event has already, or one before it in this very sale;
        those were not recorded again.
    """
    taken = await _taken(unit, kind.event_id, sold)
    asked = {one.manual_code for one in sold if one.manual_code is not None}
    codes: set[int | None] = {*await find_taken_codes(unit, kind.event_id, asked)}
    rows: dict[int, Ticket] = {}
    twice = set(taken)
    for one in sold:
        if one.ticket_id in taken or one.ticket_id in rows:
            twice.add(one.ticket_id)
            continue
        home = next((part for part in homes if part.ids.contains(one.ticket_id)), None)
        row = new_ticket(unit, kind, one.ticket_id)
        row.order_id, row.order_line, row.generation = order_id, order_line, one.generation
        if one.window is not None:
            row.valid_from, row.valid_until = one.window
        row.manual_code = None if one.manual_code in codes else one.manual_code
        row.blocked, row.seat_id = one.is_disputed, one.seat_id
        row.price_minor = one.price_minor
        row.sold_boot, row.sold_dseq = one.entry or (None, None)
        codes.add(one.manual_code)
        if home is not None:
            row.home_device_id, row.home_number = home.device_id, home.number
        rows[one.ticket_id] = row
    await add_tickets(unit, changes, {kind.id: kind}, list(rows.values()))
    return sorted(twice)


async def count_adopted(unit: Unit, kind: TicketType, *, covered: int, beyond: int) -> int:
    """Count tickets that a till sold: those of its allotment, then what is still free.

    Returns:
        How many were sold although none was left; they are valid, and counted apart.
    """
    if covered:
        await move_stock(
            unit, kind.event_id, kind.id, covered, out_of=Stock.ALLOTTED, into=Stock.SOLD
        )
    for done in range(beyond):
        try:
            await take_stock(unit, kind.event_id, kind.id, 1)
        except Problem:
            await count_beyond(unit, kind.event_id, kind.id, beyond - done)
            return beyond - done
    return 0


async def _taken(unit: Unit, event_id: EventId, sold: Sequence[SoldAlone]) -> set[int]:
    query = select(Ticket.ticket_id).where(
        Ticket.event_id == event_id, Ticket.ticket_id.in_([one.ticket_id for one in sold])
    )
    return set(await unit.all(query))

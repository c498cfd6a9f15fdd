"""Moving tickets to other homes: by the old home's signed surrender, or where it is lost.

An order only asks. The old home goes on admitting until it has heard of it; its surrender comes
with all that it admitted before, in one journal. Only a device that the organizer declares lost
is not waited for: what it let in unheard may then be let in again, and is reported as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import func, select

from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.devices.finding_devices import get_device
from server.devices.home_places import LOST
from server.events.events_and_dates import get_event, touch_plan
from server.feed.appending import append_items
from server.homes.first_homes import next_home_number
from server.homes.models import HomeMove
from server.keys.home_ranges import TillHomeRange
from server.ledger.zone_shares_of_devices import lose_shares
from server.plans.compiling_plans import read_event_config
from server.problem_answers import wrong_field
from server.ticketing.finding_and_changing_tickets import Ticket, set_homes
from server.ticketing.ports import ChangeFeed
from shared.kernel import ids
from shared.kernel.id_types import (
    DeviceId,
    EventId,
    OccurrenceId,
    OrganizationId,
    TicketId,
    TicketTypeId,
)
from shared.manifest.event_config import EventConfig
from shared.manifest.home_spreading import PossibleHome, carriers_of, slot_of, spread
from shared.wire.device_feed import Recall

HOME_MOVE_TICKETS_MAX: Final = 300
"""Tickets that one order names: its surrender must fit into one journal entry."""

__all__ = ["HomeMove", "MoveOrder", "finish_moves", "list_moves", "order_move"]

ASKED: Final = "asked"
SURRENDERED: Final = "surrendered"
BATCH: Final = 500
_ID_SIZE: Final = 8


class MoveOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the organizer wants moved.

    Attributes:
        from_device_id: Whose tickets.
        to_device_id: Whose they become; None to spread them over the other devices.
        ticket_ids: Which; none for all.
        is_lost: The device is lost: it is not waited for.
        because: Why, for the record.
        actor: Who says so.
    """

    from_device_id: DeviceId
    to_device_id: DeviceId | None
    ticket_ids: Sequence[TicketId]
    is_lost: bool
    because: str
    actor: str


async def order_move(
    unit: Unit, changes: ChangeFeed, event_id: EventId, order: MoveOrder
) -> HomeMove:
    """Order a move; one of a lost device's tickets, or of an unpublished event's, needs no word.

    Raises:
        Problem: `not-found`, or a field that is wrong.
    """
    await get_event(unit, event_id)
    await get_device(unit, order.from_device_id)
    config = await read_event_config(unit, event_id)
    _check_order(config, order)
    await _check_tickets(unit, event_id, order)
    if order.is_lost:
        # Gates must not count on it from this commit on.
        await touch_plan(unit, event_id)
        await lose_shares(unit, event_id, order.from_device_id)
    return (await add_orders(unit, changes, event_id, [order]))[0]


async def add_orders(
    unit: Unit, changes: ChangeFeed, event_id: EventId, orders: Sequence[MoveOrder]
) -> list[HomeMove]:
    """Keep orders that are in order, and ask the homes that are not lost; under one number."""
    number = await next_home_number(unit)
    moves = [_new_move(unit, event_id, number, order) for order in orders]
    unit.session.add_all(moves)
    await unit.session.flush()
    asked = [move for move in moves if move.state == ASKED]
    recalls = [
        Recall(move.from_device_id, move.id, number, tuple(tickets_of(move))) for move in asked
    ]
    if recalls and await append_items(unit.session, event_id, recalls) is None:
        for move in asked:  # no gate knows of any home yet
            move.state, move.freed_at = SURRENDERED, unit.now
        await unit.session.flush()
    elif recalls:
        changes.tell_after_commit(unit.session, event_id)
    return moves


def _new_move(unit: Unit, event_id: EventId, number: int, order: MoveOrder) -> HomeMove:
    return HomeMove(
        event_id=event_id,
        id=ids.new_id(ids.HOME_MOVE, unit.entropy),
        from_device_id=order.from_device_id,
        to_device_id=order.to_device_id,
        number=number,
        ticket_ids=b"".join(one.to_bytes(_ID_SIZE, "big") for one in order.ticket_ids),
        state=LOST if order.is_lost else ASKED,
        because=order.because,
        asked_by=order.actor,
        asked_at=unit.now,
        freed_at=unit.now if order.is_lost else None,
        done_at=None,
    )


def _check_order(config: EventConfig, order: MoveOrder) -> None:
    if order.to_device_id == order.from_device_id:
        raise wrong_field("to_device_id", "is the device whose tickets are to be moved")
    standing = {place.device_id for place in config.places}
    if order.to_device_id is not None and order.to_device_id not in standing:
        raise wrong_field("to_device_id", "is not a device at a gate of this event")
    if order.is_lost and order.ticket_ids:
        raise wrong_field("ticket_ids", "a lost device’s tickets all move")
    if len(order.ticket_ids) > HOME_MOVE_TICKETS_MAX:
        raise wrong_field("ticket_ids", f"names more than {HOME_MOVE_TICKETS_MAX} tickets")


async def _check_tickets(unit: Unit, event_id: EventId, order: MoveOrder) -> None:
    if not order.ticket_ids:
        return
    query = select(func.count()).where(
        Ticket.event_id == event_id,
        Ticket.ticket_id.in_(order.ticket_ids),
        Ticket.home_device_id == order.from_device_id,
    )
    if (await unit.session.execute(query)).scalar_one() != len(set(order.ticket_ids)):
        raise wrong_field("ticket_ids", "names tickets that are not this device's")


def tickets_of(move: HomeMove) -> list[TicketId]:
    """Return the tickets that an order names; none for all."""
    data = move.ticket_ids
    return [
        TicketId(int.from_bytes(data[at : at + _ID_SIZE], "big"))
        for at in range(0, len(data), _ID_SIZE)
    ]


async def list_moves(unit: Unit, event_id: EventId) -> Sequence[HomeMove]:
    """Return the orders of an event, the latest first."""
    query = select(HomeMove).where(HomeMove.event_id == event_id).order_by(HomeMove.number.desc())
    return await unit.all(query)


async def count_homes(unit: Unit, event_id: EventId) -> dict[DeviceId | None, int]:
    """Count the tickets of each home."""
    query = (
        select(Ticket.home_device_id, func.count())
        .where(Ticket.event_id == event_id)
        .group_by(Ticket.home_device_id)
    )
    rows = (await unit.session.execute(query)).all()
    return {row[0]: row[1] for row in rows}


async def count_waiting(unit: Unit, event_id: EventId) -> dict[str, int]:
    """Count the tickets that homes are asked to give up and have not signed for."""
    query = select(HomeMove).where(HomeMove.event_id == event_id, HomeMove.state == ASKED)
    named: dict[str, set[int]] = {}
    found: dict[str, int] = {}
    for move in await unit.all(query):
        home = move.from_device_id
        tickets = tickets_of(move)
        named.setdefault(home, set()).update(tickets)
        if not tickets:
            of_home = select(func.count()).where(
                Ticket.event_id == event_id,
                Ticket.home_device_id == home,
                Ticket.home_number <= move.number,
            )
            whole = (await unit.session.execute(of_home)).scalar_one()
            found[home] = max(whole, found.get(home, 0))
    return {home: max(found.get(home, 0), len(tickets)) for home, tickets in named.items()}


async def finish_moves(
    context: Context, changes: ChangeFeed, organization_id: OrganizationId, event_id: EventId
) -> int:
    """Give the tickets of every freed order their new homes, some at a time.

    A cut in between leaves the rest for the next call.

    Returns:
        How many tickets were moved.
    """
    moved = 0
    while True:
        async with context.write(organization_id) as unit:
            query = (
                select(HomeMove)
                .where(
                    HomeMove.event_id == event_id,
                    HomeMove.state != ASKED,
                    HomeMove.done_at.is_(None),
                )
                .order_by(HomeMove.number)
                .limit(1)
                .with_for_update()
            )
            move = await unit.find(query)
            if move is None:
                return moved
            config = await read_event_config(unit, event_id)
            moved += await _move_some(unit, changes, config, move)


async def _move_some(unit: Unit, changes: ChangeFeed, config: EventConfig, move: HomeMove) -> int:
    """Move a batch of an order's tickets; with the last, the order is done."""
    query = (
        select(Ticket.ticket_id, Ticket.ticket_type_id, Ticket.occurrence_id)
        .where(
            Ticket.event_id == move.event_id,
            Ticket.home_device_id == move.from_device_id,
            Ticket.home_number <= move.number,
        )
        .order_by(Ticket.ticket_id)
        .limit(BATCH)
    )
    named = tickets_of(move)
    if named:
        query = query.where(Ticket.ticket_id.in_(named))
    rows = (await unit.session.execute(query)).all()
    number = await next_home_number(unit)
    if not rows:
        if not named:
            await _move_ranges(unit, config, move, number)
        move.done_at = unit.now
        await touch_plan(unit, move.event_id)
        return 0
    homes = {
        ticket_id: _new_home(config, move, (kind, occurrence), slot_of(ticket_id))
        for ticket_id, kind, occurrence in rows
    }
    await set_homes(unit, changes, move.event_id, homes, number=number)
    return len(homes)


async def _move_ranges(unit: Unit, config: EventConfig, move: HomeMove, number: int) -> None:
    query = select(TillHomeRange).where(
        TillHomeRange.event_id == move.event_id,
        TillHomeRange.device_id == move.from_device_id,
        TillHomeRange.number <= move.number,
    )
    for part in await unit.all(query):
        home = move.to_device_id or _anybody(config, move, part.place)
        if home is not None:
            part.device_id, part.number = home, number
    await unit.session.flush()


def _new_home(
    config: EventConfig, move: HomeMove, group: tuple[TicketTypeId, OccurrenceId | None], slot: int
) -> DeviceId | None:
    if move.to_device_id is not None:
        return move.to_device_id
    carriers = [one for one in carriers_of(config, *group) if one.device_id != move.from_device_id]
    return spread(config.event_id, [slot], carriers).get(slot)


def _anybody(config: EventConfig, move: HomeMove, place: int) -> DeviceId | None:
    carriers = [
        PossibleHome(one.device_id, 1.0)
        for one in config.places
        if one.device_id != move.from_device_id
    ]
    return spread(config.event_id, [place], carriers).get(place)


async def finish_all_moves(context: Context, changes: ChangeFeed) -> None:
    """Finish what a stop cut short, in every organization."""
    query = select(HomeMove.organization_id, HomeMove.event_id).where(
        HomeMove.state != ASKED, HomeMove.done_at.is_(None)
    )
    async with context.database.read(org=SYSTEM) as session:
        rows = {(row[0], row[1]) for row in (await session.execute(query)).all()}
    for organization_id, event_id in sorted(rows):
        await finish_moves(context, changes, organization_id, event_id)

"""Spreading homes again: after a gate was added or lost, by the rule that publishing goes by.

A ticket without a home is given one at once, and so is one whose home was declared lost. Any
other moves only when its home has signed its surrender: for those there are orders, as if the
organizer had named the tickets. A revoked home can sign nothing; its tickets stay where they are
until it is declared lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.unit import Context, Unit
from server.devices.finding_devices import list_devices
from server.devices.home_places import read_lost
from server.homes.first_homes import choose_homes, next_home_number
from server.homes.models import HomeMove
from server.homes.moving import (
    ASKED,
    BATCH,
    HOME_MOVE_TICKETS_MAX,
    MoveOrder,
    add_orders,
    finish_moves,
    tickets_of,
)
from server.homes.schemas import SpreadAnswer
from server.plans.compiling_plans import read_event_config
from server.problem_answers import Problem
from server.ticketing.finding_and_changing_tickets import Ticket, announce, lock_tickets
from server.ticketing.ports import ChangeFeed
from shared.admission.facts import GONE, TicketState
from shared.kernel.id_types import (
    DeviceId,
    EventId,
    OccurrenceId,
    OrganizationId,
    TicketId,
    TicketTypeId,
)
from shared.manifest.event_config import EventConfig
from shared.manifest.home_spreading import uses_homes

SPREAD_MAX: Final = 60_000
"""Tickets that one spreading asks homes for; all gates read every order."""

PAGE: Final = 5_000

_Row = tuple[TicketId, TicketTypeId, OccurrenceId | None, DeviceId | None, int]
_VALID: Final = frozenset(TicketState).difference(GONE)


class _Plan(msgspec.Struct):
    """Where tickets should go, and what stands in the way.

    Attributes:
        free: New homes that nobody is asked for.
        asked: Tickets to be asked for, by their homes.
        waiting: Tickets that were asked for before.
    """

    free: dict[TicketId, DeviceId]
    asked: dict[DeviceId, list[TicketId]]
    waiting: int = 0
    stuck: int = 0
    without: int = 0


async def spread_homes(
    context: Context,
    changes: ChangeFeed,
    organization_id: OrganizationId,
    event_id: EventId,
    *,
    because: str,
    actor: str,
) -> SpreadAnswer:
    """Give every valid ticket the home that publishing would give it now, as far as it may move.

    Raises:
        Problem: `not-found`; `conflict` where no ticket has a home.
    """
    async with context.read(organization_id) as unit:
        config = await read_event_config(unit, event_id)
        if not uses_homes(config):
            raise Problem("conflict", "Tickets of this event have no homes under its policy.")
        plan = await _make_plan(unit, config)
    # What has changed since does not matter: an order moves what its home still has.
    orders = [
        MoveOrder(
            from_device_id=device_id,
            to_device_id=None,
            ticket_ids=tickets,
            is_lost=False,
            because=because,
            actor=actor,
        )
        for device_id, tickets in _cut(plan.asked)
    ]
    if orders:
        async with context.write(organization_id) as unit:
            await add_orders(unit, changes, event_id, orders)
    moved = await _move_free(context, changes, config, plan.free)
    asked = sum(len(order.ticket_ids) for order in orders)
    at_once = await finish_moves(context, changes, organization_id, event_id)
    return SpreadAnswer(
        moved=moved + at_once,
        waiting=plan.waiting + max(0, asked - at_once),
        stuck=plan.stuck,
        left=sum(map(len, plan.asked.values())) - asked,
        without=plan.without,
    )


async def _make_plan(unit: Unit, config: EventConfig) -> _Plan:
    lost = await read_lost(unit, config.event_id)
    revoked = {one.id for one in await list_devices(unit) if one.revoked_at is not None}
    named, whole = await _read_open(unit, config.event_id)
    plan = _Plan({}, {})
    async for rows in _pages(unit, config.event_id):
        homes = choose_homes(config, [(row[0], row[1], row[2]) for row in rows])
        for ticket_id, _, _, home, number in rows:
            if ticket_id not in homes:
                plan.without += home is None
            elif home is None or home in lost:
                plan.free[ticket_id] = homes[ticket_id]
            elif ticket_id in named or number <= whole.get(home, -1):
                plan.waiting += 1
            elif home == homes[ticket_id]:
                continue
            elif home in revoked:
                plan.stuck += 1
            else:
                plan.asked.setdefault(home, []).append(ticket_id)
    return plan


async def _pages(unit: Unit, event_id: EventId) -> AsyncIterator[Sequence[_Row]]:
    """Read an event's valid tickets in order of id, so many that others are served meanwhile."""
    after: int | None = None
    while True:
        query = select(
            Ticket.ticket_id,
            Ticket.ticket_type_id,
            Ticket.occurrence_id,
            Ticket.home_device_id,
            Ticket.home_number,
        ).where(Ticket.event_id == event_id, Ticket.state.in_(_VALID))
        if after is not None:
            query = query.where(Ticket.ticket_id > after)
        found = await unit.session.execute(query.order_by(Ticket.ticket_id).limit(PAGE))
        rows = found.all()
        if not rows:
            return
        yield rows
        after = rows[-1][0]


async def _read_open(unit: Unit, event_id: EventId) -> tuple[set[int], dict[str, int]]:
    """Return what is asked for already: tickets by name, and devices up to which assignment."""
    query = select(HomeMove).where(HomeMove.event_id == event_id, HomeMove.state == ASKED)
    named: set[int] = set()
    whole: dict[str, int] = {}
    for move in (await unit.session.execute(query)).scalars():
        tickets = tickets_of(move)
        named.update(tickets)
        if not tickets:
            whole[move.from_device_id] = max(move.number, whole.get(move.from_device_id, 0))
    return named, whole


def _cut(asked: Mapping[DeviceId, Sequence[TicketId]]) -> list[tuple[DeviceId, list[TicketId]]]:
    """Cut what is asked of each home into orders, as many as are made at once."""
    cut = [
        (device_id, sorted(tickets)[start : start + HOME_MOVE_TICKETS_MAX])
        for device_id, tickets in sorted(asked.items())
        for start in range(0, len(tickets), HOME_MOVE_TICKETS_MAX)
    ]
    return cut[: SPREAD_MAX // HOME_MOVE_TICKETS_MAX]


async def _move_free(
    context: Context, changes: ChangeFeed, config: EventConfig, homes: Mapping[TicketId, DeviceId]
) -> int:
    """Give tickets homes that nobody has to be asked for, some at a time."""
    wanted, moved = sorted(homes), 0
    for start in range(0, len(wanted), BATCH):
        async with context.write(config.organization_id) as unit:
            lost = await read_lost(unit, config.event_id)
            rows = await lock_tickets(unit, config.event_id, wanted[start : start + BATCH])
            free = [row for row in rows if row.home_device_id in {None, *lost}]
            number = await next_home_number(unit)
            for row in free:
                row.home_device_id, row.home_number = homes[row.ticket_id], number
            await announce(unit, changes, config.event_id, free)
        moved += len(free)
    return moved

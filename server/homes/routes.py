"""Homes of an event's tickets, and moving them."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.devices.finding_devices import list_devices
from server.devices.home_places import read_gates_of, read_lost, read_places
from server.events.events_and_dates import get_event
from server.homes.models import HomeMove
from server.homes.moving import (
    MoveOrder,
    count_homes,
    count_waiting,
    finish_moves,
    list_moves,
    order_move,
    tickets_of,
)
from server.homes.schemas import (
    HomeAnswer,
    HomesAnswer,
    MoveAnswer,
    MoveBody,
    SpreadAnswer,
    SpreadBody,
)
from server.homes.spreading_again import spread_homes
from server.http.body_and_answer_types import answer_of
from server.problem_answers import wrong_field
from server.ticketing.ports import ChangeFeed
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId
from shared.kernel.ids import format_ticket_id, parse_ticket_id

HOMES: Final = "/organizations/{organization_id:str}/events/{event_id:str}/homes"
READ: Final = requires(Role.READER, "devices:read")
WRITE: Final = requires(Role.MANAGER, "devices:write")


@get(HOMES, tags=["homes"], guards=[READ])
async def show_homes(units: NamedDependency[Units], event_id: FromPath[EventId]) -> HomesAnswer:
    """Show how many tickets are at home with which device."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        counts = await count_homes(unit, event_id)
        waiting = await count_waiting(unit, event_id)
        lost = await read_lost(unit, event_id)
        standing = {place.device_id for place in await read_places(unit, event_id)}
        wanted = standing | lost | {home for home in counts if home is not None}
        gates = await read_gates_of(unit, event_id, wanted)
        devices = [one for one in await list_devices(unit) if one.id in wanted]
        homes = [
            HomeAnswer(
                device_id=device.id,
                device=device.name,
                gate_id=gates[device.id][0] if device.id in gates else None,
                gate=gates[device.id][1] if device.id in gates else None,
                tickets=counts.get(device.id, 0),
                waiting=waiting.get(device.id, 0),
                is_lost=device.id in lost,
                is_revoked=device.revoked_at is not None,
            )
            for device in devices
        ]
    return HomesAnswer(homes=homes, without=counts.get(None, 0))


@get(HOMES + "/moves", tags=["homes"], guards=[READ])
async def show_moves(
    units: NamedDependency[Units], event_id: FromPath[EventId]
) -> list[MoveAnswer]:
    """List the orders to move homes, the latest first."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        return [_move(row) for row in await list_moves(unit, event_id)]


@post(HOMES + "/moves", tags=["homes"], guards=[WRITE])
async def move_homes(
    data: JSONBody[MoveBody],
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    event_id: FromPath[EventId],
) -> MoveAnswer:
    """Order a device's tickets moved; it happens when the device has signed, or is lost."""
    try:
        tickets = [parse_ticket_id(one) for one in data.ticket_ids or ()]
    except BadInput:
        raise wrong_field("ticket_ids", "are not ids of tickets: 16 hex digits each") from None
    order = MoveOrder(
        from_device_id=data.from_device_id,
        to_device_id=data.to_device_id,
        ticket_ids=tickets,
        is_lost=data.is_lost,
        because=data.reason,
        actor=units.actor,
    )
    async with units.write() as unit:
        ordered = await order_move(unit, changes, event_id, order)
        move_id = ordered.id
    await finish_moves(units.context, changes, units.organization_id, event_id)
    async with units.read() as unit:
        rows = await list_moves(unit, event_id)
        return _move(next(row for row in rows if row.id == move_id))


@post(HOMES + "/spread", tags=["homes"], guards=[WRITE], status_code=200)
async def spread_again(
    data: JSONBody[SpreadBody],
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    event_id: FromPath[EventId],
) -> SpreadAnswer:
    """Spread homes again, after a gate was added or lost; asking twice asks for nothing more."""
    return await spread_homes(
        units.context,
        changes,
        units.organization_id,
        event_id,
        because=data.reason,
        actor=units.actor,
    )


def _move(row: HomeMove) -> MoveAnswer:
    named = [format_ticket_id(one) for one in tickets_of(row)]
    return answer_of(MoveAnswer, row, ticket_ids=named or None, reason=row.because)

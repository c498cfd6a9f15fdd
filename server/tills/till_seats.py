"""Reserved seats that a till alone may sell: given by name, given back by its word, or freed.

A lost device's seats stay its own until a person frees them: it may have sold them, and whoever
sits on a ticket that admits is not sent away for another one.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.db.unit import Unit
from server.devices.finding_devices import get_device
from server.events.events_and_dates import get_event
from server.problem_answers import refuse
from server.seating.taking_seats import (
    GRANTED,
    list_seats_of,
    lock_seats_of,
    return_seats,
    sell_granted,
    take_seats,
)
from server.tills.allotments import find_allotments, get_till, note_change
from server.tills.till_stock_sizes import TAP_MAX
from shared.kernel.id_types import DeviceId, EventId, OrderId, SeatId


async def grant_seats(
    unit: Unit, event_id: EventId, device_id: DeviceId, seat_ids: Sequence[SeatId]
) -> None:
    """Let a till alone sell some seats, all or none; those that it has already it keeps.

    Raises:
        Problem: `seat-taken` that names those that somebody has, or wrong fields.
    """
    has = set(await list_seats_of(unit, event_id, device_id)) if seat_ids else set()
    wanted = [one for one in seat_ids if one not in has]
    if wanted:
        await take_seats(unit, event_id, wanted, state=GRANTED, holder=device_id)
        await note_change(unit, event_id, device_id)


async def ask_for_seats(
    unit: Unit, event_id: EventId, device_id: DeviceId, seat_ids: Sequence[SeatId]
) -> None:
    """Let a till sell seats that it asks for by itself, for one sale; all or none.

    Raises:
        Problem: as `grant_seats`; `conflict` where it holds more seats than tickets to sell them
            with, and what one sale takes.
    """
    before = await list_seats_of(unit, event_id, device_id) if seat_ids else ()
    await grant_seats(unit, event_id, device_id, seat_ids)
    held = len(set(before) | set(seat_ids))
    unsold = sum(max(0, one.unsold) for one in await find_allotments(unit, event_id, device_id))
    if held > len(before) and held > unsold + TAP_MAX:
        raise refuse("conflict", "till.seats_held", count=len(before))


async def give_to_till(
    unit: Unit, event_id: EventId, device_id: DeviceId, seat_ids: Sequence[SeatId]
) -> None:
    """Let a till alone sell some seats, by an organizer's word.

    Raises:
        Problem: `not-found`, `seat-taken`, or wrong fields.
    """
    await get_event(unit, event_id)
    await get_till(unit, event_id, device_id)
    await grant_seats(unit, event_id, device_id, seat_ids)


async def free_of_lost(unit: Unit, event_id: EventId, device_id: DeviceId) -> int:
    """Free what a revoked till has not told to be sold; returns how many seats.

    What it did sell of them is named when its journal comes, and lets nobody in by itself.

    Raises:
        Problem: `not-found`, or `conflict` for a till that may still sell them.
    """
    await get_event(unit, event_id)
    device = await get_device(unit, device_id)
    if device.revoked_at is None:
        raise refuse("conflict", "till.still_sells")
    seats = [row.seat_id for row in await lock_seats_of(unit, event_id, device_id)]
    if await return_seats(unit, event_id, device_id, seats):
        await note_change(unit, event_id, device_id)
    return len(seats)


async def take_seats_back(
    unit: Unit, event_id: EventId, device_id: DeviceId, seat_ids: Sequence[SeatId]
) -> None:
    """Free seats that a till has signed to give back; what is not its own any more stays."""
    if await return_seats(unit, event_id, device_id, seat_ids):
        await note_change(unit, event_id, device_id)


async def book_seats(
    unit: Unit,
    event_id: EventId,
    device_id: DeviceId,
    seat_ids: Sequence[SeatId],
    order_id: OrderId,
    *,
    is_forgotten: bool,
) -> frozenset[SeatId]:
    """Note which seats of a till's sale were its own; returns those that were not.

    Free ones count for its own in a sale that the ledger has forgotten; see `sell_granted`.
    """
    if not seat_ids:
        return frozenset()
    own = await sell_granted(
        unit, event_id, device_id, seat_ids, order_id, is_forgotten=is_forgotten
    )
    if own:
        await note_change(unit, event_id, device_id)
    return frozenset(seat_ids) - own

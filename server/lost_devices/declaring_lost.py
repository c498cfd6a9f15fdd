"""An organizer declares a device lost: nobody waits for its word about what it holds."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.db.unit import Unit
from server.homes.moving import HomeMove, MoveOrder, order_move
from server.seating.taking_seats import list_seats_of
from server.ticketing.ports import ChangeFeed
from server.tills.allotments import Unheard, release_allotments
from shared.kernel.id_types import EventId, SeatId


class LostStock(msgspec.Struct, frozen=True):
    """What a device that was declared lost has given up.

    Attributes:
        move: The order that moves its homes.
        maybe_sold: What it may have sold unheard, which is free again.
        seats: The seats of its grant, which are not: they stay held until a person frees them.
    """

    move: HomeMove
    maybe_sold: Unheard
    seats: Sequence[SeatId]


async def lose_device(
    unit: Unit, changes: ChangeFeed, event_id: EventId, order: MoveOrder
) -> LostStock:
    """Let a lost device give up homes, shares of zones and stock, in one act.

    What it sells from here on, or has sold unheard, is named when it comes: its tickets admit.

    Raises:
        Problem: `not-found`, or a field that is wrong.
    """
    move = await order_move(unit, changes, event_id, order)
    maybe_sold = await release_allotments(unit, event_id, order.from_device_id)
    seats = await list_seats_of(unit, event_id, order.from_device_id)
    return LostStock(move, maybe_sold, seats)

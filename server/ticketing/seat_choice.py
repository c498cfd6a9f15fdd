"""Which reserved seats a ticket type is for, and the best of those that are free."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Final

from server.background.work_aside import short_work_aside
from server.db.unit import Unit
from server.problem_answers import FieldError, Problem, refuse, wrong_fields
from server.seating.taking_seats import find_packed, list_free, take_seats
from server.ticketing.models import TicketType
from server.ticketing.selling_terms import selling_from_json
from shared.kernel.id_types import EventId, SeatId
from shared.seating.best_available import COUNT_MAX, ORDINARY, find_best
from shared.seating.neighbouring_seats import SeatRows
from shared.seating.packed_map import unpack_map
from shared.seating.seat_map import SeatKind, SeatOffer, suits

TRIES: Final = 3
"""Each lost one was lost to somebody who named a seat while it was chosen."""
_KNOWN_SEATS_MAX: Final = 250_000
"""Of the rooms that a worker keeps: a hundred thousand take forty megabytes."""
_LARGE: Final = 2_000
"""Seats from which on the choice is made beside the loop."""


class KnownSeatMaps:
    """The rooms that this worker has read last; a packed map always is the same room."""

    def __init__(self) -> None:
        self._rooms: dict[bytes, SeatRows] = {}

    def read(self, packed: bytes) -> SeatRows:
        """Return the room of a packed map."""
        found = self._rooms.pop(packed, None) or SeatRows(unpack_map(packed))
        self._rooms[packed] = found
        while len(self._rooms) > 1 and self._seats() > _KNOWN_SEATS_MAX:
            self._rooms.pop(next(iter(self._rooms)))
        return found

    def _seats(self) -> int:
        return sum(len(room.by_id) for room in list(self._rooms.values()))


_KNOWN: Final = KnownSeatMaps()


def offer_of(kind: TicketType) -> SeatOffer | None:
    """Return which seats a type's tickets are for; None for a type without reserved seats."""
    terms = selling_from_json(kind.selling).seats
    return None if terms is None else SeatOffer(kind.code, terms.categories, terms.sections)


async def read_seat_rows(unit: Unit, event_id: EventId, *, is_choosing: bool = False) -> SeatRows:
    """Return an event's room.

    Args:
        unit: Any, a writing one to choose by.
        event_id: The event.
        is_choosing: Whoever chooses waits for whoever chooses now; who names seats waits for none.

    Raises:
        Problem: `conflict` if the event has no map.
    """
    packed = await find_packed(unit, event_id, is_choosing=is_choosing)
    if packed is None:
        detail = "The event has no seat map yet, and the ticket type is for reserved seats."
        raise Problem("conflict", detail)
    return await short_work_aside(unit.organization_id, partial(_KNOWN.read, packed))


def check_suiting(
    room: SeatRows, offer: SeatOffer, seat_ids: Collection[SeatId], field: str
) -> None:
    """Refuse seats that a ticket type is not for.

    Raises:
        Problem: naming them.
    """
    wrong = [
        FieldError(field, f"{one} is no seat of this event or ticket type")
        for one in seat_ids
        if one not in room.by_id or not suits(offer, room.by_id[one])
    ]
    if wrong:
        raise wrong_fields(wrong[:10])


async def find_seats(
    unit: Unit,
    event_id: EventId,
    kind: TicketType,
    count: int,
    kinds: frozenset[SeatKind] = ORDINARY,
    *,
    is_choosing: bool = False,
) -> tuple[SeatId, ...]:
    """Return the best free seats for a group; they may be gone before somebody takes them.

    Raises:
        Problem: `sold-out` where so many do not stand together, `conflict` without reserved seats.
    """
    offer = offer_of(kind)
    if offer is None:
        raise Problem("conflict", "This ticket type is for no reserved seats.")
    room = await read_seat_rows(unit, event_id, is_choosing=is_choosing)
    every = await list_free(unit, event_id)
    free = {one for one in every if one in room.by_id and suits(offer, room.by_id[one])}
    if count <= COUNT_MAX:
        choose = partial(find_best, room, free, count, kinds=kinds)
        is_large = len(room.by_id) > _LARGE
        found = await short_work_aside(unit.organization_id, choose) if is_large else choose()
        if found:
            return found
    raise refuse("sold-out", "seats.apart")


async def take_best(
    unit: Unit, event_id: EventId, kind: TicketType, count: int, *, state: str, holder: str
) -> list[SeatId]:
    """Take the best free seats for a group, beside each other where that can be.

    A group that no two rows have room for is parted, the best seat first, rather than refused.

    Raises:
        Problem: `sold-out`, or `seat-taken` where others are always faster.
    """
    for left in reversed(range(TRIES)):
        chosen = await _choose(unit, event_id, kind, count)
        try:
            await take_seats(unit, event_id, chosen, state=state, holder=holder)
        except Problem as problem:
            if problem.slug != "seat-taken" or not left:
                raise
        else:
            return chosen
    raise AssertionError


async def _choose(unit: Unit, event_id: EventId, kind: TicketType, count: int) -> list[SeatId]:
    try:
        return list(await find_seats(unit, event_id, kind, count, is_choosing=True))
    except Problem as problem:
        if problem.slug != "sold-out" or count == 1:
            raise
    offer = offer_of(kind)
    assert offer is not None
    room = await read_seat_rows(unit, event_id)
    every = await list_free(unit, event_id)
    free = {
        one
        for one in every
        if one in room.by_id and room.by_id[one].kind in ORDINARY and suits(offer, room.by_id[one])
    }
    if len(free) < count:
        raise refuse("sold-out", "seats.short")
    chosen: list[SeatId] = []
    while len(chosen) < count:
        part = min(count - len(chosen), COUNT_MAX)
        while not (found := find_best(room, free, part)):
            part -= 1
        chosen += found
        free -= set(found)
    return chosen

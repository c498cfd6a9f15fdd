"""The seats of an order: those that the buyer named, or the best that are free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from server.db.unit import Unit
from server.problem_answers import wrong_field
from server.seating.taking_seats import HELD, SOLD, take_seats
from server.ticketing.finding_and_changing_tickets import TicketType
from server.ticketing.holds import lock_hold
from server.ticketing.seat_choice import check_suiting, offer_of, read_seat_rows, take_best
from shared.kernel.id_types import EventId, OrderId, SeatId, TicketTypeId


class SeatedLine(Protocol):
    """What of an order's line its seats depend on."""

    @property
    def ticket_type_id(self) -> TicketTypeId:
        """Which type."""

    @property
    def quantity(self) -> int:
        """How many tickets."""

    @property
    def seats(self) -> Sequence[SeatId] | None:
        """Which seats; None for the best."""


async def take_order_seats(
    unit: Unit,
    event_id: EventId,
    order_id: OrderId,
    lines: Sequence[SeatedLine],
    known: Mapping[TicketTypeId, TicketType],
    *,
    is_settled: bool,
    hold_id: str | None,
) -> list[list[SeatId]]:
    """Take the seats of all lines, all or none: the named ones in one go, in order of their ids.

    Args:
        unit: A writing one, whose stock is taken.
        event_id: Whose seats.
        order_id: Has them from now on.
        lines: As asked for.
        known: The event's types.
        is_settled: It is paid for, or given away.
        hold_id: A hold of an organizer whose seats may be taken as well.

    Returns:
        For each line its tickets' seats; none for a type without reserved seats.

    Raises:
        Problem: `seat-taken`, `sold-out`, `conflict` or wrong fields.
    """
    _check(lines, known)
    state = SOLD if is_settled else HELD
    named: dict[SeatId, int] = {}
    for number, line in enumerate(lines):
        offer = offer_of(known[line.ticket_type_id])
        if line.seats is None or offer is None:
            continue
        field = f"lines[{number}].seats"
        check_suiting(await read_seat_rows(unit, event_id), offer, line.seats, field)
        for seat_id in line.seats:
            if seat_id in named:
                raise wrong_field(field, f"names {seat_id} twice")
            named[seat_id] = number
    out_of = "" if hold_id is None else (await lock_hold(unit, event_id, hold_id)).id
    if named:
        await take_seats(
            unit, event_id, named, state=state, holder=order_id, out_of=out_of, field="lines"
        )
    taken: list[list[SeatId]] = []
    for line in lines:
        kind = known[line.ticket_type_id]
        if offer_of(kind) is None:
            taken.append([])
        elif line.seats is not None:
            taken.append(list(line.seats))
        else:
            taken.append(
                await take_best(unit, event_id, kind, line.quantity, state=state, holder=order_id)
            )
    return taken


def _check(lines: Sequence[SeatedLine], known: Mapping[TicketTypeId, TicketType]) -> None:
    for number, line in enumerate(lines):
        field = f"lines[{number}].seats"
        if line.seats is None:
            continue
        if offer_of(known[line.ticket_type_id]) is None:
            raise wrong_field(field, "are named for a type without reserved seats")
        if len(line.seats) != line.quantity:
            raise wrong_field(field, f"must be {line.quantity}, one for each ticket")

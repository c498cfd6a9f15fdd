"""Bugs in who has which reserved seat."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.store.till_seat_table import TillSeats
from server.cancelling import refunding
from server.journals import sale_booking
from server.orders import seats_of_order as order_seats
from server.seating import taking_seats as seating
from server.ticketing import finding_and_changing_tickets as ticketing
from server.ticketing import seat_choice, withdrawals
from shared.kernel.id_types import SeatId
from shared.kernel.instant import Instant
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

AT_THE_SEATS: Final = beside_all_else("seats")


def _blindly(_take: Any) -> Any:
    async def take(
        unit: Any, event_id: Any, seat_ids: Any, *, state: str, holder: str, **_more: Any
    ) -> Any:
        rows = await seating.lock_seats(unit, event_id, sorted(set(seat_ids)))
        seq, _ = await seating.next_number(unit, event_id)
        for row in rows:
            row.state, row.holder, row.ticket_id, row.seq = state, holder, None, seq
        await unit.session.flush()
        return rows

    return take


def _all_its_own(book: Any) -> Any:
    async def book_all(*said: Any, **more: Any) -> frozenset[SeatId]:
        await book(*said, **more)
        return frozenset()

    return book_all


def _first_ones(_find: Any) -> Any:
    def take_the_first(_room: Any, free: Any, count: int, **_options: Any) -> tuple[SeatId, ...]:
        by_number = sorted(free, key=lambda seat: str(seat).rpartition("-")[::-1])
        return tuple(by_number[:count]) if len(by_number) >= count else ()

    return take_the_first


def _for_one(owe: Any) -> Any:
    async def owe_for_one(unit: Any, order: Any, *, only: Any = None, **said: Any) -> int:
        one = None if only is None else sorted(only)[:1]
        return int(await owe(unit, order, only=one, **said))

    return owe_for_one


def _as_the_till_says(adopt: Any) -> Any:
    async def adopt_without(
        unit: Any, changes: Any, kind: Any, sold: Any, *some: Any, **more: Any
    ) -> Any:
        said = [msgspec.structs.replace(one, window=(Instant(0), None)) for one in sold]
        return await adopt(unit, changes, kind, said, *some, **more)

    return adopt_without


def _noted_in_memory(_sell: Any) -> Any:
    def note(self: TillSeats, event_id: Any, seats: Any) -> None:
        vars(self).setdefault("spent", set()).update((event_id, one) for one in seats)

    return note


def _but_for_those_noted(list_own: Any) -> Any:
    def list_others(self: TillSeats, event_id: Any) -> Any:
        spent = vars(self).get("spent", set())
        return [one for one in list_own(self, event_id) if (event_id, one) not in spent]

    return list_others


def _as_before(number: Any) -> Any:
    async def number_as_before(unit: Any, event_id: Any) -> tuple[int, int]:
        seq, map_number = await number(unit, event_id)
        return max(1, seq - 1), map_number

    return number_as_before


SEATED_BUGS: Final = (
    Planted(
        name="out_of_sale_and_sold",
        what="A seat that the organizer takes out of sale is sold all the same.",
        replaced=(Replacement(seating, "kill_seats", awaited_constant([])),),
        change=AT_THE_SEATS,
    ),
    Planted(
        name="seat_kept_by_a_till",
        what="A seat whose ticket a connected till has taken back stays sold.",
        replaced=(Replacement(withdrawals, "free_seats_of", awaited_constant(None)),),
        change=AT_THE_SEATS,
    ),
    Planted(
        name="seat_kept_by_the_office",
        what="A seat whose ticket is cancelled stays sold.",
        replaced=(Replacement(ticketing, "free_seats_of", awaited_constant(None)),),
        change=AT_THE_SEATS,
    ),
    Planted(
        name="seat_sold_to_all",
        what="The office sells a seat to whoever asks for it, whoever has it.",
        replaced=(Replacement(order_seats, "take_seats", _blindly),),
        change=AT_THE_SEATS,
    ),
    Planted(
        name="seat_never_spent",
        what="A till does not count the seats of its own that it has sold.",
        replaced=(Replacement(TillSeats, "sell", constant(None)),),
        change=AT_THE_SEATS,
    ),
    Planted(
        name="seat_spent_in_memory_alone",
        what="A till that has died counts none of the seats that it has sold of its own.",
        replaced=(
            Replacement(TillSeats, "sell", _noted_in_memory),
            Replacement(TillSeats, "list_own", _but_for_those_noted),
        ),
        change=AT_THE_SEATS,
    ),
    Planted(
        name="group_is_scattered",
        what="The best seats are the first ones of all rows, whoever comes together.",
        replaced=(Replacement(seat_choice, "find_best", _first_ones),),
        change=AT_THE_SEATS,
    ),
    Planted(
        name="tills_windows_stay",
        what="A ticket that a till has sold lets in on whichever day its date is.",
        replaced=(Replacement(sale_booking, "adopt_tickets", _as_the_till_says),),
        change=AT_THE_SEATS,
    ),
    Planted(
        name="group_is_paid_for_one",
        what="Where the date is off, one guest's money is owed back of a group's.",
        replaced=(Replacement(refunding, "owe_good_tickets", _for_one),),
        change=AT_THE_SEATS,
    ),
    Planted(
        name="seat_changed_unsaid",
        what="A change of a seat has the number of the one before, which watchers know already.",
        replaced=(Replacement(seating, "next_number", _as_before),),
        change=AT_THE_SEATS,
    ),
    Planted(
        name="freed_seats_stay_its_own",
        what="What a till has sold of seats that were freed meanwhile is good, whoever has them.",
        replaced=(Replacement(sale_booking, "book_seats", _all_its_own),),
        change=beside_all_else("freed"),
    ),
)

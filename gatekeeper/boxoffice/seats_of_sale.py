"""Which reserved seats a sale takes: those that were named, or the best of the till's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.store.store import Store
from gatekeeper.store.till_seat_table import BACK, GONE, HELD, SOLD
from shared.kernel.id_types import SeatId
from shared.manifest.price_plan import PricePlan
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.till_basket import Basket
from shared.seating.best_available import find_best
from shared.seating.neighbouring_seats import SeatRows
from shared.seating.seat_map import SeatOffer, suits

NO_SEAT = SeatId("")

_NEVER_OWN: Final = "not this till's to sell"
_TAKEN: Final = {
    HELD: "held by an open sale of this till",
    SOLD: "already sold by this till",
    BACK: "given back by this till",
    GONE: "sold or given back by this till",
}
"""Why a seat that was this till's own is so no more, by its state."""


class SeatPicker:
    """Picks the seats of sales.

    The room is made of the manifest once, and of the next manifest again.
    """

    def __init__(self, store: Store) -> None:
        """Pick of those that `store` knows as the till's own."""
        self._store = store
        self._room: SeatRows | None = None
        self._of: tuple[str, int, int] | None = None

    def room(self, event: EventKnowledge) -> SeatRows | None:
        """Return the event's room; None without reserved seats.

        Raises:
            StoreFault: if the manifest cannot be read.
        """
        made_of = (event.event_id, event.header.epoch, event.header.sequence)
        if self._of != made_of:
            seat_map = event.seats.read_map()
            self._room = None if seat_map is None else SeatRows(seat_map)
            self._of = made_of
        return self._room

    def pick(
        self, event: EventKnowledge, plan: PricePlan, basket: Basket, request: SellRequest
    ) -> tuple[SeatId, ...] | Refusal:
        """Return a seat for each ticket of a basket, in order; none where no type has seats.

        Args:
            event: The present one.
            plan: Says which types have reserved seats.
            basket: What is wanted, priced.
            request: Names seats, or leaves the choice to the till.
        """
        offers = {one.code: one.seats for one in plan.types if one.seats is not None}
        named = {one.ticket_type_code: list(one.seats) for one in request.seats}
        if wrong := _find_wrong(offers, named, basket):
            return Refusal(SaleReason.WRONG_SEATS, wrong)
        if not any(code in offers for code in basket.counts):
            return ()
        room = self.room(event)
        if room is None:
            text = "this till has no seat map yet; hand the event to its gates and sync once"
            return Refusal(SaleReason.WRONG_SEATS, text)
        own = set(self._store.till_seats.list_own(event.event_id))
        chosen: dict[int, list[SeatId]] = {}
        for code, count in basket.counts.items():
            offer = offers.get(code)
            if offer is None:
                continue
            seats = named.get(code)
            if seats is None:
                fitting = {one for one in own if _fits(room, offer, one)}
                seats = list(find_best(room, fitting, count))
                if not seats:
                    text = (
                        f"{count} seats together are no longer free at this till; choose seats"
                        " one by one"
                    )
                    return Refusal(SaleReason.SEAT_TAKEN, text)
            elif others := [one for one in seats if not _fits(room, offer, one)]:
                text = f"{', '.join(others[:5])}: not a seat of this event for ticket type {code}"
                return Refusal(SaleReason.WRONG_SEATS, text)
            elif taken := [one for one in seats if one not in own]:
                return Refusal(SaleReason.SEAT_TAKEN, self._say_taken(event, taken[:5]))
            own -= set(seats)
            chosen[code] = seats
        return tuple(
            chosen[line.ticket_type_code].pop(0) if line.ticket_type_code in chosen else NO_SEAT
            for line in basket.lines
            for _ in range(line.count)
        )

    def _say_taken(self, event: EventKnowledge, taken: Sequence[SeatId]) -> str:
        """Say of seats why this till may not sell them."""
        states = self._store.till_seats.find_states(event.event_id, taken)
        whys: dict[str, list[str]] = {}
        for one in taken:
            whys.setdefault(_TAKEN.get(states.get(one, ""), _NEVER_OWN), []).append(one)
        said = "; ".join(f"{', '.join(seats)}: {why}" for why, seats in whys.items())
        return f"{said}; choose another seat"

    def lacking(self, event: EventKnowledge, request: SellRequest) -> tuple[SeatId, ...]:
        """Return the named seats that are not this till's own."""
        own = set(self._store.till_seats.list_own(event.event_id))
        named = [one for seats in request.seats for one in seats.seats]
        return tuple(one for one in dict.fromkeys(named) if one not in own)

    def are_gone(self, event: EventKnowledge, seats: Sequence[SeatId]) -> Refusal | None:
        """Say that seats of a draft were sold or given back since it was drawn."""
        own = set(self._store.till_seats.list_own(event.event_id)) if seats else set()
        gone = [one for one in seats if one and one not in own]
        if not gone:
            return None
        text = f"{', '.join(gone[:5])}: taken in the meantime; choose another seat"
        return Refusal(SaleReason.SEAT_TAKEN, text)


def _fits(room: SeatRows, offer: SeatOffer, seat_id: SeatId) -> bool:
    seat = room.by_id.get(seat_id)
    return seat is not None and suits(offer, seat)


def _find_wrong(
    offers: dict[int, SeatOffer], named: dict[int, list[SeatId]], basket: Basket
) -> str:
    """Say what of the named seats cannot be meant, or ""."""
    every = [one for seats in named.values() for one in seats]
    if len(set(every)) < len(every):
        return "a seat is named twice; name one for each ticket"
    for code, seats in named.items():
        if code not in offers:
            return f"ticket type {code} has no reserved seats; sell it without a seat"
        if len(seats) != basket.counts.get(code, 0):
            return f"name one seat for each ticket of type {code}, or none for the best"
    return ""

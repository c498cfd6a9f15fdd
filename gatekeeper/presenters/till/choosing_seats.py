"""Reserved seats at the till: the best ones with a tile, chosen ones on the map."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.boxoffice.till_requests import SellRequest, WantedSeats
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.seat_picture import CHOOSABLE, SeatMark, SeatPicture, spell_seats
from gatekeeper.presenters.till.refusal_words import spell_refusal
from gatekeeper.presenters.till.screen_parts import back
from gatekeeper.presenters.till.state import (
    SELLING,
    BasketRow,
    Presses,
    TillScreen,
    TillState,
    TillStep,
)
from gatekeeper.presenters.till.window_requests import Request
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import SeatId
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.till_basket import TICKETS_IN_SALE_MAX
from shared.seating.best_available import find_best
from shared.seating.seat_map import SeatOffer


def offers_of(state: TillState) -> dict[int, SeatOffer]:
    """Return which seats the types are for that have some, by the type's code."""
    sold = {one.code for one in state.facts.stock}
    return {
        one.code: one.seats
        for one in state.facts.plan.types
        if one.seats is not None and one.code in sold
    }


def count_free(state: TillState, code: int) -> int | None:
    """Return how many seats a type's tickets can have here now; None for one without seats."""
    view = state.facts.seats
    if view is None or code not in view.left:
        return None
    left = view.left[code]
    chosen = {one for seats in state.seats.values() for one in seats}
    return len(left) - len(chosen & left)


def take_best(state: TillState, code: int, count: int) -> bool:
    """Add tickets of a type with the best seats; tell whether they are in the basket.

    Who sits together stays so: what was not chosen on the map is chosen anew for all.
    """
    view = state.facts.seats
    assert view is not None
    have = state.seats.get(code, [])
    kept = [one for one in have if one in state.on_map]
    others = {one for key, seats in state.seats.items() if key != code for one in seats}
    free = view.left[code].difference(others, kept)
    wanted = len(have) - len(kept) + count
    best = list(find_best(view.room, free, wanted))
    is_together = bool(best)
    while not is_together and len(best) < wanted:
        single = find_best(view.room, free.difference(best), 1)
        if not single:
            return False
        best += single
    _put(state, code, [*kept, *best])
    state.say("" if is_together else TEXTS.say("till.seats_apart"))
    return True


def choose_seats(state: TillState) -> None:
    """Show the map where there is one, for the type that the basket's newest seats are of."""
    offers = offers_of(state)
    if state.facts.seats is None or not offers:
        return
    taken = [code for code in state.counts if code in offers]
    if state.seated_type not in offers or taken:
        state.seated_type = taken[-1] if taken else next(iter(offers))
    state.go(TillStep.SEATS)


def drop_last(state: TillState, code: int) -> None:
    """Give the seat back that one ticket less has."""
    seats = state.seats.get(code, [])
    if seats:
        _put(state, code, seats[:-1])


def take_up(state: TillState, request: SellRequest) -> None:
    """Have the seats again that a basket was put aside with."""
    state.seats.clear()
    state.on_map.clear()
    for one in request.seats:
        state.seats[one.ticket_type_code] = list(one.seats)
        state.on_map.update(one.seats)


def drop_gone(state: TillState) -> None:
    """Take seats out of the basket that somebody else has by now, and say so."""
    view = state.facts.seats
    if view is None or not state.seats or state.step in {TillStep.WORKING, TillStep.DONE}:
        return
    if not view.is_live:
        return  # cut off, the sale itself says what cannot be had any more
    gone = [
        one
        for seats in state.seats.values()
        for one in seats
        if one not in view.own and one not in view.elsewhere
    ]
    if not gone or (state.parts and state.step is not TillStep.SEATS):
        return  # of what is paid in part the engine says what became of it, and others are chosen
    for code, seats in list(state.seats.items()):
        _put(state, code, [one for one in seats if one not in gone])
    state.say_meanwhile(TEXTS.say("till.seats_gone", seats=spell_seats(view, gone)))


def wanted_seats(state: TillState) -> tuple[WantedSeats, ...]:
    """Return the seats of the basket, as they are asked for."""
    return tuple(WantedSeats(code, tuple(seats)) for code, seats in state.seats.items() if seats)


def _put(state: TillState, code: int, seats: list[SeatId]) -> None:
    """Let a type have these seats: as many as its tickets."""
    if seats:
        state.seats[code], state.counts[code] = seats, len(seats)
    else:
        state.seats.pop(code, None)
        state.counts.pop(code, None)
        state.forget_terms()
    state.on_map &= {one for own in state.seats.values() for one in own}


class SeatPresses(Presses):
    """Takes what is pressed on the map."""

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does."""
        return {
            "seats": self._press_seats,
            "seat": self._press_seat,
            "best": self._press_best,
            "seat_type": self._press_type,
        }

    def _press_seats(self, _rest: str) -> Request | None:
        state = self._state
        if state.step in SELLING:
            choose_seats(state)
        return None

    def _press_seat(self, rest: str) -> Request | None:
        state, seat_id = self._state, SeatId(rest)
        if state.step is not TillStep.SEATS:
            return None
        for code, seats in list(state.seats.items()):
            if seat_id in seats:
                state.say("")
                _put(state, code, [one for one in seats if one != seat_id])
                return None
        picture = picture_of(state)
        seat = None if picture is None else picture.room.by_id.get(seat_id)
        if picture is None or seat is None:
            return None
        mark = picture.mark(seat)
        if mark not in CHOOSABLE:
            state.say(picture.spell(seat), is_bad=True)
            return None
        if sum(state.counts.values()) >= TICKETS_IN_SALE_MAX:
            state.say(spell_refusal(SaleReason.TOO_MANY), is_bad=True)
            return None
        state.on_map.add(seat_id)
        _put(state, state.seated_type, [*state.seats.get(state.seated_type, []), seat_id])
        state.say("" if mark is SeatMark.FREE else picture.spell(seat))
        self._look_at_price()
        self._look_beside()
        return None

    def _press_best(self, _rest: str) -> Request | None:
        state = self._state
        if state.step is not TillStep.SEATS or state.facts.seats is None:
            return None
        count = max(1, state.amount)
        state.typed = ""
        if sum(state.counts.values()) + count > TICKETS_IN_SALE_MAX:
            state.say(spell_refusal(SaleReason.TOO_MANY), is_bad=True)
        elif not take_best(state, state.seated_type, count):
            state.say(TEXTS.say("till.seats_few"), is_bad=True)
        else:
            self._look_at_price()
        return None

    def _press_type(self, _rest: str) -> Request | None:
        """Turn to the next type that has seats."""
        state, codes = self._state, list(offers_of(self._state))
        if state.step is TillStep.SEATS and state.seated_type in codes:
            at = codes.index(state.seated_type) + 1
            state.seated_type = codes[at % len(codes)]
            state.say("")
        return None

    def _look_at_price(self) -> None:
        found = self._state.fill()
        if isinstance(found, Refusal):
            self._state.say(spell_refusal(found.reason), is_bad=True)

    def _look_beside(self) -> None:
        """Say which single seats the chosen ones would leave: nobody buys them."""
        state, view = self._state, self._state.facts.seats
        if view is None or state.is_bad:
            return
        chosen = [one for seats in state.seats.values() for one in seats]
        alone = view.room.find_orphans(view.can_be_had, chosen)
        if alone:
            said = TEXTS.say("till.seats_alone", seats=spell_seats(view, alone))
            state.say(TEXTS.beside(state.note, said))


def picture_of(state: TillState) -> SeatPicture | None:
    """Return the map as it is now."""
    view = state.facts.seats
    if view is None:
        return None
    chosen = frozenset(one for seats in state.seats.values() for one in seats)
    offer = offers_of(state).get(state.seated_type)
    return SeatPicture(view.room, view.own, view.elsewhere, chosen, offer)


def show_seats(state: TillState) -> TillScreen:
    """Show the map, what is chosen on it, and what that costs."""
    basket, offers = state.basket, offers_of(state)
    name = _type_name(state, state.seated_type)
    count = max(1, state.amount)
    foot = [back()]
    if len(offers) > 1:
        hint = TEXTS.say("till.seats_type")
        spoken = TEXTS.list((hint, name))
        foot.append(Option("seat_type", TEXTS.isolate(name), hint, spoken=spoken))
    has_basket = basket is not None
    foot += [
        Option("best", TEXTS.say("till.seats_best", number=count), hint="B"),
        Option("card", TEXTS.say("till.card"), hint="K", is_enabled=has_basket),
        Option("cash", TEXTS.say("till.cash"), hint="C", is_main=True, is_enabled=has_basket),
    ]
    is_cut_off = state.facts.mode != "online"
    title = TEXTS.say("till.seats_cut_off" if is_cut_off else "till.seats_title", name=name)
    return TillScreen(
        title=f"{state.typed} ×" if state.typed else title,
        seats=picture_of(state),
        rows=_rows(state),
        label=TEXTS.say("till.total"),
        amount=state.spell(0 if basket is None else basket.total_minor),
        foot=tuple(foot),
    )


def _rows(state: TillState) -> tuple[BasketRow, ...]:
    """Return a line for each seat; pressed, it is given back."""
    view = state.facts.seats
    by_id = {} if view is None else view.room.by_id
    found = []
    for code, seats in state.seats.items():
        for one in seats:
            seat = by_id.get(one)
            where = str(one) if seat is None else f"{seat.section} {spell_seats(view, [one])}"
            text = TEXTS.list((where, _type_name(state, code)))
            spoken = TEXTS.say("till.less", what=text)
            said = TEXTS.say("till.less_line", what=text)
            found.append(BasketRow(said, "", f"seat:{one}", spoken))
    return tuple(found)


def _type_name(state: TillState, code: int) -> str:
    return next((one.name for one in state.facts.stock if one.code == code), str(code))

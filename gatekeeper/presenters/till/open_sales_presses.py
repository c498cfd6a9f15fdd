"""Sales that are not finished, and baskets that were put aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gatekeeper.boxoffice.answers import OpenSale, TillAnswer
from gatekeeper.boxoffice.till_requests import PartlyPaid, SellRequest
from gatekeeper.presenters.till.approval_presses import begin_allowing
from gatekeeper.presenters.till.choosing_seats import take_up, wanted_seats
from gatekeeper.presenters.till.refusal_words import spell_refusal
from gatekeeper.presenters.till.state import SELLING, Presses, TillState, TillStep
from gatekeeper.presenters.till.undone_payments import spell_back
from gatekeeper.presenters.till.window_requests import (
    AskWorth,
    Park,
    Parked,
    Request,
    SettleSale,
    TakenUp,
    TakeUp,
)
from gatekeeper.wording.texts import TEXTS
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import CARD, CASH, Tender

_ACTS: Final = {
    "ask": (),
    "paid": (),
    "unpaid": (),
    "give_up": (),
    "finish_cash": (Tender(kind=CASH),),
    "finish_card": (Tender(kind=CARD),),
    "finish_paid": (),
}


class OpenPresses(Presses):
    """Takes what is pressed about sales that are not finished."""

    def __init__(self, state: TillState) -> None:
        super().__init__(state)
        # While a sale is asked about, the till lists it no more.
        self._asked: OpenSale | None = None
        self._doubted: frozenset[str] | None = None

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does."""
        settling: dict[str, Callable[[str], Request | None]] = {
            act: self._settling(act) for act in _ACTS
        }
        return settling | {
            "open": self._press_open,
            "park": self._press_park,
            "parked": self._press_parked,
            "take_up": self._press_take_up,
        }

    def take_basket(self, answer: TakenUp | Parked) -> None:
        """Know that a basket is put aside, or have it again."""
        state = self._state
        if isinstance(answer, Parked):
            state.begin_anew()
            state.go(TillStep.SELL, TEXTS.say("till.is_parked"))
            return
        state.go(TillStep.SELL)
        request = answer.request
        if request is None:
            state.say(TEXTS.say("till.taken_up"), is_bad=True)
            return
        state.begin_anew()
        self._fill(request)

    def take_parts(self, request: PartlyPaid) -> Request | None:
        """Have a basket in hand again, with what is paid of it and what goes back for it."""
        state = self._state
        state.begin_anew()
        self._fill(request)
        state.parts.extend(request.tenders)
        state.step = state.home
        if request.on_card:  # it may have been charged: whoever looks at its slip says so
            state.step, state.on_card = TillStep.CARD, request.on_card
            state.say(spell_refusal(SaleReason.PAYMENT_UNKNOWN), is_bad=True)
        return state.ask(AskWorth(request.giving)) if request.giving else None

    def keep(self, sale: OpenSale) -> None:
        """Show a sale that is not finished, as it is now."""
        state = self._state
        others = tuple(one for one in state.facts.open_sales if one.sale_id != sale.sale_id)
        state.facts = state.facts._replace(open_sales=(*others, sale))
        state.go(TillStep.OPEN)

    def doubt(self) -> None:
        """Know that a sale was asked for, and nobody has heard how far it came."""
        self._doubted = frozenset(one.sale_id for one in self._state.facts.open_sales)

    def find_doubted(self) -> None:
        """Show the sale that was found open after a fault, so that nothing is taken twice."""
        state, before = self._state, self._doubted
        if before is None:
            return
        self._doubted = None
        for sale in state.facts.open_sales:
            if sale.sale_id not in before:
                said = state.note
                state.begin_anew()
                state.giving, state.credit = (), 0
                self.keep(sale)
                state.say(said, is_bad=True)

    def let_finish(self, request: Request, answer: TillAnswer) -> None:
        """Ask for somebody who may finish a sale that the cashier may not."""
        state, sale = self._state, answer.open_sale
        if not isinstance(request, SettleSale) or request.person != state.cashier or sale is None:
            return
        is_ready = sale.unknown is None and (request.act == "finish" or not sale.left_minor)
        if is_ready and answer.reason is SaleReason.NOT_ALLOWED:
            begin_allowing(
                state, SettleSale("finish", sale.sale_id, request.tenders, state.cashier)
            )

    def end(self) -> None:
        """Say what goes back of a sale that was given up, besides what was asked for."""
        state, asked = self._state, self._asked
        state.go(TillStep.SELL)
        state.say_returned(TEXTS.say("till.given_up"))
        for part in asked.basket_in_hand.tenders if asked is not None else ():
            state.say_returned(spell_back(state, part))

    def drop(self, sale_id: str) -> Request | None:
        """Have a sale's basket again that was not charged: its guest is still there."""
        state = self._state
        kept = {one.sale_id: one for one in state.facts.open_sales}
        asked, self._asked = self._asked, None
        gone = kept.pop(sale_id, asked)
        state.facts = state.facts._replace(open_sales=tuple(kept.values()))
        if gone is None or (state.counts and not gone.basket_in_hand.tenders):
            return None
        return self.take_parts(gone.basket_in_hand)

    def _fill(self, request: SellRequest) -> None:
        state = self._state
        state.counts.update({one.ticket_type_code: one.count for one in request.lines})
        take_up(state, request)
        state.discount, state.promo, state.why = request.discount, request.promo, request.why

    # ---- presses

    def _settling(self, act: str) -> Callable[[str], Request | None]:
        def press(sale_id: str) -> Request | None:
            state = self._state
            sale = next((one for one in state.facts.open_sales if one.sale_id == sale_id), None)
            if state.step is not TillStep.OPEN or sale is None:
                return None
            self._asked = sale
            name = "finish" if act.startswith("finish") else act
            return state.ask(SettleSale(name, sale_id, _ACTS[act], state.cashier))

        return press

    def _press_open(self, _rest: str) -> Request | None:
        if self._state.step in {*SELLING, TillStep.COMPARED}:
            self._state.go(TillStep.OPEN)
        return None

    def _press_park(self, _rest: str) -> Request | None:
        state = self._state
        if state.step is not TillStep.OTHER or not state.counts:
            return None
        return state.ask(
            Park(
                SellRequest(
                    lines=state.wanted,
                    tenders=(),
                    discount=state.discount,
                    promo=state.promo,
                    cashier=state.cashier,
                    why=state.why,
                    seats=wanted_seats(state),
                )
            )
        )

    def _press_parked(self, _rest: str) -> Request | None:
        if self._state.step in SELLING and not self._state.counts:
            self._state.go(TillStep.PARKED)
        return None

    def _press_take_up(self, rest: str) -> Request | None:
        state = self._state
        return state.ask(TakeUp(rest)) if state.step is TillStep.PARKED else None

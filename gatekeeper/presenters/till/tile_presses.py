"""The tiles of what is sold: a press puts tickets of a type into the basket, or takes one out."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.boxoffice.answers import StockLine
from gatekeeper.presenters.till.choosing_seats import count_free, drop_last, take_best
from gatekeeper.presenters.till.exchange_presses import ExchangePresses
from gatekeeper.presenters.till.refusal_words import spell_refusal
from gatekeeper.presenters.till.state import SELLING, Presses, TillStep
from gatekeeper.presenters.till.window_requests import Request
from gatekeeper.wording.texts import TEXTS
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.till_basket import TICKETS_IN_SALE_MAX


class TilePresses(Presses):
    """Takes what is pressed on the tiles, and what goes back a step there."""

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does."""
        return {"type": self._press_type, "less": self._press_less}

    def take_one_back(self, exchanging: ExchangePresses) -> None:
        """Go a step back on the tiles: a type, an exchange."""
        state = self._state
        if state.giving and not state.counts:
            exchanging.stop()
        elif state.counts:
            code, _ = state.counts.popitem()
            state.seats.pop(code, None)
            state.forget_terms()
            if not state.returned:
                state.say("")

    def _press_type(self, rest: str) -> Request | None:
        state = self._state
        if state.step not in SELLING or not rest.isdigit():
            return None
        code, count = int(rest), max(1, state.amount)
        stock = next((one for one in state.facts.stock if one.code == code), None)
        inside = state.counts.get(code, 0)
        state.typed = ""
        seats_left = count_free(state, code)
        if stock is None or count > _left(stock, inside, seats_left):
            if stock is not None:
                state.say(spell_refusal(SaleReason.GRANT_USED_UP), is_bad=True)
            return None
        if sum(state.counts.values()) + count > TICKETS_IN_SALE_MAX:
            state.say(spell_refusal(SaleReason.TOO_MANY), is_bad=True)
            return None
        state.step = TillStep.SELL
        state.say("")
        if seats_left is None:
            state.counts[code] = inside + count
        elif not take_best(state, code, count):
            state.say(TEXTS.say("till.seats_few"), is_bad=True)
            return None
        found = state.fill()
        if isinstance(found, Refusal):
            state.say(spell_refusal(found.reason), is_bad=True)
        return None

    def _press_less(self, rest: str) -> Request | None:
        state, (type_code, _, _) = self._state, rest.partition(":")
        if state.step is not TillStep.SELL or not type_code.isdigit():
            return None
        code = int(type_code)
        inside = state.counts.get(code, 0)
        if code in state.seats:
            drop_last(state, code)
        elif inside > 1:
            state.counts[code] = inside - 1
        else:
            state.counts.pop(code, None)
        state.forget_terms()
        state.say("")
        return None


def _left(stock: StockLine, inside: int, seats_left: int | None) -> int:
    """Return how many more of a type can be put into the basket."""
    return stock.left - inside if seats_left is None else seats_left

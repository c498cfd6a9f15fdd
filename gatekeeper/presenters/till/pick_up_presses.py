"""Pick-up of what was bought before: an order is found, its tickets chosen, a guest looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gatekeeper.boxoffice.order_search_at_till import FoundOrder
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.presenters.till.reasons_and_discounts_to_pick import REASONS
from gatekeeper.presenters.till.refusal_words import spell_lookup
from gatekeeper.presenters.till.state import SELLING, Presses, TillStep
from gatekeeper.presenters.till.window_requests import LookUp, Orders, Request
from gatekeeper.wording.texts import TEXTS
from shared.admission.purpose import Purpose
from shared.kernel.ids import parse_ticket_id

GROUP_STEP: Final = 10
"""Of a group's tickets so many more are chosen by one tap."""


class FindPresses(Presses):
    """Takes what is pressed about orders that were found."""

    ENTERED: Final[frozenset[TillStep]] = frozenset()

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does."""
        return {
            "pick_up": self._press_pick_up,
            "order": self._press_order,
            "take": self._press_take,
            "hand_over_to": self._press_hand_over_to,
        }

    def enter(self) -> Request | None:
        """Look up what was typed: a ticket's code, or what a buyer is found by."""
        state = self._state
        typed = state.typed.strip()
        return LookUp(typed, state.cashier) if typed else None

    def take(self, answer: Orders) -> None:
        """List what was found; an order that is alone is shown at once."""
        state = self._state
        if state.step is not TillStep.TEXT:
            return
        if answer.reason or not answer.orders:
            said = spell_lookup(answer.reason) if answer.reason else TEXTS.say("till.find_none")
            state.say(said, is_bad=True)
            return
        state.orders = answer.orders
        if len(answer.orders) == 1:
            self._show_order(answer.orders[0])
        else:
            state.go(TillStep.ORDERS)

    def back(self) -> None:
        """Go back to the orders, or from one that is alone to the tiles."""
        several = len(self._state.orders) > 1
        self._state.go(TillStep.ORDERS if several else TillStep.SELL)

    def _press_pick_up(self, _rest: str) -> Request | None:
        state = self._state
        if state.step in SELLING and not state.giving:
            state.purpose, state.asked_from, state.orders = "ticket", TillStep.SELL, ()
            state.go(TillStep.TEXT)
        return None

    def _press_order(self, rest: str) -> Request | None:
        orders = self._state.orders
        is_there = rest.isdigit() and int(rest) < len(orders)
        if self._state.step is TillStep.ORDERS and is_there:
            self._show_order(orders[int(rest)])
        return None

    def _show_order(self, order: FoundOrder) -> None:
        """Show an order; what was not handed out yet is chosen."""
        state = self._state
        state.order, state.handed = order, ()
        state.picked = frozenset(still_there(order))
        state.go(TillStep.ORDER)

    def _press_take(self, rest: str) -> Request | None:
        """Choose of an order what is handed over now."""
        state, order = self._state, self._state.order
        if state.step is not TillStep.ORDER or order is None:
            return None
        left = still_there(order)
        if rest == "all":
            state.picked = frozenset() if state.picked >= set(left) else frozenset(left)
        elif rest == "more":
            others = [one for one in left if one not in state.picked]
            state.picked |= frozenset(others[:GROUP_STEP])
        elif rest in {one.ticket_id for one in order.tickets}:
            state.picked = state.picked ^ {rest}
        state.say("")
        return None

    def _press_hand_over_to(self, rest: str) -> Request | None:
        """Hand the chosen tickets over to somebody who was looked at: this is what they showed."""
        state, order = self._state, self._state.order
        is_known = rest in REASONS["hand_over"]
        if state.step is not TillStep.ORDER or order is None or not state.picked or not is_known:
            return None
        chosen = [one.ticket_id for one in order.tickets if one.ticket_id in state.picked]
        state.handed = ()
        return state.ask(
            AfterRequest(
                purpose=Purpose.HAND_OVER,
                ticket_ids=tuple(parse_ticket_id(one) for one in chosen),
                cashier=state.cashier,
                reason=rest,
            )
        )


def still_there(order: FoundOrder) -> list[str]:
    """Return the tickets of an order that nobody was handed yet."""
    return [one.ticket_id for one in order.tickets if not one.is_replaced]

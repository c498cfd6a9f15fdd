"""A guest is added to a host's list: which list, their name, and how many they bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gatekeeper.boxoffice.answers import StockLine
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.presenters.till.state import SELLING, Presses, TillState, TillStep
from gatekeeper.presenters.till.window_requests import AddGuest, Request
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import COMP, Tender

WHY: Final = "guest_list"
"""What entries say of a guest who was added."""


class GuestPresses(Presses):
    """Takes what is pressed about guest lists."""

    ENTERED: Final = frozenset({TillStep.GUEST})

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does."""
        return {
            "guests": self._press_guests,
            "guest_list": self._press_list,
            "plus": self._press_plus,
        }

    def enter(self) -> Request | None:
        """Add whoever is written down, and those they bring."""
        state = self._state
        name = state.typed.strip()
        if not name or state.guest_list is None:
            return None
        sell = SellRequest(
            lines=(WantedTickets(state.guest_list, 1 + state.plus),),
            tenders=(Tender(kind=COMP),),
            cashier=state.cashier,
            why=WHY,
        )
        return state.ask(AddGuest(sell, name))

    def back(self) -> None:
        """Go back to the lists, or from a list that is alone to the tiles."""
        several = len(list_guest_lists(self._state)) > 1
        self._state.go(TillStep.GUESTS if several else TillStep.SELL)

    def _press_guests(self, _rest: str) -> Request | None:
        state = self._state
        if state.step not in SELLING or state.giving:
            return None
        lists = list_guest_lists(state)
        if len(lists) == 1:
            self._show_list(lists[0].code)
        elif lists:
            state.go(TillStep.GUESTS)
        return None

    def _press_list(self, rest: str) -> Request | None:
        codes = {str(one.code): one.code for one in list_guest_lists(self._state)}
        if self._state.step is TillStep.GUESTS and rest in codes:
            self._show_list(codes[rest])
        return None

    def _show_list(self, code: int) -> None:
        state = self._state
        state.guest_list, state.plus, state.purpose = code, 0, "guest"
        state.go(TillStep.GUEST)

    def _press_plus(self, rest: str) -> Request | None:
        """Say how many come along; pressed again, nobody does."""
        state = self._state
        if state.step is TillStep.GUEST and rest.isdigit() and int(rest) <= plus_max(state):
            state.plus = 0 if state.plus == int(rest) else int(rest)
        return None


def list_guest_lists(state: TillState) -> list[StockLine]:
    """Return the lists of which this till may fill places."""
    return [one for one in state.facts.stock if state.facts.host_of(one.code)]


def plus_max(state: TillState) -> int:
    """Return how many a guest of the list that is looked at may bring."""
    prices = state.facts.prices_of(state.guest_list)
    return 0 if prices is None else max(0, (prices.order_max or 1) - 1)

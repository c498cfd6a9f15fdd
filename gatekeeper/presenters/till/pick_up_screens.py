"""The till's screens of orders that were found: whose it is, and what of it is handed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Final

from gatekeeper.boxoffice.order_search_at_till import FoundOrder, FoundTicket
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.pick_up_presses import GROUP_STEP, still_there
from gatekeeper.presenters.till.reasons_and_discounts_to_pick import REASONS, spell_why
from gatekeeper.presenters.till.screen_parts import back, spell_code, spell_types
from gatekeeper.presenters.till.state import BasketRow, TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_stamp
from shared.admission.local_time import local_datetime

_SEVERAL: Final = 2


def _show_orders(state: TillState) -> TillScreen:
    ways = tuple(
        Option(f"order:{at}", _spell_buyer(one), _spell_left(one))
        for at, one in enumerate(state.orders)
    )
    return TillScreen(
        title=TEXTS.say("till.orders_title"), ways=ways, is_list=True, foot=(back(),)
    )


def _show_order(state: TillState) -> TillScreen:
    order = state.order
    assert order is not None
    left = still_there(order)
    rows = [_row(state, one) for one in order.tickets]
    if len(left) > GROUP_STEP:
        # Always there: a list whose rows come and go moves under the finger.
        said = TEXTS.say("till.take_more", count=GROUP_STEP)
        rows.insert(0, BasketRow(said, "", "take:more"))
    if len(left) >= _SEVERAL:
        is_all = state.picked >= set(left)
        rows.insert(0, BasketRow(TEXTS.say("till.all"), "", "take:all", is_main=is_all))
    return TillScreen(
        title=TEXTS.about(_spell_buyer(order), TEXTS.say("till.order_title")),
        ways=tuple(
            Option(
                f"hand_over_to:{why}",
                spell_why(why),
                TEXTS.say("till.hand_over"),
                is_main=at == 0,
                is_enabled=bool(state.picked),
            )
            for at, why in enumerate(REASONS["hand_over"])
        ),
        rows=tuple(rows),
        label=TEXTS.say("till.hand_over"),
        amount=TEXTS.say("till.ticket_of", number=len(state.picked), count=len(order.tickets)),
        foot=(back(),),
    )


def _row(state: TillState, one: FoundTicket) -> BasketRow:
    text = TEXTS.beside(one.ticket_type, spell_code(one.printed, one.ticket_id))
    is_chosen = one.ticket_id in state.picked
    said = ""
    if one.is_used:
        said = TEXTS.say("till.used")
    elif one.is_replaced:
        said = _spell_collected(one, state.facts.zone)
    elif one.is_reissued:
        said = TEXTS.say("till.reissued")
    mark = "☑" if is_chosen else "☐"
    return BasketRow(f"{mark} {text}", said, f"take:{one.ticket_id}", is_main=is_chosen)


def _spell_collected(one: FoundTicket, zone: tzinfo | None) -> str:
    """Say that a ticket was handed out, and when and by whom where this till did."""
    at = "" if one.handed_at is None else spell_stamp(local_datetime(one.handed_at, zone))
    return TEXTS.beside(TEXTS.say("till.collected"), at, one.handed_by)


def _spell_buyer(order: FoundOrder) -> str:
    number = TEXTS.say("orders.name", number=order.number)
    return TEXTS.beside(order.name, number) if order.name else number


def _spell_left(order: FoundOrder) -> str:
    left = spell_types(one.ticket_type for one in order.tickets if not one.is_replaced)
    return left or TEXTS.say("till.collected")


FINDING_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.ORDERS: _show_orders,
    TillStep.ORDER: _show_order,
}

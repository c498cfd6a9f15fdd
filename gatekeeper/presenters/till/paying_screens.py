"""The screens of paying at a till: cash with its notes, card, the rest, what a basket may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.basket_lines import basket_rows, total_label
from gatekeeper.presenters.till.reasons_and_discounts_to_pick import DISCOUNT_PERCENTS
from gatekeeper.presenters.till.screen_parts import back, given_rows, part_rows, show_amount
from gatekeeper.presenters.till.state import BasketRow, TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.sales.banknotes_and_change import quick_notes


def _show_cash(state: TillState) -> TillScreen:
    due = state.due
    quick = (due, *quick_notes(due, state.facts.currency))
    ways = [
        Option(
            f"amount:{amount}",
            state.spell(amount),
            TEXTS.say("till.exact") if number == 0 else "",
            is_main=number == 0,
        )
        for number, amount in enumerate(quick)
    ]
    ways.append(_half(state, state.facts.plan.cash_step_minor))
    is_part = state.is_part_in_cash
    rest = state.spell(state.left - state.amount)
    enter = Option(
        "part" if is_part else "enter",
        TEXTS.say("till.part" if is_part else "till.take"),
        TEXTS.beside(TEXTS.say("till.rest"), rest) if is_part else "",
        is_main=True,
        is_enabled=is_part or state.is_enough_cash,
    )
    title = TEXTS.say("till.to_pay", amount=state.spell(due))
    if due != state.left:
        exact = state.spell(state.left)
        title = TEXTS.say("till.to_pay_rounded", amount=state.spell(due), exact=exact)
    shown = show_amount(state, title, TEXTS.say("till.received"), (back(), enter), ways)
    return shown._replace(rows=_read_rows(state))


def _half(state: TillState, coin: int = 1) -> Option:
    """Offer what a voucher leaves over, else about half of what is left: what coins can pay."""
    part, said = state.left // 2 // coin * coin, "till.half"
    if 0 < state.voucher_left < state.left:
        part, said = -((state.voucher_left - state.left) // coin) * coin, "till.before_voucher"
    return Option(f"part:{part}", state.spell(part), TEXTS.say(said), is_enabled=part > 0)


def _show_card(state: TillState) -> TillScreen:
    amount = state.card_amount
    shown = show_amount(
        state,
        TEXTS.say("till.card_title", amount=state.spell(amount)),
        TEXTS.say("till.card_amount"),
        (
            back(),
            Option("declined", TEXTS.say("till.card_no"), hint="N"),
            Option(
                "approved",
                TEXTS.say("till.card_yes"),
                hint="Y",
                is_main=True,
                is_enabled=not state.typed or amount <= state.left,
            ),
        ),
        [_half(state)],
    )
    return shown._replace(amount=state.spell(amount), rows=_read_rows(state))


def _read_rows(state: TillState) -> tuple[BasketRow, ...]:
    """Return what is given back, paid and bought, to be read."""
    parts = [BasketRow(one.text, one.amount) for one in part_rows(state)]
    return (*given_rows(state), *parts, *basket_rows(state, state.basket, is_less=False))


def _show_rest(state: TillState) -> TillScreen:
    ways = [
        Option("cash", TEXTS.say("till.cash"), "C", is_main=True),
        Option("card", TEXTS.say("till.card"), "K"),
    ]
    if state.facts.has_vouchers:
        ways.append(Option("code:voucher", TEXTS.say("till.voucher")))
    return TillScreen(
        title=TEXTS.say("till.rest_title"),
        ways=tuple(ways),
        rows=(
            *given_rows(state),
            *part_rows(state),
            *basket_rows(state, state.basket, is_less=False),
        ),
        label=TEXTS.say("till.rest"),
        amount=state.spell(state.left),
        foot=(back(),),
    )


def _show_other(state: TillState) -> TillScreen:
    basket = state.basket
    has_some = basket is not None
    ways = [
        Option("park", TEXTS.say("till.park"), TEXTS.say("till.park_hint"), is_enabled=has_some),
        Option("comp", TEXTS.say("till.comp"), TEXTS.say("till.comp_hint"), is_enabled=has_some),
        *(
            Option(
                f"off:{points}",
                TEXTS.say("till.off", percent=TEXTS.percent(points)),
                is_main=state.discount.percent_points == points,
                is_enabled=has_some,
            )
            for points in DISCOUNT_PERCENTS
        ),
    ]
    if state.discount.percent_points:
        ways.append(Option("off:0", TEXTS.say("till.off_none")))
    ways.append(Option("code:promo", TEXTS.say("till.promo"), state.promo, is_enabled=has_some))
    if state.facts.has_vouchers:
        ways.append(Option("code:voucher", TEXTS.say("till.voucher"), is_enabled=has_some))
    return TillScreen(
        title=TEXTS.say("till.other_title"),
        ways=tuple(ways),
        rows=basket_rows(state, basket, is_less=False),
        label=total_label(state, basket),
        amount=state.spell(0 if basket is None else basket.total_minor),
        foot=(back(),),
    )


PAYING_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.CASH: _show_cash,
    TillStep.CARD: _show_card,
    TillStep.REST: _show_rest,
    TillStep.OTHER: _show_other,
}

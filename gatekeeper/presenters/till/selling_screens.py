"""The screens of selling at a till: tiles, basket, what is done besides; an exchange's too."""

from __future__ import annotations

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.basket_lines import basket_rows, total_label
from gatekeeper.presenters.till.guest_list_presses import list_guest_lists
from gatekeeper.presenters.till.refund_preview import left_over
from gatekeeper.presenters.till.screen_parts import given_rows, spell_tender
from gatekeeper.presenters.till.state import TillScreen, TillState
from gatekeeper.presenters.till.tiles import tiles
from gatekeeper.wording.texts import TEXTS
from shared.sales.tenders import CARD, CASH, SPLIT


def show_sell(state: TillState) -> TillScreen:
    """Show what can be sold and what is in the basket."""
    if state.giving:
        return _show_exchange(state)
    basket = state.basket
    can_pay = basket is not None
    return TillScreen(
        title=spell_count(state) or TEXTS.say("till.sell_title"),
        ways=(*tiles(state), *services(state)),
        rows=basket_rows(state, basket),
        label=total_label(state, basket),
        amount=state.spell(0 if basket is None else basket.total_minor),
        foot=(
            Option("menu", TEXTS.say("till.menu"), hint="F8"),
            Option("other", TEXTS.say("till.other"), hint="O"),
            Option("card", TEXTS.say("till.card"), hint="K", is_enabled=can_pay),
            Option("cash", TEXTS.say("till.cash"), hint="C", is_main=True, is_enabled=can_pay),
        ),
    )


def _show_exchange(state: TillState) -> TillScreen:
    """Show what goes back, what is taken instead, and the difference."""
    basket, left = state.basket, state.left
    total = 0 if basket is None else basket.total_minor
    rows = (*given_rows(state), *basket_rows(state, basket))
    is_even = basket is not None and not left
    if not is_even:
        pay = [
            Option("card", TEXTS.say("till.card"), "K", is_enabled=left > 0),
            Option("cash", TEXTS.say("till.cash"), "C", is_main=True, is_enabled=left > 0),
        ]
    elif (past := state.past) is not None and past.is_in_parts and state.credit > total:
        pay = [Option(f"swap:{one}", spell_tender(one)) for one in (CASH, CARD)]
        if past.has_parts:
            pay.append(Option(f"swap:{SPLIT}", TEXTS.say("till.as_paid"), "X", is_main=True))
    else:
        pay = [Option("swap", TEXTS.say("till.exchange"), "X", is_main=True)]
    return TillScreen(
        title=spell_count(state) or TEXTS.say("till.exchange_title"),
        ways=tuple(tiles(state)),
        rows=rows,
        label=TEXTS.say("till.goes_back" if is_even else "till.rest"),
        amount=state.spell(left_over(state, total) if is_even else left),
        foot=(Option("ungive", TEXTS.say("till.exchange_not")), *pay),
    )


def spell_count(state: TillState) -> str:
    """Say how many of the next tile were keyed in; "" for none: a digit by mistake is seen."""
    return f"{state.typed} ×" if state.typed else ""


def services(state: TillState) -> list[Option]:
    """Return what is done besides selling, the urgent first."""
    facts, offered = state.facts, []
    if facts.open_sales:
        said = TEXTS.say("till.open_count", count=len(facts.open_sales))
        offered.append(Option("open", said, is_danger=True))
    if facts.asked_job is not None:  # until somebody answers, no later paper comes out
        offered.append(Option("paper", TEXTS.say("till.paper_asked"), is_danger=True))
    if facts.parked and not state.counts:
        offered.append(Option("parked", TEXTS.say("till.parked", count=len(facts.parked)), "P"))
    if facts.seats is not None:
        offered.append(Option("seats", TEXTS.say("till.seats"), "M"))
    if list_guest_lists(state):
        offered.append(Option("guests", TEXTS.say("till.guests"), "G"))
    return [
        *offered,
        Option("pick_up", TEXTS.say("till.pick_up"), "W"),
        Option("reprint_list", TEXTS.say("till.print_again"), "R"),
        Option("sales", TEXTS.beside(TEXTS.say("till.refund"), TEXTS.say("till.exchange")), "B"),
    ]

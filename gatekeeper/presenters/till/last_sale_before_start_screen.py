"""What a till says at its start of what was done before: it was made, and is not made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gatekeeper.boxoffice.finding_past_sales import PastSale, PastTicket
from gatekeeper.boxoffice.last_sale_before_start import LastPapers, LastSale
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.refund_and_reprint_screens import spell_sold_at, spell_ticket
from gatekeeper.presenters.till.screen_parts import spell_payback, spell_tender
from gatekeeper.presenters.till.state import BasketRow, TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.sales.tenders import CASH


def is_last_newest(state: TillState) -> bool:
    """Tell whether the last sale was made after all that are not finished were begun."""
    last = state.facts.last_sale
    if last is None or last.made_at is None or state.is_last_told:
        return False
    begun = [one.priced for one in state.facts.open_sales]
    return all(one is not None and one.at < last.made_at for one in begun)


def tell_last_sale(state: TillState) -> None:
    """Show the last sale, if there is one, to who signs in first after the start."""
    last, state.is_last_told = state.facts.last_sale, True
    if last is None:
        return
    state.past, state.sales, state.handed, state.paid_back = last.sale, (), (), 0
    state.paid_parts.clear()
    state.picked = frozenset(one.ticket_id for one in last.sale.tickets if not one.is_gone)
    state.go(TillStep.LAST)


def _show_last(state: TillState) -> TillScreen:
    past, last = state.past, state.facts.last_sale
    assert past is not None
    rows = [_row(state, one) for one in past.tickets]
    is_waiting = False
    receipt = TEXTS.say("till.receipt", number=past.receipt_number)
    if last is not None and last.is_refund:
        return _show_refund(state, past, last)
    if last is not None:
        if last.back_minor:
            rows[:0] = _back_rows(state, last)
        if last.change_minor:
            rows.insert(0, BasketRow(TEXTS.say("till.change"), state.spell(last.change_minor)))
        rows.insert(0, BasketRow(TEXTS.say(f"till.last_papers.{last.papers}"), ""))
        rows[:0] = _moved_rows(state, last)
        is_waiting = last.papers is LastPapers.WAITING
    return TillScreen(
        title=TEXTS.say("till.last_title"),
        ways=(
            # What still comes out by itself would come out twice, and the first admit nobody.
            Option("again:last", TEXTS.say("till.print_again"), is_enabled=not is_waiting),
            Option("take_back", TEXTS.say("till.take_back")),
        ),
        rows=tuple(rows),
        label=TEXTS.beside(receipt, spell_sold_at(state, past), spell_tender(past.tender)),
        amount=state.spell(past.total_minor),
        foot=(Option("enter", TEXTS.say("till.next_guest"), is_main=True),),
    )


def _show_refund(state: TillState, past: PastSale, last: LastSale) -> TillScreen:
    """Show what was paid back last: nobody pays it twice, or not at all."""
    amounts, backs = dict(last.back), _back_rows(state, last)
    is_split = len(backs) > 1
    tickets = tuple(
        BasketRow(spell_ticket(one), state.spell(amounts[one.ticket_id]))
        for one in past.tickets
        if one.ticket_id in amounts
    )
    return TillScreen(
        title=TEXTS.say("till.last_back_title"),
        rows=(*_moved_rows(state, last), *(backs if is_split else ()), *tickets),
        label=TEXTS.beside(
            TEXTS.say("till.receipt", number=past.receipt_number),
            *([] if is_split else [one.text for one in backs]),
        ),
        amount=state.spell(last.back_minor),
        foot=(Option("enter", TEXTS.say("till.next_guest"), is_main=True),),
    )


def _back_rows(state: TillState, last: LastSale) -> list[BasketRow]:
    """Say what goes back by each tender."""
    parts = last.back_by or ((last.tender or CASH, last.back_minor),)
    return [BasketRow(spell_payback([kind]), state.spell(amount)) for kind, amount in parts]


def _moved_rows(state: TillState, last: LastSale) -> list[BasketRow]:
    """Say what cash was put in or taken out after it: that was recorded, too."""
    if last.moved is None:
        return []
    act, amount = last.moved
    return [BasketRow(TEXTS.say(f"till.act.{act}"), state.spell(amount))]


def _row(state: TillState, one: PastTicket) -> BasketRow:
    said = TEXTS.say("till.gone") if one.is_gone else state.spell(one.price_minor)
    return BasketRow(spell_ticket(one), said)


LAST_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.LAST: _show_last,
}

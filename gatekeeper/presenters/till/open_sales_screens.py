"""The till's screens of sales that are not finished, and of baskets that were put aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from gatekeeper.boxoffice.answers import OpenSale
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.screen_parts import back, spell_part, spell_tender
from gatekeeper.presenters.till.state import BasketRow, TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.sales.cash_rounding import round_cash
from shared.sales.tenders import VOUCHER


def _show_open(state: TillState) -> TillScreen:
    """Show one sale after another: what it is, why it is open, and what ends that by a tap."""
    sales, foot = state.facts.open_sales, [back()]
    if not sales:
        return TillScreen(title=TEXTS.say("till.open_none"), foot=tuple(foot))
    place = state.shown % len(sales)
    if len(sales) > 1:
        where = TEXTS.say("till.ticket_of", number=place + 1, count=len(sales))
        foot.append(Option("turn", TEXTS.say("till.open_next"), hint=where))
    sale = sales[place]
    unknown, names = sale.unknown, {one.code: one.name for one in state.facts.stock}
    taken = sale.basket_in_hand.tenders
    rows = [spell_part(state, one) for one in taken]
    rows += [
        BasketRow(
            f"{one.count} × {names.get(one.ticket_type_code, '')}", state.spell(one.gross_minor)
        )
        for one in sale.basket.lines
    ]
    return TillScreen(
        title=_spell_why(state, sale),
        ways=tuple(_settle_left(state, sale) if unknown is None else _find_out(state, sale)),
        rows=tuple(rows),
        label=TEXTS.say("till.rest" if unknown is None else "till.total"),
        amount=state.spell(sale.left_minor if unknown is None else sale.basket.total_minor),
        foot=tuple(foot),
    )


def _spell_why(state: TillState, sale: OpenSale) -> str:
    if sale.unknown is None and not sale.left_minor:
        return TEXTS.say("till.open_paid")
    if sale.unknown is None:
        return TEXTS.say("till.open_left", amount=state.spell(sale.left_minor))
    payment = sale.unknown.payment
    amount = state.spell(payment.amount_minor)
    key = "till.open_twice" if sale.unknown.is_twice else "till.open_unknown"
    if sale.unknown.is_going_back:
        key = "till.open_back"
    words = {"tender": spell_tender(payment.kind), "receipts": payment.reference}
    return TEXTS.say(key, amount=amount, **words)


def _find_out(state: TillState, sale: OpenSale) -> Iterator[Option]:
    """Offer what tells whether a payment was made."""
    if sale.unknown is not None and sale.unknown.payment.kind == VOUCHER:
        # Only the ledger knows: there is no slip, and a person's word is not taken.
        yield Option(f"ask:{sale.sale_id}", TEXTS.say("till.ask_server"), is_main=True)
        return
    if state.facts.has_terminal:
        yield Option(f"ask:{sale.sale_id}", TEXTS.say("till.ask_terminal"), is_main=True)
    hint, keys = TEXTS.say("till.by_slip"), ("till.was_paid", "till.not_paid")
    if sale.unknown is not None and sale.unknown.is_going_back:
        # "Paid" could be the sale, or what the guest is given back.
        keys = "till.has_not_gone_back", "till.has_gone_back"
    for act, key in zip(("paid", "unpaid"), keys, strict=True):
        yield Option(f"{act}:{sale.sale_id}", TEXTS.say(key), hint)


def _settle_left(state: TillState, sale: OpenSale) -> Iterator[Option]:
    """Offer what pays the rest, or ends the sale."""
    left = state.spell(sale.left_minor)
    cash = state.spell(round_cash(sale.left_minor, state.facts.plan.cash_step_minor))
    if sale.left_minor:
        yield Option(f"finish_cash:{sale.sale_id}", TEXTS.say("till.cash"), cash, is_main=True)
        yield Option(f"finish_card:{sale.sale_id}", TEXTS.say("till.card"), left)
    else:
        yield Option(f"finish_paid:{sale.sale_id}", TEXTS.say("till.finish_paid"), is_main=True)
    hint = TEXTS.say("till.gives_back")
    yield Option(f"give_up:{sale.sale_id}", TEXTS.say("till.give_up"), hint)


def _show_parked(state: TillState) -> TillScreen:
    ways = []
    for parked_id, request in state.facts.parked:
        pieces = [(one.ticket_type_code, one.count) for one in request.lines]
        ways.append(Option(f"take_up:{parked_id}", _spell_lines(state, pieces)))
    return TillScreen(
        title=TEXTS.say("till.parked_title"),
        ways=tuple(ways),
        is_list=True,
        foot=(back(),),
    )


def _spell_lines(state: TillState, lines: Sequence[tuple[int, int]]) -> str:
    names = {one.code: one.name for one in state.facts.stock}
    return TEXTS.list(f"{count} × {TEXTS.isolate(names.get(code, code))}" for code, count in lines)


OPEN_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.OPEN: _show_open,
    TillStep.PARKED: _show_parked,
}

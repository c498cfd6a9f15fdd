"""The till's screens: each as a function of where the window stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gatekeeper.boxoffice.answers import StockLine
from gatekeeper.boxoffice.shift_requests import ShiftAnswer
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till_card import show_card_step
from gatekeeper.presenters.till_values import BasketRow, TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.sales.basket import Basket
from shared.sales.cash import quick_notes

_SEVERAL: Final = 2
_PAPER_STEPS: Final = frozenset({TillStep.SELL, TillStep.DONE, TillStep.MENU, TillStep.CLOSED})
"""Where the printer's trouble is told; elsewhere nobody can see to it."""


def show(state: TillState) -> TillScreen:
    """Return what is shown now."""
    note, is_bad = state.note, state.is_bad
    if not note and state.facts.paper_key and state.step in _PAPER_STEPS:
        note, is_bad = TEXTS.say(state.facts.paper_key), True
    return _SCREENS[state.step](state)._replace(
        step=state.step, note=note, is_bad=is_bad, status=_status(state)
    )


def _status(state: TillState) -> tuple[str, ...]:
    facts = state.facts
    parts = [facts.event, "" if state.person is None else state.person.name]
    parts.append(TEXTS.say(f"till.mode.{facts.mode}"))
    if facts.waiting:
        parts.append(TEXTS.say("till.waiting", count=facts.waiting))
    return tuple(part for part in parts if part)


def _show_starting(state: TillState) -> TillScreen:
    said = state.facts.problem or TEXTS.say("till.starting")
    return TillScreen(state.step, title=said, icon="paused" if state.facts.problem else "checking")


def _show_who(state: TillState) -> TillScreen:
    key = "till.who_open" if state.facts.shift else "till.who"
    return TillScreen(
        state.step, title=TEXTS.say("till.scan_badge"), label=TEXTS.say(key), icon="key"
    )


def _show_amount(
    state: TillState, title: str, label: str, foot: Sequence[Option], ways: Sequence[Option] = ()
) -> TillScreen:
    return TillScreen(
        state.step,
        title=title,
        has_digits=True,
        ways=tuple(ways),
        label=label,
        amount=state.spell(state.amount),
        foot=tuple(foot),
    )


def _show_float(state: TillState) -> TillScreen:
    enter = Option("enter", TEXTS.say("till.open_shift"), is_main=True)
    return _show_amount(
        state, TEXTS.say("till.float_title"), TEXTS.say("till.float"), (_back(), enter)
    )


def _show_count(state: TillState) -> TillScreen:
    enter = Option("enter", TEXTS.say("till.compare"), is_main=True)
    return _show_amount(
        state, TEXTS.say("till.count_title"), TEXTS.say("till.counted"), (_back(), enter)
    )


def _show_sell(state: TillState) -> TillScreen:
    found = state.fill()
    basket = found if isinstance(found, Basket) else None
    can_pay = basket is not None
    return TillScreen(
        state.step,
        title=TEXTS.say("till.sell_title"),
        ways=tuple(_tile(state, one) for one in state.facts.stock),
        rows=_rows(state, basket),
        label=TEXTS.say("till.total"),
        amount=state.spell(0 if basket is None else basket.total_minor),
        foot=(
            Option("menu", TEXTS.say("till.menu"), hint="F8"),
            Option("card", TEXTS.say("till.card"), hint="K", is_enabled=can_pay),
            Option("cash", TEXTS.say("till.cash"), hint="C", is_main=True, is_enabled=can_pay),
        ),
    )


def _tile(state: TillState, one: StockLine) -> Option:
    inside = state.counts.get(one.code, 0)
    left = max(0, one.left - inside)
    hint = f"{state.spell(one.price_minor)} · {TEXTS.say('till.left', count=left)}"
    label = one.name if not inside else f"{inside} × {one.name}"
    return Option(f"type:{one.code}", label, hint, is_main=bool(inside), is_enabled=left > 0)


def _rows(state: TillState, basket: Basket | None) -> tuple[BasketRow, ...]:
    names = {one.code: one.name for one in state.facts.stock}
    if basket is None:
        return tuple(
            BasketRow(f"{count} × {names.get(code, str(code))}", "", code)
            for code, count in state.counts.items()
        )
    rows = []
    for line in basket.lines:
        code = line.ticket_type_code
        text = f"{line.count} × {names.get(code, str(code))}"
        rows.append(BasketRow(text, state.spell(line.gross_minor), code))
    return tuple(rows)


def _show_cash(state: TillState) -> TillScreen:
    basket, facts = state.basket, state.facts
    due = state.due
    quick = (due, *quick_notes(due, facts.currency))
    ways = [
        Option(
            f"amount:{amount}",
            state.spell(amount),
            TEXTS.say("till.exact") if number == 0 else "",
            is_main=number == 0,
        )
        for number, amount in enumerate(quick)
    ]
    enter = Option("enter", TEXTS.say("till.take"), is_main=True, is_enabled=state.amount >= due)
    shown = _show_amount(
        state,
        TEXTS.say("till.to_pay", amount=state.spell(due)),
        TEXTS.say("till.received"),
        (_back(), enter),
        ways,
    )
    return shown._replace(rows=_rows(state, basket))


def _show_card(state: TillState) -> TillScreen:
    basket = state.basket
    due = 0 if basket is None else basket.total_minor
    return TillScreen(
        state.step,
        title=TEXTS.say("till.card_title"),
        ways=(
            Option("approved", TEXTS.say("till.card_yes"), is_main=True),
            Option("declined", TEXTS.say("till.card_no")),
        ),
        rows=_rows(state, basket),
        label=TEXTS.say("till.card_amount"),
        amount=state.spell(due),
        foot=(_back(),),
    )


def _show_working(state: TillState) -> TillScreen:
    if state.card_step:
        return show_card_step(state)
    return TillScreen(state.step, title=TEXTS.say("till.working"), icon="checking")


def _show_done(state: TillState) -> TillScreen:
    sale = state.sale
    assert sale is not None
    ticket = sale.tickets[state.shown] if sale.tickets else None
    count = len(sale.tickets)
    foot = [Option("menu", TEXTS.say("till.menu"), hint="F8")]
    if count >= _SEVERAL:
        where = TEXTS.say("till.ticket_of", number=state.shown + 1, count=count)
        foot.append(Option("turn", TEXTS.say("till.next_ticket"), hint=where))
    pieces = [f"{one.count} × {state.spell(one.value_minor)}" for one in sale.change]
    said = [] if ticket is None else [f"{ticket.ticket_type} · {ticket.manual_code}"]
    total = state.spell(sale.total.minor_units)
    receipt = TEXTS.say("till.receipt", number=sale.receipt_number)
    said.append(f"{receipt} · {TEXTS.say('till.total')} {total}")
    if pieces:
        said.append(" + ".join(pieces))
    return TillScreen(
        state.step,
        title=TEXTS.say("till.done_title"),
        ways=tuple(_tile(state, one) for one in state.facts.stock),
        label=TEXTS.say("till.change"),
        amount=state.spell(sale.change_minor),
        foot=tuple(foot),
        code="" if ticket is None else ticket.digits,
        code_text="\n".join(said),
    )


def _show_menu(state: TillState) -> TillScreen:
    paper: tuple[Option, ...] = ()
    if state.facts.asked_job is not None:
        paper = (
            Option("printed", TEXTS.say("till.printed"), is_main=True),
            Option("reprint", TEXTS.say("till.print_again")),
        )
    return TillScreen(
        state.step,
        title=TEXTS.say("till.menu_title"),
        ways=(
            *paper,
            Option("count", TEXTS.say("till.close_shift"), TEXTS.say("till.close_hint")),
            Option("no_sale", TEXTS.say("till.no_sale"), TEXTS.say("till.no_sale_hint")),
            Option("leave", TEXTS.say("till.leave"), TEXTS.say("till.leave_hint")),
        ),
        foot=(_back(),),
    )


def _show_compared(state: TillState) -> TillScreen:
    found = state.counted
    assert found is not None
    return TillScreen(
        state.step,
        title=TEXTS.say("till.compared_title"),
        rows=_count_rows(state, found),
        label=TEXTS.say("till.difference"),
        amount=state.spell(found.difference_minor or 0),
        foot=(
            Option("count", TEXTS.say("till.count_again")),
            Option("close", TEXTS.say("till.close_shift"), is_main=True),
        ),
    )


def _show_closed(state: TillState) -> TillScreen:
    found = state.counted
    rows = () if found is None else _count_rows(state, found)
    return TillScreen(
        state.step,
        title=TEXTS.say("till.closed_title"),
        rows=rows,
        label=TEXTS.say("till.scan_badge"),
    )


def _count_rows(state: TillState, answer: ShiftAnswer) -> tuple[BasketRow, ...]:
    pairs = [
        ("till.counted", answer.counted_minor),
        ("till.expected", answer.expected_minor),
        ("till.difference", answer.difference_minor),
        ("till.card_sum", answer.card_minor),
    ]
    return tuple(
        BasketRow(TEXTS.say(key), state.spell(minor)) for key, minor in pairs if minor is not None
    )


def _back() -> Option:
    return Option("back", TEXTS.say("till.back"), hint="Esc")


_SCREENS: Final[dict[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.STARTING: _show_starting,
    TillStep.WHO: _show_who,
    TillStep.FLOAT: _show_float,
    TillStep.SELL: _show_sell,
    TillStep.CASH: _show_cash,
    TillStep.CARD: _show_card,
    TillStep.WORKING: _show_working,
    TillStep.DONE: _show_done,
    TillStep.MENU: _show_menu,
    TillStep.COUNT: _show_count,
    TillStep.COMPARED: _show_compared,
    TillStep.CLOSED: _show_closed,
}

"""The till's screens: each as a function of where the window stands."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Final

from gatekeeper.boxoffice.answers import Sale, StockLine
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.after_sale_screens import AFTER_SCREENS
from gatekeeper.presenters.till.approval_screens import ALLOW_SCREENS
from gatekeeper.presenters.till.basket_lines import basket_rows, total_label
from gatekeeper.presenters.till.card_steps import show_card_step
from gatekeeper.presenters.till.drawer_screens import DRAWER_SCREENS
from gatekeeper.presenters.till.guest_list_presses import list_guest_lists
from gatekeeper.presenters.till.guest_list_screens import GUEST_SCREENS
from gatekeeper.presenters.till.last_sale import LAST_SCREENS
from gatekeeper.presenters.till.open_sales_screens import OPEN_SCREENS
from gatekeeper.presenters.till.paying_screens import PAYING_SCREENS
from gatekeeper.presenters.till.pick_up_screens import FINDING_SCREENS
from gatekeeper.presenters.till.printer_and_terminal_presses import WRITES
from gatekeeper.presenters.till.printer_and_terminal_screens import MACHINE_SCREENS
from gatekeeper.presenters.till.reasons import REASONS, spell_why
from gatekeeper.presenters.till.refund_preview import left_over
from gatekeeper.presenters.till.refusal_words import spell_refusal
from gatekeeper.presenters.till.screen_parts import back, given_rows, spell_tender
from gatekeeper.presenters.till.seats import count_free, show_seats
from gatekeeper.presenters.till.state import SELLING, TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.kernel.currencies import DIGITS
from shared.sales.price_check import REVERSED
from shared.sales.sale_refusals import Refusal
from shared.sales.shift import PAID
from shared.sales.tenders import CARD, CASH, COMP, SPLIT

_SEVERAL: Final = 2
TILE_KEYS: Final = ("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F9")
"""Which keys are the tiles, in their order; F8 is the drawer."""
_PAPER_STEPS: Final = frozenset(
    {
        TillStep.SELL,
        TillStep.DONE,
        TillStep.LAST,
        TillStep.MENU,
        TillStep.CLOSED,
        TillStep.MACHINES,
    }
)
"""Where the printer's trouble is told; elsewhere nobody can see to it."""

_DRAWER: Final = "print.drawer_shut"
_OF_DISK: Final = "trouble."
"""That an act was recorded neither opens the drawer nor prints: these are told over it."""
_KEYED_STEPS: Final = frozenset({TillStep.FLOAT, TillStep.COUNT, TillStep.AMOUNT})
"""Where somebody who keys in 200 might mean the larger coin."""
_DEVICE_STEPS: Final = frozenset({TillStep.WHO, TillStep.SELL, TillStep.MENU})

_UNPAID_STEPS: Final = frozenset({TillStep.SELL, TillStep.CASH, TillStep.REST})
"""Where a basket that cannot be sold so, such as once its sale has ended, says why."""
_EVACUATION_STEPS: Final = SELLING | {TillStep.MENU}
"""Where nothing is in hand: what was begun is finished as on any day."""


def show(state: TillState) -> TillScreen:
    """Return what is shown now."""
    note, is_bad = state.note, state.is_bad
    key = state.facts.paper_key
    # What became of a page that was tried is told over its being on its way.
    is_urgent = key == _DRAWER or key.startswith(_OF_DISK)
    gives_way = not is_bad and (is_urgent or note == TEXTS.say("till.printer_tried"))
    if state.facts.evacuated and state.step in _EVACUATION_STEPS and not (note and is_bad):
        note = TEXTS.say("till.evacuated", zones=TEXTS.list(state.facts.evacuated))
        note, is_bad = f"{note} {TEXTS.say('till.sell_nothing')}", True
    elif key and state.step in _PAPER_STEPS and (not note or gives_way):
        note, is_bad = TEXTS.say(key), True
    elif not note and state.facts.device_key and state.step in _DEVICE_STEPS:
        note, is_bad = TEXTS.say(state.facts.device_key), True
    elif not note and state.step in _UNPAID_STEPS and isinstance(found := state.fill(), Refusal):
        note, is_bad = spell_refusal(found.reason), True
    elif not note and state.step in _KEYED_STEPS and DIGITS.get(state.facts.currency):
        note = TEXTS.say("till.cents", amount=state.spell(200))
    elif not note and state.step is TillStep.DONE:
        note = TEXTS.say(state.facts.gate_hint) if state.facts.gate_hint else ""
    return _SCREENS[state.step](state)._replace(
        step=state.step,
        note=note,
        is_bad=is_bad,
        status=_status(state),
        is_alone=state.step is not TillStep.STARTING and state.facts.mode != "online",
    )


def _status(state: TillState) -> tuple[str, ...]:
    facts = state.facts
    parts = [facts.event, "" if state.person is None else state.person.name]
    if state.step is not TillStep.STARTING:  # what is not open sells nothing, connected or not
        parts.append(TEXTS.say(f"till.mode.{facts.mode}"))
    if facts.waiting:
        parts.append(TEXTS.say("till.waiting", count=facts.waiting))
    return tuple(part for part in parts if part)


def _show_starting(state: TillState) -> TillScreen:
    said = state.facts.problem or TEXTS.say("till.starting")
    return TillScreen(title=said, icon="paused" if state.facts.problem else "checking")


def _show_who(state: TillState) -> TillScreen:
    if state.facts.evacuated:
        title, label = TEXTS.say("evacuation.idle"), TEXTS.say("till.sell_nothing")
        return TillScreen(title=title, label=label, icon="evacuate")
    if why := state.facts.why_early:
        title, label = TEXTS.say("till.starting"), TEXTS.say(why)
        return TillScreen(title=title, label=label, icon="checking")
    if state.facts.shift:
        said = TEXTS.say("till.who_open")
    else:
        said = TEXTS.say("till.who" if state.facts.has_cashiers else "till.no_cashier")
    if state.facts.open_sales:
        said = f"{said} {TEXTS.say('till.open_count', count=len(state.facts.open_sales))}"
    return TillScreen(title=TEXTS.say("till.scan_badge"), label=said, icon="key")


def _show_working(state: TillState) -> TillScreen:
    if state.card_step:
        return show_card_step(state)
    return TillScreen(title=TEXTS.say("till.working"), icon="checking")


# ---- selling


def _show_sell(state: TillState) -> TillScreen:
    if state.giving:
        return _show_exchange(state)
    basket = state.basket
    can_pay = basket is not None
    return TillScreen(
        title=_spell_count(state) or TEXTS.say("till.sell_title"),
        ways=(*_tiles(state), *_services(state)),
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
        title=_spell_count(state) or TEXTS.say("till.exchange_title"),
        ways=tuple(_tiles(state)),
        rows=rows,
        label=TEXTS.say("till.goes_back" if is_even else "till.rest"),
        amount=state.spell(left_over(state, total) if is_even else left),
        foot=(Option("ungive", TEXTS.say("till.exchange_not")), *pay),
    )


def _spell_count(state: TillState) -> str:
    """Say how many of the next tile were keyed in; "" for none: a digit by mistake is seen."""
    return f"{state.typed} ×" if state.typed else ""


def _tiles(state: TillState) -> list[Option]:
    sold = [one for one in state.facts.stock if not state.facts.host_of(one.code)]
    keys = itertools.chain(TILE_KEYS, itertools.repeat(""))
    return [_tile(state, one, key) for one, key in zip(sold, keys, strict=False)]


def _tile(state: TillState, one: StockLine, key: str) -> Option:
    inside = state.counts.get(one.code, 0)
    seats_left = count_free(state, one.code)
    left = max(0, one.left - inside) if seats_left is None else seats_left
    # Nothing says that the hall is sold out: of its seats this till has none of its own.
    is_cut_off = seats_left == 0 and not _hears_of_seats(state)
    there = TEXTS.say("till.seats_server") if is_cut_off else TEXTS.say("till.left", count=left)
    is_off = state.facts.is_off_sale(one.code)
    there = TEXTS.say("till.refused.not_on_sale") if is_off else there
    hint = TEXTS.beside(state.spell(state.price_of_one(one)), there, key)
    label = one.name if not inside else f"{inside} × {one.name}"
    # Set apart as a whole: a name of the other direction keeps its brackets and its count.
    label = TEXTS.isolate(label)
    is_sold = left > 0 and not is_off
    return Option(f"type:{one.code}", label, hint, is_main=bool(inside), is_enabled=is_sold)


def _hears_of_seats(state: TillState) -> bool:
    return state.facts.seats is not None and state.facts.seats.is_live


def _services(state: TillState) -> list[Option]:
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


def _show_done(state: TillState) -> TillScreen:
    sale = state.sale
    assert sale is not None
    ticket = sale.tickets[state.shown] if sale.tickets else None
    count = len(sale.tickets)
    foot = [
        Option("menu", TEXTS.say("till.menu"), hint="F8"),
        Option("last", TEXTS.say("till.this_sale"), hint="T"),
    ]
    if count >= _SEVERAL:
        where = TEXTS.say("till.ticket_of", number=state.shown + 1, count=count)
        foot.append(Option("turn", TEXTS.say("till.next_ticket"), hint=TEXTS.beside(where, "→")))
    pieces = [f"{one.count} × {state.spell(one.value_minor)}" for one in sale.change]
    # What goes back by which tender comes first: on a small panel the rest is beyond its edge.
    said = _back_by_tender(state)
    if ticket is not None:
        said.append(TEXTS.beside(ticket.ticket_type, ticket.manual_code))
    if ticket is not None and ticket.seat_name:
        said.append(ticket.seat_name)
    total = state.spell(sale.total.minor_units)
    receipt = TEXTS.say("till.receipt", number=sale.receipt_number)
    said.append(f"{receipt} · {TEXTS.say('till.total')} {total}")
    if pieces:
        said.append(" + ".join(pieces))
    label, amount = _ended_with(state, sale)
    return TillScreen(
        title=_spell_count(state) or TEXTS.say("till.done_title"),
        ways=(*_tiles(state), *_services(state)),
        label=label,
        amount=amount,
        foot=tuple(foot),
        code="" if ticket is None else ticket.digits,
        code_text="\n".join(said),
    )


def _back_by_tender(state: TillState) -> list[str]:
    """Say what an exchange gives back by each tender, where it is by several."""
    if len(state.back_by) < _SEVERAL:
        return []
    parts = state.back_by.items()
    return [
        TEXTS.list(
            f"{spell_tender(one)}\N{NO-BREAK SPACE}{state.spell(amount)}" for one, amount in parts
        )
    ]


def _ended_with(state: TillState, sale: Sale) -> tuple[str, str]:
    """Say which money the cashier looks at last: what goes back, else what was paid, and how."""
    if back := sum(state.back_by.values()):
        said = TEXTS.say("till.pay_back", tender=TEXTS.list(map(spell_tender, state.back_by)))
        return said, state.spell(back)
    paid = [one for one in sale.payments if one.state != REVERSED]
    kinds = dict.fromkeys(one.kind for one in paid if one.kind == COMP or one.amount_minor)
    if sale.change_minor or [*kinds] == [CASH]:
        return TEXTS.say("till.change"), state.spell(sale.change_minor)
    if not kinds or any(one.state != PAID for one in paid):
        said = TEXTS.say("till.total")  # nothing was due, or nobody knows what was paid
    else:
        said = TEXTS.say("till.paid_by", tender=TEXTS.list(map(spell_tender, kinds)))
    return said, state.spell(sale.total.minor_units)


# ---- paying


def _show_text(state: TillState) -> TillScreen:
    keys = {"ticket": "till.pick_up_title"} | dict.fromkeys(WRITES, "till.address_title")
    key = keys.get(state.purpose, "till.code_title")
    return TillScreen(
        title=TEXTS.say(key),
        has_letters=True,
        amount=state.typed or " ",  # its place is kept, so that no key moves under the finger
        foot=(
            back(),
            Option("enter", TEXTS.say("till.go_on"), is_main=True, is_enabled=bool(state.typed)),
        ),
    )


def _show_why(state: TillState) -> TillScreen:
    return TillScreen(
        title=TEXTS.say("till.why_title"),
        ways=tuple(Option(f"why:{why}", spell_why(why)) for why in REASONS[state.purpose]),
        foot=(back(),),
    )


_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.STARTING: _show_starting,
    TillStep.WHO: _show_who,
    TillStep.SELL: _show_sell,
    TillStep.SEATS: show_seats,
    TillStep.TEXT: _show_text,
    TillStep.WHY: _show_why,
    TillStep.WORKING: _show_working,
    TillStep.DONE: _show_done,
    **AFTER_SCREENS,
    **ALLOW_SCREENS,
    **DRAWER_SCREENS,
    **FINDING_SCREENS,
    **GUEST_SCREENS,
    **LAST_SCREENS,
    **MACHINE_SCREENS,
    **OPEN_SCREENS,
    **PAYING_SCREENS,
}

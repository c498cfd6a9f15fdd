"""The till's screens of sales that were made: refund, print again, pick-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gatekeeper.boxoffice.finding_past_sales import PastSale, PastTicket
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.reasons_and_discounts_to_pick import REASONS, spell_why
from gatekeeper.presenters.till.refund_preview import as_paid, kept, refunded
from gatekeeper.presenters.till.screen_parts import (
    back,
    spell_code,
    spell_payback,
    spell_tender,
    spell_types,
    to_hand_out,
)
from gatekeeper.presenters.till.state import BasketRow, TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_time
from shared.admission.purpose import Purpose
from shared.sales.tenders import CARD, CASH, COMP, SPLIT, VOUCHER

_SEVERAL: Final = 2


def _show_sales(state: TillState) -> TillScreen:
    ways = tuple(
        Option(f"sale:{one.sale_id}", _spell_sale(state, one), _spell_tickets(state, one))
        for one in state.sales
    )
    key = "till.sales_title" if ways else "till.sales_none"
    return TillScreen(title=TEXTS.say(key), ways=ways, is_list=True, foot=(back(),))


def _show_tickets(state: TillState) -> TillScreen:
    ways = tuple(
        Option(f"again:{ticket.ticket_id}", spell_ticket(ticket), _receipt(sale))
        for sale in state.sales
        for ticket in sale.tickets
        if not ticket.is_gone
    )
    key = "till.tickets_title" if ways else "till.sales_none"
    return TillScreen(title=TEXTS.say(key), ways=ways, is_list=True, foot=(back(),))


def _show_sale(state: TillState) -> TillScreen:
    past = state.past
    assert past is not None
    left = [one for one in past.tickets if not one.is_gone]
    rows = [_pick(state, one) for one in past.tickets]
    if len(left) >= _SEVERAL:
        is_all = len(state.picked) == len(left)
        rows.insert(0, BasketRow(TEXTS.say("till.all"), "", "pick:all", is_main=is_all))
    can = bool(state.picked)
    foot = [back()]
    if past.tender in {CASH, CARD}:
        other = CARD if past.tender == CASH else CASH
        said = TEXTS.say("till.moved", tender=spell_tender(other))
        shift = state.facts.shift
        is_ours = shift is not None and past.shift_id == shift.shift_id
        foot.append(Option("moved", said, is_enabled=is_ours and bool(left)))
    if state.facts.has_printer:
        foot.append(Option("receipt_again", TEXTS.say("till.receipt_again")))
    foot.append(Option("again:picked", TEXTS.say("till.print_again"), is_enabled=can))
    return TillScreen(
        title=TEXTS.say("till.sale_title", number=past.receipt_number),
        ways=(
            *(Option(f"back_why:{x}", spell_why(x), is_enabled=can) for x in REASONS["refund"]),
            Option("exchange", TEXTS.say("till.exchange"), "X", is_enabled=can),
            Option("transfer:picked", TEXTS.say("till.transfer"), is_enabled=can),
        ),
        rows=tuple(rows),
        label=spell_tender(past.tender),
        amount=_spell_worth(state, past, _sum(state, past)),
        foot=tuple(foot),
    )


def _pick(state: TillState, one: PastTicket) -> BasketRow:
    if one.is_gone:
        return BasketRow(spell_ticket(one), TEXTS.say("till.gone"))
    is_chosen = one.ticket_id in state.picked
    text = f"{'☑' if is_chosen else '☐'} {spell_ticket(one)}"
    amount = _spell_worth(state, state.past, one.price_minor)
    return BasketRow(text, amount, f"pick:{one.ticket_id}", is_main=is_chosen)


def _show_ticket(state: TillState) -> TillScreen:
    look = state.look
    assert look is not None
    rows = [BasketRow(spell_code(look.printed, look.ticket_id), look.ticket_type)]
    if look.is_used:
        rows.append(BasketRow(TEXTS.say("till.used"), ""))
    if look.sale is not None:
        rows.append(BasketRow(_receipt(look.sale), spell_tender(look.sale.tender)))
    ways = [
        Option(
            "hand_over", TEXTS.say("till.hand_over"), TEXTS.say("till.check_who"), is_main=True
        ),
        Option(f"again:{look.ticket_id}", TEXTS.say("till.print_again")),
        Option(f"transfer:{look.ticket_id}", TEXTS.say("till.transfer")),
    ]
    is_ours = look.sale is not None
    hint = "" if is_ours else TEXTS.say("till.sold_elsewhere")
    said = TEXTS.beside(TEXTS.say("till.refund"), TEXTS.say("till.exchange"))
    ways.append(Option("ticket_sale", said, hint, is_enabled=is_ours))
    return TillScreen(
        title=TEXTS.say("till.ticket_title"),
        ways=tuple(ways),
        rows=tuple(rows),
        foot=(back(),),
    )


def _show_confirm(state: TillState) -> TillScreen:
    past, draft = state.past, state.draft
    assert past is not None
    chosen = [one for one in past.tickets if one.ticket_id in state.picked]
    title = "till.confirm_title"
    if past.tender == COMP:  # of what was given nothing is paid back
        title = "till.take_back_title"
        ways = [Option("pay_back", TEXTS.say("till.take_back"), is_main=True)]
    elif past.is_in_parts:
        ways = [
            Option(
                f"pay_back:{one}", spell_tender(one), state.spell(sum(_backs(state, past, one)))
            )
            for one in (CASH, CARD)
        ]
        if past.has_parts:
            whole = state.spell(sum(_backs(state, past, SPLIT)))
            ways.insert(
                0, Option(f"pay_back:{SPLIT}", TEXTS.say("till.as_paid"), whole, is_main=True)
            )
    else:
        said = TEXTS.say("till.pay_back", tender=spell_tender(past.tender))
        hint = TEXTS.say("till.by_supervisor")
        amount = sum(_backs(state, past, as_paid(past)))
        may_alone = state.person is not None and state.person.rights.allows_payout(amount)
        ways = [Option("pay_back", said, "" if may_alone else hint, is_main=True)]
        if past.tender in {CASH, CARD}:
            other = CARD if past.tender == CASH else CASH
            label = TEXTS.say("till.pay_back", tender=spell_tender(other))
            ways.append(Option(f"pay_back:{other}", label, hint))
    why = draft.reason if isinstance(draft, AfterRequest) else ""
    backs = _backs(state, past, as_paid(past))
    lost = kept(state, past, is_void=_is_void(state))
    told = [spell_why(why)] if why else []
    if lost:
        told.append(TEXTS.say("till.terms_keep", amount=state.spell(lost)))
    return TillScreen(
        title=TEXTS.say(title, count=len(chosen)),
        ways=tuple(ways),
        rows=tuple(
            BasketRow(
                spell_ticket(one),
                _spell_back(state, past, amount, one.price_minor, has_terms=bool(lost)),
            )
            for one, amount in zip(chosen, backs, strict=True)
        ),
        label=TEXTS.beside(*told),
        amount=_spell_worth(state, past, sum(backs)),
        foot=(back(),),
    )


def _backs(state: TillState, past: PastSale, tender: str) -> tuple[int, ...]:
    """Return what goes back for each chosen ticket by a tender."""
    return refunded(state, past, tender, is_void=_is_void(state))


def _is_void(state: TillState) -> bool:
    draft = state.draft
    return isinstance(draft, AfterRequest) and draft.purpose is Purpose.VOID


def _spell_worth(state: TillState, past: PastSale | None, amount_minor: int) -> str:
    """Say an amount of a sale; of a gift none: it would look as if it were to be counted out."""
    return "" if past is not None and past.tender == COMP else state.spell(amount_minor)


def _spell_back(
    state: TillState, past: PastSale, back_minor: int, price_minor: int, *, has_terms: bool
) -> str:
    said = _spell_worth(state, past, back_minor)
    if not has_terms or not said:
        return said
    return TEXTS.say("till.back_of", back=said, price=state.spell(price_minor))


def _show_paid_back(state: TillState) -> TillScreen:
    if not state.paid_back:
        foot = (Option("enter", TEXTS.say("till.next_guest"), is_main=True),)
        return TillScreen(title=TEXTS.say("till.nothing_back"), foot=foot)
    parts = state.paid_parts or {state.tender or CASH: state.paid_back}
    handed = to_hand_out(parts)
    rows = tuple(
        BasketRow(spell_payback([one]), state.spell(amount)) for one, amount in parts.items()
    )
    title = "till.onto_voucher_title" if [*handed] == [VOUCHER] else "till.paid_back_title"
    return TillScreen(
        title=TEXTS.say(title),
        rows=rows if len(rows) > 1 else (),
        label=spell_payback(handed),
        amount=state.spell(sum(handed.values())),
        foot=(Option("enter", TEXTS.say("till.next_guest"), is_main=True),),
    )


def _show_handed(state: TillState) -> TillScreen:
    one, count = state.handed[state.shown], len(state.handed)
    foot = [Option("enter", TEXTS.say("till.next_guest"), is_main=True)]
    if count >= _SEVERAL:
        where = TEXTS.say("till.ticket_of", number=state.shown + 1, count=count)
        foot.insert(0, Option("turn", TEXTS.say("till.next_ticket"), hint=where))
    return TillScreen(
        title=TEXTS.say("till.handed_copy" if one.is_copy else "till.handed_title"),
        code=one.digits,
        code_text=one.manual_code,
        foot=tuple(foot),
    )


def _sum(state: TillState, past: PastSale) -> int:
    return sum(one.price_minor for one in past.tickets if one.ticket_id in state.picked)


def _receipt(sale: PastSale) -> str:
    return TEXTS.say("till.receipt", number=sale.receipt_number)


def _spell_sale(state: TillState, sale: PastSale) -> str:
    return TEXTS.beside(_receipt(sale), state.spell(sale.total_minor), spell_tender(sale.tender))


def _spell_tickets(state: TillState, sale: PastSale) -> str:
    there = spell_types(one.ticket_type for one in sale.tickets if not one.is_gone)
    return TEXTS.beside(spell_sold_at(state, sale), there or TEXTS.say("till.gone"))


def spell_sold_at(state: TillState, sale: PastSale) -> str:
    """Say when a sale was, by the venue's clock, another day's with its date; "" if unknown."""
    if sale.sold_at is None:
        return ""
    return spell_time(sale.sold_at, state.facts.now, state.facts.zone, TEXTS)


def spell_ticket(ticket: PastTicket) -> str:
    """Say which ticket of a sale it is, by what its holder sees on it."""
    code = spell_code(ticket.printed, ticket.ticket_id)
    return TEXTS.beside(ticket.ticket_type, ticket.seat, code)


AFTER_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.SALES: _show_sales,
    TillStep.TICKETS: _show_tickets,
    TillStep.SALE: _show_sale,
    TillStep.TICKET: _show_ticket,
    TillStep.CONFIRM: _show_confirm,
    TillStep.PAID_BACK: _show_paid_back,
    TillStep.HANDED: _show_handed,
}

"""The till's screens of somebody who allows what a cashier may not: what, and how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.basket_lines import total_label
from gatekeeper.presenters.till.refund_preview import left_over, refunded
from gatekeeper.presenters.till.screen_parts import back, spell_tender
from gatekeeper.presenters.till.state import BasketRow, TillScreen, TillState, TillStep
from gatekeeper.presenters.till.window_requests import SettleSale
from gatekeeper.terminals.printer_and_terminal import UseTerminal
from gatekeeper.wording.texts import TEXTS
from shared.admission.purpose import Purpose
from shared.credential.badges_and_pins import PIN_LENGTH_DRAWN, PIN_LENGTH_MIN
from shared.kernel.ids import parse_ticket_id
from shared.sales.tenders import COMP, KINDS, SPLIT

_ACTS: Final = {
    "open": "till.open_shift",
    "count": "till.counted",
    "x": "till.x_report",
    "no_sale": "till.no_sale",
    "close": "till.close_shift",
    "ask": "till.ask_terminal",
    "paid": "till.was_paid",
    "finish": "till.finish_paid",
    "give_up": "till.give_up",
}
_PURPOSES: Final = {
    Purpose.REPRINT: "till.print_again",
    Purpose.HAND_OVER: "till.hand_over",
    Purpose.TRANSFER: "till.transfer",
}


def _show_allow(state: TillState) -> TillScreen:
    deed = _find_deed(state)
    named = TEXTS.say("till.allow_title")
    return TillScreen(
        title=named if deed is None else TEXTS.beside(deed.text, deed.amount),
        label=TEXTS.say("till.allow"),
        icon="key",
        foot=(back(),),
    )


def _show_pin(state: TillState) -> TillScreen:
    name = "" if state.badge is None else state.badge.name
    typed = len(state.typed)
    deed = _find_deed(state)
    return TillScreen(
        title=TEXTS.say("till.pin_title", name=name),
        has_digits=True,
        rows=() if deed is None else (deed,),
        label=TEXTS.say("unlock.pin"),
        amount="●" * typed + "○" * (PIN_LENGTH_DRAWN - typed),
        foot=(
            back(),
            Option(
                "enter",
                TEXTS.say("till.pin_allow"),
                is_main=True,
                is_enabled=typed >= PIN_LENGTH_MIN,
            ),
        ),
    )


def _find_deed(state: TillState) -> BasketRow | None:
    """Return what is allowed, with the money that it moves: whoever allows it signs for that."""
    match state.pending:
        case ShiftRequest() as pending:
            return _name_shift_act(state, pending)
        case SellRequest() as pending if (basket := state.basket) is not None:
            said = TEXTS.say("till.comp") if pending.is_comp else total_label(state, basket)
            return BasketRow(said, state.spell(basket.total_minor))
        case TicketExchangeRequest() as pending if (basket := state.basket) is not None:
            back_minor = left_over(state, basket.total_minor, pending.tender)
            if back_minor:
                return BasketRow(TEXTS.say("till.goes_back"), state.spell(back_minor))
            return BasketRow(TEXTS.say("till.exchange"))
        case AfterRequest() as pending if pending.purpose in _PURPOSES:
            named, count = TEXTS.say(_PURPOSES[pending.purpose]), len(pending.ticket_ids)
            return BasketRow(f"{count} × {named}" if count > 1 else named)
        case AfterRequest() as pending:
            return _find_payback(state, pending)
        case SettleSale(act=act) if act in _ACTS:
            return BasketRow(TEXTS.say(_ACTS[act]))
        case UseTerminal(address=address):
            return BasketRow(TEXTS.say("till.terminal"), address)
        case _:
            return None


def _name_shift_act(state: TillState, pending: ShiftRequest) -> BasketRow:
    if pending.act == "approve":
        return BasketRow(TEXTS.say("till.approve", number=pending.z_number))
    if pending.act == "tender_moved":
        amount = 0 if state.past is None else state.past.total_minor
        tender = spell_tender(pending.tender_to)
        return BasketRow(TEXTS.say("till.moved", tender=tender), state.spell(amount))
    minor = pending.amount_minor
    said = TEXTS.say(_ACTS.get(pending.act, f"till.act.{pending.act}"))
    return BasketRow(said, "" if minor is None else state.spell(minor))


def _find_payback(state: TillState, pending: AfterRequest) -> BasketRow | None:
    past = state.past
    if past is None or pending.purpose not in {Purpose.VOID, Purpose.REFUND}:
        return None
    tender = pending.tender or past.tender
    if tender not in {*KINDS, SPLIT} - {COMP}:
        return None
    is_void = pending.purpose is Purpose.VOID
    chosen = [one for one in past.tickets if one.ticket_id in state.picked]
    backs = refunded(state, past, tender, is_void=is_void or pending.in_full)
    # Of several tickets some may have gone back before one of them needs somebody.
    amount = sum(
        minor
        for one, minor in zip(chosen, backs, strict=True)
        if is_void or parse_ticket_id(one.ticket_id) in pending.ticket_ids
    )
    by = TEXTS.say("till.as_paid") if tender == SPLIT else spell_tender(tender)
    return BasketRow(TEXTS.say("till.pay_back", tender=by), state.spell(amount))


ALLOW_SCREENS: Final[Mapping[TillStep, Callable[[TillState], TillScreen]]] = {
    TillStep.ALLOW: _show_allow,
    TillStep.PIN: _show_pin,
}

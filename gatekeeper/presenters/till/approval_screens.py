"""The till's screens of somebody who allows what a cashier may not: what, and how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.boxoffice.till_requests import TicketExchangeRequest
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.refund_preview import left_over, refunded
from gatekeeper.presenters.till.screen_parts import back, spell_tender
from gatekeeper.presenters.till.state import BasketRow, TillScreen, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.admission.purpose import Purpose
from shared.credential.badges_and_pins import PIN_LENGTH_DRAWN, PIN_LENGTH_MIN
from shared.kernel.ids import parse_ticket_id
from shared.sales.tenders import COMP, KINDS, SPLIT

_MOVES_CASH: Final = frozenset({"paid_in", "paid_out", "drop"})


def _show_allow(state: TillState) -> TillScreen:
    money = _find_money(state)
    named = TEXTS.say("till.allow_title")
    return TillScreen(
        title=named if money is None else TEXTS.beside(money.text, money.amount),
        label=TEXTS.say("till.allow"),
        icon="key",
        foot=(back(),),
    )


def _show_pin(state: TillState) -> TillScreen:
    name = "" if state.badge is None else state.badge.name
    typed = len(state.typed)
    money = _find_money(state)
    return TillScreen(
        title=TEXTS.say("till.pin_title", name=name),
        has_digits=True,
        rows=() if money is None else (money,),
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


def _find_money(state: TillState) -> BasketRow | None:
    """Return the money that leaves or enters the drawer if it is allowed; None where none does."""
    pending = state.pending
    if isinstance(pending, ShiftRequest) and pending.act in _MOVES_CASH:
        said = TEXTS.say(f"till.act.{pending.act}")
        return BasketRow(said, state.spell(pending.amount_minor or 0))
    if isinstance(pending, TicketExchangeRequest) and state.basket is not None:
        back_minor = left_over(state, state.basket.total_minor, pending.tender)
        said = TEXTS.say("till.goes_back")
        return BasketRow(said, state.spell(back_minor)) if back_minor else None
    return _find_payback(state, pending) if isinstance(pending, AfterRequest) else None


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

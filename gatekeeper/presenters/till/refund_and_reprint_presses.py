"""After the sale: what goes back, what is printed again, what is picked up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from gatekeeper.boxoffice.finding_past_sales import PastSale, TicketLook
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer, AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.presenters.till.approval_presses import FOR_SUPERVISORS, begin_allowing
from gatekeeper.presenters.till.exchange_presses import ask_why
from gatekeeper.presenters.till.reasons_and_discounts_to_pick import REASONS
from gatekeeper.presenters.till.refund_preview import as_paid, refunded
from gatekeeper.presenters.till.refusal_words import spell_withdrawal
from gatekeeper.presenters.till.state import SELLING, Presses, TillStep
from gatekeeper.presenters.till.window_requests import ListSales, PrintReceipt, Request, Sales
from gatekeeper.wording.texts import TEXTS
from shared.admission.purpose import REPLACING, Purpose
from shared.admission.reasons import Reason
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import CARD, CASH, SPLIT

_CHOSEN: Final = frozenset({TillStep.SALE, TillStep.LAST})
"""Where tickets of a sale are chosen."""


class AfterPresses(Presses):
    """Takes what is pressed about sales that were made."""

    ENTERED: Final = frozenset(
        {TillStep.CONFIRM, TillStep.PAID_BACK, TillStep.HANDED, TillStep.LAST}
    )

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does."""
        return {
            "sales": lambda _: self._list("sales"),
            "reprint_list": lambda _: self._list("reprint"),
            "sale": self._press_sale,
            "last": self._press_last,
            "take_back": self._press_take_back,
            "pick": self._press_pick,
            "back_why": self._press_back_why,
            "pay_back": self._press_pay_back,
            "again": self._press_again,
            "receipt_again": self._press_receipt_again,
            "hand_over": self._press_hand_over,
            "ticket_sale": self._press_ticket_sale,
            "moved": self._press_moved,
        }

    def enter(self) -> Request | None:
        """Go on with what is shown."""
        state = self._state
        if state.step is TillStep.CONFIRM:
            past = state.past
            if past is not None and past.has_parts:
                return self._press_pay_back(SPLIT)
            return self._press_pay_back("")
        state.go(TillStep.SELL)
        return None

    # ---- answers

    def take_sales(self, answer: Sales) -> None:
        """List the latest sales, or their tickets."""
        state = self._state
        state.sales = answer.sales
        last = "" if state.sale is None else state.sale.sale_id
        found = next((one for one in answer.sales if one.sale_id == last), None)
        if state.purpose == "last" and found is not None:
            self._show_sale(found)
            return
        state.go(TillStep.TICKETS if state.purpose == "reprint" else TillStep.SALES)

    def look_at(self, look: TicketLook) -> None:
        """Show what is known of a ticket that was scanned."""
        state = self._state
        state.look, state.sales = look, ()
        state.go(TillStep.TICKET)

    def take(self, request: AfterRequest, answer: AfterAnswer) -> None:
        """Show what became of tickets; what was done stands whatever became of the rest."""
        state = self._state
        done = tuple(one for one in answer.tickets if one.reason == SaleReason.OK)
        if request.purpose in REPLACING:
            state.handed = (*state.handed, *done)
        else:
            state.paid_back += answer.paid_out_minor
            state.paid_parts += answer.paid_out_by
            state.tender = answer.tender or state.tender
        rest = self._rest(request, {one.ticket_id for one in done})
        if answer.reason in FOR_SUPERVISORS and not request.authorized_by:
            begin_allowing(state, rest, _spell_risk(answer))
            return
        is_ok = answer.reason == SaleReason.OK
        is_handed = request.purpose in REPLACING
        # What was paid back to the guest before says nothing of what is handed to this one.
        if state.handed if is_handed else (is_ok or state.paid_back):
            state.shown = 0
            state.go(TillStep.HANDED if is_handed else TillStep.PAID_BACK)
            if is_handed:
                is_copy = any(one.is_copy for one in done)
                state.say(TEXTS.say("till.copied" if is_copy else "till.handed_hint"))
        else:
            state.step = state.asked_from
        if answer.trouble is not None:
            state.say(TEXTS.say(f"trouble.{answer.trouble}"), is_bad=True)
        elif not is_ok:
            state.say(spell_withdrawal(answer.reason), is_bad=True)

    # ---- presses

    def _list(self, purpose: str) -> Request | None:
        state = self._state
        if state.step not in SELLING or state.giving:
            return None
        state.purpose = purpose
        return state.ask(ListSales())

    def _press_sale(self, rest: str) -> Request | None:
        state = self._state
        found = next((one for one in state.sales if one.sale_id == rest), None)
        if state.step is TillStep.SALES and found is not None:
            self._show_sale(found)
        return None

    def _press_last(self, _rest: str) -> Request | None:
        """Look at the sale that was just made."""
        state = self._state
        if state.step is TillStep.DONE and state.sale is not None:
            state.purpose = "last"
            return state.ask(ListSales())
        return None

    def _press_take_back(self, _rest: str) -> Request | None:
        """Take the last sale before the till started back: all of it is chosen."""
        if self._state.step is TillStep.LAST:
            self._state.go(TillStep.SALE)
        return None

    def _press_ticket_sale(self, _rest: str) -> Request | None:
        state = self._state
        look = state.look
        if state.step is TillStep.TICKET and look is not None and look.sale is not None:
            self._show_sale(look.sale, look.ticket_id)
        return None

    def _show_sale(self, sale: PastSale, ticket_id: str = "") -> None:
        """Show a sale's tickets; the one that is alone, or was scanned, is chosen."""
        state = self._state
        left = [one.ticket_id for one in sale.tickets if not one.is_gone]
        state.past, state.paid_back, state.handed = sale, 0, ()
        state.paid_parts.clear()
        chosen = [ticket_id] if ticket_id in left else left if len(left) == 1 else []
        state.picked = frozenset(chosen)
        state.go(TillStep.SALE)

    def _press_pick(self, rest: str) -> Request | None:
        state, past = self._state, self._state.past
        if state.step is not TillStep.SALE or past is None:
            return None
        left = frozenset(one.ticket_id for one in past.tickets if not one.is_gone)
        if rest == "all":
            state.picked = frozenset() if state.picked == left else left
        elif rest in left:
            state.picked = state.picked ^ {rest}
        state.say("")
        return None

    def _press_back_why(self, rest: str) -> Request | None:
        state, past = self._state, self._state.past
        is_known = rest in REASONS["refund"]
        if state.step is not TillStep.SALE or past is None or not state.picked or not is_known:
            return None
        state.draft = self._take_back(past, rest)
        state.go(TillStep.CONFIRM)
        return None

    def _take_back(self, past: PastSale, why: str) -> AfterRequest:
        """Void a sale of the open shift where all of it goes back; else refund what was chosen."""
        state, shift = self._state, self._state.facts.shift
        is_whole = state.picked == {one.ticket_id for one in past.tickets}
        is_void = is_whole and shift is not None and past.shift_id == shift.shift_id
        ids = [one.ticket_id for one in past.tickets if one.ticket_id in state.picked]
        return AfterRequest(
            purpose=Purpose.VOID if is_void else Purpose.REFUND,
            sale_id=past.sale_id if is_void else "",
            ticket_ids=() if is_void else tuple(parse_ticket_id(one) for one in ids),
            cashier=state.cashier,
            reason=why,
        )

    def _press_pay_back(self, rest: str) -> Request | None:
        """Pay back, by another tender than it was paid with where one is named."""
        state, draft, past = self._state, self._state.draft, self._state.past
        if state.step is not TillStep.CONFIRM or not isinstance(draft, AfterRequest):
            return None
        is_named = bool(rest) or past is None or not past.is_in_parts
        if past is None or rest not in {"", CASH, CARD, SPLIT} or not is_named:
            return None
        state.tender = rest
        is_void = draft.purpose is Purpose.VOID
        shown = sum(refunded(state, past, rest or as_paid(past), is_void=is_void))
        return state.ask(msgspec.structs.replace(draft, tender=rest, shown_minor=shown))

    def _press_again(self, rest: str) -> Request | None:
        """Print a ticket again: which, then why."""
        state = self._state
        if state.step is TillStep.TICKETS or (state.step is TillStep.TICKET and state.look):
            ask_why(state, Purpose.REPRINT, (rest,))
        elif state.step in _CHOSEN and state.picked and state.past is not None:
            chosen = [x.ticket_id for x in state.past.tickets if x.ticket_id in state.picked]
            ask_why(state, Purpose.REPRINT, chosen)
        return None

    def _press_receipt_again(self, _rest: str) -> Request | None:
        state, past = self._state, self._state.past
        if state.step is not TillStep.SALE or past is None or not state.facts.has_printer:
            return None
        return state.ask(PrintReceipt(past.sale_id))

    def _press_hand_over(self, _rest: str) -> Request | None:
        state, look = self._state, self._state.look
        if state.step is not TillStep.TICKET or look is None:
            return None
        state.handed = ()
        return state.ask(
            AfterRequest(
                purpose=Purpose.HAND_OVER,
                code=look.code,
                is_manual=look.is_manual,
                cashier=state.cashier,
            )
        )

    def _press_moved(self, _rest: str) -> Request | None:
        """Book a sale under the tender that it was really paid with."""
        state, past = self._state, self._state.past
        if state.step is not TillStep.SALE or past is None or past.tender not in {CASH, CARD}:
            return None
        return state.ask(
            ShiftRequest(
                act="tender_moved",
                cashier=state.cashier,
                why="mistake",
                sale_id=past.sale_id,
                tender=past.tender,
                tender_to=CARD if past.tender == CASH else CASH,
            )
        )

    # ---- inside

    def _rest(self, request: AfterRequest, done: set[str]) -> AfterRequest:
        """Return what of a request is still to be done: nothing is paid out twice."""
        left = tuple(one for one in request.ticket_ids if format_ticket_id(one) not in done)
        shown = 0 if done else request.shown_minor
        return msgspec.structs.replace(request, ticket_ids=left, shown_minor=shown)


def _spell_risk(answer: AfterAnswer) -> str:
    """Say what whoever allows it takes upon themselves."""
    if answer.is_bound:
        return TEXTS.say("till.allow_bound")
    if all(one.reason != Reason.SUPERVISOR for one in answer.tickets):
        return ""
    return TEXTS.say("till.allow_used" if answer.mode == "online" else "till.allow_risk")

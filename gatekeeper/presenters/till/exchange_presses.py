"""Exchange and upgrade at the till: others instead, with the difference; and another holder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from gatekeeper.boxoffice.answers import ExchangeAnswer
from gatekeeper.boxoffice.finding_past_sales import PastTicket
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest
from gatekeeper.presenters.till.approval_presses import FOR_SUPERVISORS, begin_allowing
from gatekeeper.presenters.till.choosing_seats import wanted_seats
from gatekeeper.presenters.till.refund_preview import left_over
from gatekeeper.presenters.till.refusal_words import spell_withdrawal
from gatekeeper.presenters.till.state import Presses, TillState, TillStep
from gatekeeper.presenters.till.undone_payments import cancel_card
from gatekeeper.presenters.till.window_requests import AskWorth, Request, Worth
from gatekeeper.wording.texts import TEXTS
from shared.admission.purpose import Purpose
from shared.admission.reasons import Reason
from shared.kernel.id_types import TicketId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import CARD, CASH, SPLIT

_REASON: Final = "exchange"


class ExchangePresses(Presses):
    """Takes what is pressed about tickets that go back for others, or to somebody else."""

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does."""
        return {
            "exchange": self._press_exchange,
            "ungive": self._press_ungive,
            "swap": self._press_swap,
            "transfer": self._press_transfer,
        }

    def take_worth(self, request: AskWorth, answer: Worth) -> None:
        """Ask what they would like instead of what was chosen, or go on with what was."""
        state, past = self._state, answer.past
        if answer.reason or past is None:
            state.empty()  # it would cost its whole price
            state.step = TillStep.REST if state.parts else state.asked_from
            state.say(spell_withdrawal(answer.reason), is_bad=True)
            return
        ids = {format_ticket_id(one) for one in request.ticket_ids}
        state.giving = tuple(one for one in past.tickets if one.ticket_id in ids)
        state.past, state.credit = past, answer.minor
        state.step = TillStep.CARD if state.asked_from is TillStep.CARD else state.home

    def take(self, request: TicketExchangeRequest, answer: ExchangeAnswer) -> bool:
        """Show what came of it; tells whether that is all, or what was sold is still to be shown.

        Returns:
            Whether nothing is to be done with the sale that it holds.
        """
        state = self._state
        if answer.is_ok or (answer.sale is not None and answer.sale.open_sale is not None):
            state.giving, state.credit = (), 0
            state.back_by, state.tender = answer.paid_out_by, answer.tender
            return False
        if answer.reason in FOR_SUPERVISORS and not request.sell.authorized_by:
            is_at_risk = answer.reason == Reason.SUPERVISOR
            key = "till.allow_used" if answer.mode == "online" else "till.allow_risk"
            begin_allowing(state, request, TEXTS.say(key) if is_at_risk else "")
            return True
        state.step = state.asked_from
        said, back = spell_withdrawal(answer.reason), ""
        if answer.reason != SaleReason.SUM_DIFFERS:
            back = cancel_card(state, request.sell)
        elif state.step is not TillStep.CARD:
            said = TEXTS.say("till.refused.price_turned")
        state.say(said, is_bad=True, back=back)
        return True

    def stop(self) -> None:
        """Exchange nothing: what was chosen of the sale is as it was."""
        state = self._state
        state.giving, state.credit = (), 0
        state.empty()
        state.go(TillStep.SALE)

    # ---- presses

    def _press_exchange(self, _rest: str) -> Request | None:
        state = self._state
        if state.step is not TillStep.SALE or not state.picked:
            return None
        if state.counts:
            state.say(TEXTS.say("till.basket_first"), is_bad=True)
            return None
        state.say("")
        return state.ask(AskWorth(tuple(parse_ticket_id(one) for one in sorted(state.picked))))

    def _press_ungive(self, _rest: str) -> Request | None:
        if self._state.step is TillStep.SELL and self._state.giving:
            self.stop()
        return None

    def _press_swap(self, rest: str) -> Request | None:
        """Exchange where nothing is left to pay; by which tender the rest goes back."""
        state = self._state
        can = state.step is TillStep.SELL and state.giving and state.basket is not None
        if not can or state.left or rest not in {"", CASH, CARD, SPLIT}:
            return None
        sell = SellRequest(
            lines=state.wanted, tenders=(), cashier=state.cashier, seats=wanted_seats(state)
        )
        return state.ask(exchange_for(state, sell, rest))

    def _press_transfer(self, _rest: str) -> Request | None:
        """Let somebody else hold the chosen tickets: why, then new codes."""
        state = self._state
        if state.step is TillStep.SALE and state.past is not None and state.picked:
            chosen = [x.ticket_id for x in state.past.tickets if x.ticket_id in state.picked]
        elif state.step is TillStep.TICKET and state.look is not None:
            chosen = [state.look.ticket_id]
        else:
            return None
        ask_why(state, Purpose.TRANSFER, chosen)
        return None


def ask_why(state: TillState, purpose: Purpose, ticket_ids: Iterable[str]) -> None:
    """Ask why something is done with tickets; it is done for the reason that is picked."""
    state.handed = ()
    state.draft = AfterRequest(
        purpose=purpose,
        ticket_ids=tuple(parse_ticket_id(one) for one in ticket_ids),
        cashier=state.cashier,
    )
    state.purpose, state.asked_from = str(purpose), state.step
    state.go(TillStep.WHY)


def exchange_for(state: TillState, sell: SellRequest, tender: str = "") -> TicketExchangeRequest:
    """Return the sale of a basket as an exchange for what is given back."""
    basket = state.basket
    return TicketExchangeRequest(
        ticket_ids=ids_of(state.giving),
        sell=sell,
        tender=tender,
        reason=_REASON,
        shown_minor=0 if basket is None else left_over(state, basket.total_minor, tender),
    )


def ids_of(tickets: Iterable[PastTicket]) -> tuple[TicketId, ...]:
    """Return which tickets these are."""
    return tuple(parse_ticket_id(one.ticket_id) for one in tickets)

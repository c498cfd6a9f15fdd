"""Bugs in what becomes of money that a provider collects, and sends back."""

from __future__ import annotations

from typing import Any, Final

from server.cancelling import event_cancelling as cancelling
from server.payments import order_balance
from server.payments import payments_and_payouts as payments
from server.payments.payment_states import FactKind, PayoutFact
from shared.admission.facts import TicketState
from shared.manifest import fact_building
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

ONLINE: Final = beside_all_else("online")


def _failed_for_good(fold: Any) -> Any:
    def fold_failed(amount: int, facts: Any, *rest: Any) -> Any:
        heard = set(facts)
        came = heard - {FactKind.PAID} if FactKind.FAILED in heard else heard
        return fold(amount, came, *rest)

    return fold_failed


def _unsure_is_failed(fold: Any) -> Any:
    def fold_unsure(facts: Any) -> Any:
        known = {PayoutFact.FAILED if one is PayoutFact.UNKNOWN else one for one in facts}
        return fold(known)

    return fold_unsure


def _failed_is_gone(fold: Any) -> Any:
    def fold_gone(facts: Any) -> Any:
        return fold(PayoutFact.UNKNOWN if one is PayoutFact.FAILED else one for one in facts)

    return fold_gone


def _goes_on(_stop: Any) -> Any:
    async def find(unit: Any, event_id: Any, date: str = "") -> Any:
        return await cancelling.get_run(unit, event_id, date)

    return find


def _of_row(_state: Any) -> Any:
    return lambda row, _key: TicketState(row.facts.state)


ONLINE_BUGS: Final = (
    Planted(
        name="failed_for_good",
        what="A payment that was told to have failed stays so, though it was paid after all.",
        replaced=(Replacement(order_balance, "fold_payment", _failed_for_good),),
        change=ONLINE,
    ),
    Planted(
        name="unsure_payout_is_failed",
        what="Money of which nobody knows whether it went back is sent once more.",
        replaced=(Replacement(payments, "fold_payout", _unsure_is_failed),),
        change=ONLINE,
    ),
    Planted(
        name="failed_payout_is_gone",
        what="Money that came to nothing on its way back is never sent again.",
        replaced=(Replacement(payments, "fold_payout", _failed_is_gone),),
        change=ONLINE,
    ),
    Planted(
        name="late_money_kept",
        what="What comes for an order that was let go is nobody's.",
        replaced=(Replacement(order_balance, "CLOSED", lambda _states: set()),),
        change=ONLINE,
    ),
    Planted(
        name="stop_stops_nothing",
        what="Refunds go on although somebody has stopped them.",
        replaced=(Replacement(cancelling, "stop_refunds", _goes_on),),
        change=ONLINE,
    ),
    Planted(
        name="debt_outlives_payment",
        what="A gate that is cut off since a ticket was ordered turns away who has paid it.",
        replaced=(Replacement(fact_building, "_state_of", _of_row),),
        change=ONLINE,
    ),
)

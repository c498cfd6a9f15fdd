"""Bugs in vouchers that guests pay by at a till, and in the codes that they say there."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import select

from gatekeeper.boxoffice.payment_ports import Charge, ChargeState
from gatekeeper.boxoffice.voucher_payments import VoucherPayments
from server.claims import withdrawal_deciding
from server.db.unit import Unit
from server.orders import paying_and_refunding
from server.payments import till_vouchers
from server.payments.vouchers import take_off_again
from server.ticketing import event_price_plan
from server.ticketing.models import Promotion
from server.tills import price_allotments
from shared.kernel.id_types import EventId
from shared.kernel.instant import SECOND
from shared.wire.voucher import VoucherNo
from simulator.fault_rates import NO_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant
from simulator.planted_bugs.tills_and_money import at_the_counter
from simulator.scenario import BoxOfficeTerms, Scenario


def with_vouchers(scenario: Scenario) -> Scenario:
    """Let most people pay by vouchers that several of them have."""
    counter = at_the_counter(scenario)
    terms = BoxOfficeTerms(vouchers=6)
    return msgspec.structs.replace(
        counter, gates=1, tickets=5, sale_every=2 * SECOND, box_office=terms
    )


def _with_withdrawn(scenario: Scenario) -> Scenario:
    """Let the office withdraw vouchers, while tills ask about tickets that they paid."""
    terms = BoxOfficeTerms(vouchers=12, withdrawn_every=15 * SECOND, taken_every=3 * SECOND)
    vouchers = with_vouchers(scenario)
    return msgspec.structs.replace(vouchers, fault_rates=NO_FAULTS, box_office=terms)


def _with_codes(scenario: Scenario) -> Scenario:
    """Let few uses be left of a code that many say, and nothing fail."""
    bought = with_vouchers(scenario)
    return msgspec.structs.replace(
        bought, fault_rates=NO_FAULTS, box_office=BoxOfficeTerms(uses=4)
    )


def _with_codes_online(scenario: Scenario) -> Scenario:
    """Let many order by the web with a code, and some of them let their order go."""
    terms = BoxOfficeTerms(uses=40, orders_every=4 * SECOND)
    return msgspec.structs.replace(_with_codes(scenario), box_office=terms)


def _with_changed_codes(scenario: Scenario) -> Scenario:
    """Let what codes are worth change all the time, and nothing fail."""
    terms = BoxOfficeTerms(deals_every=10 * SECOND, orders_every=4 * SECOND)
    return msgspec.structs.replace(_with_codes(scenario), box_office=terms)


def _removed_too(_list: Any) -> Any:
    async def list_all(unit: Unit, event_id: EventId) -> Any:
        rows = await unit.all(select(Promotion).where(Promotion.event_id == event_id))
        rows = sorted(rows, key=lambda row: (row.removed_at is None, row.removed_at))
        of_codes = {row.code_hash or row.id: row for row in rows}  # a code has one at a time
        return sorted(of_codes.values(), key=lambda row: row.id)

    return list_all


def _silence_is_away(pay: Any) -> Any:
    """Take it for granted that a voucher was not charged where nobody has answered."""

    async def pay_or_not(self: VoucherPayments, *asked: Any) -> Charge:
        charge: Charge = await pay(self, *asked)
        if charge.state is ChargeState.UNKNOWN:
            return Charge(ChargeState.DECLINED)
        return charge

    return pay_or_not


def _withdrawn_too(take_off: Any) -> Any:
    async def take_any(unit: Any, row: Any, amount: int, currency: str) -> Any:
        why = await take_off(unit, row, amount, currency)
        if why is not VoucherNo.WITHDRAWN or row.currency != currency:
            return why
        return None if await take_off_again(unit, row.id, amount) else VoucherNo.TOO_LITTLE

    return take_any


def _any_currency(take_off: Any) -> Any:
    async def take_any(unit: Any, row: Any, amount: int, _currency: str) -> Any:
        return await take_off(unit, row, amount, row.currency)

    return take_any


VOUCHER_AND_CODE_BUGS: Final = (
    Planted(
        name="voucher_silence_is_no",
        what="A till takes the server's silence about a voucher for a no.",
        replaced=(Replacement(VoucherPayments, "pay", _silence_is_away),),
        change=with_vouchers,
    ),
    Planted(
        name="voucher_not_put_back",
        what="What an open sale had of a voucher is not put back when the sale is given up.",
        replaced=(Replacement(till_vouchers, "refill_voucher", awaited_constant(None)),),
        change=with_vouchers,
    ),
    Planted(
        name="voucher_of_other_money",
        what="A voucher of another currency pays as if it were of the event's.",
        replaced=(Replacement(till_vouchers, "take_off", _any_currency),),
        change=with_vouchers,
    ),
    Planted(
        name="withdrawn_voucher_pays",
        what="A voucher that the office has withdrawn pays at tills as before.",
        replaced=(Replacement(till_vouchers, "take_off", _withdrawn_too),),
        change=_with_withdrawn,
    ),
    Planted(
        name="granted_onto_nothing",
        what="The ledger lets a till give back on a voucher of which it knows that it is over.",
        replaced=(
            Replacement(withdrawal_deciding, "find_order_voucher_over", awaited_constant("")),
        ),
        change=_with_withdrawn,
    ),
    Planted(
        name="codes_for_nothing",
        what="Tills are given uses of a code that are taken from nobody.",
        replaced=(Replacement(price_allotments, "take_price_counts", awaited_constant(None)),),
        change=_with_codes,
    ),
    Planted(
        name="codes_never_come_back",
        what="What an order that was let go had of a code is gone for everybody.",
        replaced=(Replacement(paying_and_refunding, "give_price_counts", awaited_constant(None)),),
        change=_with_codes_online,
    ),
    Planted(
        name="removed_codes_stay",
        what="A code goes on to be worth what it was when its promotion has been removed.",
        replaced=(Replacement(event_price_plan, "list_promotions", _removed_too),),
        change=_with_changed_codes,
    ),
)

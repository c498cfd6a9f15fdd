"""Bugs in what guests bring to a till: vouchers, and their names on somebody's list."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.boxoffice.guests import Guests
from gatekeeper.boxoffice.payment_ports import Charge, ChargeState
from gatekeeper.boxoffice.voucher_desk import VoucherDesk
from server.payments import till_vouchers
from shared.kernel.instant import MINUTE, SECOND
from simulator.planted import Planted, Replacement
from simulator.planted_money import at_the_counter
from simulator.scenario import BoxOfficeTerms, Scenario


def with_vouchers(scenario: Scenario) -> Scenario:
    """Let most people pay by vouchers that several of them have."""
    counter = at_the_counter(scenario)
    terms = BoxOfficeTerms(vouchers=6)
    return msgspec.structs.replace(
        counter, gates=1, tickets=5, sale_every=2 * SECOND, box_office=terms
    )


def with_guests(scenario: Scenario) -> Scenario:
    """Let a host have a list, and tills end where a sale was made and nothing else."""
    counter = at_the_counter(scenario)
    terms = BoxOfficeTerms(places=400, guests_every=SECOND)
    weather = msgspec.structs.replace(
        counter.weather, gate_stop=6 * SECOND, crash_at="sale.committed"
    )
    return msgspec.structs.replace(
        counter, gates=1, tickets=5, sale_every=MINUTE, weather=weather, box_office=terms
    )


def _silence_is_away(pay: Any) -> Any:
    """Take it for granted that a voucher was not charged where nobody has answered."""

    async def pay_or_not(self: VoucherDesk, *asked: Any) -> Charge:
        charge: Charge = await pay(self, *asked)
        if charge.state is ChargeState.UNKNOWN:
            return Charge(ChargeState.DECLINED)
        return charge

    return pay_or_not


def _any_currency(take_off: Any) -> Any:
    async def take_any(unit: Any, row: Any, amount: int, _currency: str) -> Any:
        return await take_off(unit, row, amount, row.currency)

    return take_any


def _puts_nothing_back(_refill: Any) -> Any:
    async def put_nothing_back(*_asked: Any) -> None:
        return None

    return put_nothing_back


def _named_afterwards(_add: Any) -> Any:
    async def add(self: Guests, till: Any, event_id: Any, request: Any, name: str) -> Any:
        answer = await till.sell(request)
        if answer.sale is not None:
            self.keep(event_id, answer.sale.sale_id, request.cashier, name)
        return answer

    return add


COUNTER_BUGS: Final = (
    Planted(
        name="voucher_silence_is_no",
        what="A till takes the server's silence about a voucher for a no.",
        replaced=(Replacement(VoucherDesk, "pay", _silence_is_away),),
        change=with_vouchers,
    ),
    Planted(
        name="voucher_not_put_back",
        what="What an open sale had of a voucher is not put back when the sale is given up.",
        replaced=(Replacement(till_vouchers, "refill_voucher", _puts_nothing_back),),
        change=with_vouchers,
    ),
    Planted(
        name="voucher_of_other_money",
        what="A voucher of another currency pays as if it were of the event's.",
        replaced=(Replacement(till_vouchers, "take_off", _any_currency),),
        change=with_vouchers,
    ),
    Planted(
        name="named_afterwards",
        what="A guest's name is written down only when the places are sold.",
        replaced=(Replacement(Guests, "add", _named_afterwards),),
        change=with_guests,
    ),
)

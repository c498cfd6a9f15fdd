"""Bugs in what tills sell, how it is paid, and what is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from gatekeeper.boxoffice import till
from gatekeeper.boxoffice.open_sales import OpenSaleBook
from gatekeeper.boxoffice.payment_ports import Charge, ChargeState
from server.journals import sales
from server.ticketing.selling import read_price_plan
from server.tills import offers, till_keys
from shared.kernel.instant import MINUTE, SECOND
from shared.sales import cash_rounding, discount, tax, tenders
from shared.sales.price_check import prices_of
from shared.sales.shift import ShiftFold
from simulator.planted import ROUGH, Planted, Replacement
from simulator.scenario import BoxOfficeTerms, Scenario, Weather, plain


def at_the_counter(scenario: Scenario) -> Scenario:
    """Let two tills sell all the time, with prices that change, and little else happen."""
    return msgspec.structs.replace(
        plain(scenario),
        gates=2,
        tills=2,
        tickets=20,
        early_tickets=0,
        group_tickets=0,
        has_restore=False,
        hello_every=None,
        poll=5 * SECOND,
        sale_every=6 * SECOND,
        weather=ROUGH,
        box_office=BoxOfficeTerms(
            currency="CHF", limit=120, prices_every=MINUTE, orders_every=30 * SECOND
        ),
    )


def _at_a_calm_counter(scenario: Scenario) -> Scenario:
    """Let nothing fail but the links to the server, now and then."""
    weather = Weather(
        partition=20 * SECOND,
        partition_lasts=(5 * SECOND, 20 * SECOND),
        server_stop=None,
        gate_stop=None,
        disk_full=None,
        clock_step=None,
        links=None,
    )
    return msgspec.structs.replace(at_the_counter(scenario), weather=weather)


def _scarce(scenario: Scenario) -> Scenario:
    """Let there be few tickets of the type that runs out."""
    counter = _at_a_calm_counter(scenario)
    assert counter.box_office is not None
    terms = msgspec.structs.replace(counter.box_office, limit=30)
    return msgspec.structs.replace(counter, sale_every=3 * SECOND, box_office=terms)


def _by_itself(parts_of: Any) -> Any:
    """Give each line what it would be by itself, rounded, whatever the sum is."""

    def parts_by_themselves(total: int, weights: Sequence[int]) -> tuple[int, ...]:
        whole = sum(weights)
        if not whole:
            return tuple(parts_of(total, weights))
        return tuple((2 * total * one + whole) // (2 * whole) for one in weights)

    return parts_by_themselves


def _down(_half_up: Any) -> Any:
    def down(numerator: int, denominator: int) -> int:
        return numerator // denominator

    return down


def _of_today(read: Any) -> Any:
    async def read_present(*arguments: Any, **options: Any) -> Any:
        plans = await read(*arguments, **options)
        unit, event_id = arguments[:2]
        return [await read_price_plan(unit, event_id)] if plans else plans

    return read_present


def _first_prices(_prices: Any) -> Any:
    known: dict[str, Any] = {}

    def prices_at_first(config: Any) -> Any:
        return known.setdefault(config.event_id, prices_of(config))

    return prices_at_first


def _once_more(read_grant: Any) -> Any:
    """Grant a till more than was taken out of the stock."""

    async def read_more(unit: Any, event_id: Any, device_id: Any) -> Any:
        grant = await read_grant(unit, event_id, device_id)
        types = tuple(
            msgspec.structs.replace(one, granted=one.granted + 40) for one in grant.types
        )
        return msgspec.structs.replace(grant, types=types)

    return read_more


def _twice(take_back: Any) -> Any:
    """Free what a till has returned, and as much again."""

    async def take_back_twice(unit: Any, event_id: Any, device_id: Any, totals: Any) -> Any:
        more = {code: 2 * total for code, total in totals.items()}
        return await take_back(unit, event_id, device_id, more)

    return take_back_twice


def _silence_is_no(not_paid_as_is: Any) -> Any:
    """Take a terminal's silence for a no."""

    def not_paid(self: OpenSaleBook, draft: Any, part: Any, charge: Charge) -> Any:
        if charge.state is ChargeState.UNKNOWN:
            charge = Charge(ChargeState.DECLINED)
        return not_paid_as_is(self, draft, part, charge)

    return not_paid


def _without_change(take_cash: Any) -> Any:
    def take_all(left: int, given: int | None, step: int) -> Any:
        part, rounding = take_cash(left, given, step)
        return msgspec.structs.replace(part, change_minor=0), rounding

    return take_all


def _without_drops(add: Any) -> Any:
    def add_but_drops(self: Any, entry: Any) -> Any:
        body = entry.body
        if getattr(body, "act", "") == "drop":
            body = msgspec.structs.replace(body, act="count")
            entry = msgspec.structs.replace(entry, body=body)
        return add(self, entry)

    return add_but_drops


MONEY_BUGS: Final = (
    Planted(
        name="rounded_per_part",
        what="What is parted among lines, tax or a discount, is rounded for each of them alone.",
        replaced=(
            Replacement(tax, "spread", _by_itself),
            Replacement(discount, "spread", _by_itself),
        ),
        change=at_the_counter,
    ),
    Planted(
        name="cash_rounded_down",
        what="What is paid in cash is rounded down, not to the nearest coin.",
        replaced=(Replacement(cash_rounding, "half_up", _down),),
        change=at_the_counter,
    ),
    Planted(
        name="change_not_noted",
        what="A sale does not say what cash went back.",
        replaced=(Replacement(tenders, "_take_cash", _without_change),),
        change=at_the_counter,
    ),
    Planted(
        name="price_of_today",
        what="The office judges a sale by the prices of the moment at which it arrives.",
        replaced=(Replacement(sales, "read_sale_plans", _of_today),),
        change=_at_a_calm_counter,
    ),
    Planted(
        name="first_prices_kept",
        what="A till goes on selling at the first prices that it has heard of.",
        replaced=(Replacement(till, "prices_of", _first_prices),),
        change=_at_a_calm_counter,
    ),
    Planted(
        name="topped_up_for_nothing",
        what="A till that asks for stock is told of more than was taken out of it.",
        replaced=(
            Replacement(till_keys, "read_grant", _once_more),
            Replacement(offers, "read_grant", _once_more),
        ),
        change=_scarce,
    ),
    Planted(
        name="return_counted_twice",
        what="What a till gives back of its stock is freed a second time.",
        replaced=(Replacement(sales, "take_back", _twice),),
        change=_scarce,
    ),
    Planted(
        name="silence_is_no",
        what="A till takes a terminal's silence for a no.",
        replaced=(Replacement(OpenSaleBook, "_not_paid", _silence_is_no),),
        change=at_the_counter,
    ),
    Planted(
        name="drops_forgotten",
        what="What is brought to the safe still counts as in the drawer.",
        replaced=(Replacement(ShiftFold, "add", _without_drops),),
        change=at_the_counter,
    ),
)

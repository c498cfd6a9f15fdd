"""Bugs in what tills sell, how it is paid, and what is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from gatekeeper.boxoffice import refund_amounts, refunds_reprints_and_pick_ups, selling
from gatekeeper.boxoffice.open_sales import OpenSaleBook
from gatekeeper.boxoffice.payment_ports import Charge, ChargeState
from gatekeeper.boxoffice.withdrawing import Withdrawer
from gatekeeper.store.use_table import Uses
from server.claims.withdrawal_deciding import WithdrawalDecision
from server.journals import payout_booking, sale_booking, withdrawal_booking
from server.payments import payments_and_payouts
from server.reconciliation import naming_contradictions
from server.ticketing import withdrawals
from server.ticketing.event_price_plan import read_price_plan
from server.ticketing.inventory import Stock, move_stock, read_stock
from server.ticketing.withdrawals import is_ending
from server.tills import allotments, telling_tills_stock, till_keys
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import MINUTE, SECOND
from shared.sales import cash_rounding, discount, tax, tenders
from shared.sales.shift_totals import ShiftFold
from simulator.fault_rates import FREQUENT_FAULTS, NO_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant, constant
from simulator.scenario import BoxOfficeTerms, Scenario, plain


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
        fault_rates=FREQUENT_FAULTS,
        box_office=BoxOfficeTerms(
            currency="CHF",
            limit=120,
            prices_every=MINUTE,
            orders_every=30 * SECOND,
        ),
    )


def at_the_desk(scenario: Scenario) -> Scenario:
    """Let some tickets come to tills and gates again and again, which are cut off by turns."""
    counter = at_the_counter(scenario)
    assert counter.box_office is not None
    return msgspec.structs.replace(
        counter,
        gates=2,
        tickets=40,
        policy=OfflinePolicy.OPEN,
        sale_every=15 * SECOND,
        guests=msgspec.structs.replace(counter.guests, void=0.0, reissued=0.0, undone=0.05),
        fault_rates=msgspec.structs.replace(
            FREQUENT_FAULTS, partition=20 * SECOND, gate_stop=40 * SECOND, server_stop=3 * MINUTE
        ),
        box_office=msgspec.structs.replace(counter.box_office, taken_every=4 * SECOND, wanted=30),
    )


def _at_a_calm_counter(scenario: Scenario) -> Scenario:
    """Let nothing fail but the links to the server, now and then."""
    rates = msgspec.structs.replace(
        NO_FAULTS, partition=20 * SECOND, partition_lasts=(5 * SECOND, 20 * SECOND)
    )
    return msgspec.structs.replace(at_the_counter(scenario), fault_rates=rates)


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


def _first_prices(read: Any) -> Any:
    known: dict[str, Any] = {}

    def prices_at_first(config: Any) -> Any:
        return known.setdefault(config.event_id, read(config))

    return prices_at_first


def _once_more(read_grant: Any) -> Any:
    """Grant a till more than was taken out of the stock."""

    async def read_more(unit: Any, event_id: Any, device_id: Any) -> Any:
        grant = await read_grant(unit, event_id, device_id)
        types = tuple(
            msgspec.structs.replace(one, granted=one.granted + 40, size=one.size + 40)
            for one in grant.types
        )
        return msgspec.structs.replace(grant, types=types)

    return read_more


def _twice(free: Any) -> Any:
    """Free what a till has returned, and as much again."""

    async def free_twice(unit: Any, row: Any, count: int) -> None:
        await free(unit, row, count)
        kind = row.ticket_type_id
        stock = (await read_stock(unit, row.event_id))[kind]
        more = min(count, stock.allotted)
        if more:
            await move_stock(unit, row.event_id, kind, more, out_of=Stock.ALLOTTED, into=None)

    return free_twice


def _silence_is_no(not_paid_as_is: Any) -> Any:
    """Take a terminal's silence for a no."""

    def not_paid(self: OpenSaleBook, draft: Any, part: Any, charge: Charge) -> Any:
        if charge.state is ChargeState.UNKNOWN:
            charge = Charge(ChargeState.DECLINED)
        return not_paid_as_is(self, draft, part, charge)

    return not_paid


def _without_change(part: Any) -> Any:
    def make(**said: Any) -> Any:
        return part(**said | {"change_minor": 0})

    return make


def _without_drops(add: Any) -> Any:
    def add_but_drops(self: Any, entry: Any) -> Any:
        body = entry.body
        if getattr(body, "act", "") == "drop":
            body = msgspec.structs.replace(body, act="count")
            entry = msgspec.structs.replace(entry, body=body)
        return add(self, entry)

    return add_but_drops


def at_a_calm_desk(scenario: Scenario) -> Scenario:
    """Let nothing fail."""
    return msgspec.structs.replace(at_the_desk(scenario), fault_rates=NO_FAULTS)


def _paid_in_parts(scenario: Scenario) -> Scenario:
    """Let many pay by vouchers beside cash and cards, and bring their tickets back soon."""
    desk = at_a_calm_desk(scenario)
    assert desk.box_office is not None
    terms = msgspec.structs.replace(desk.box_office, vouchers=8, taken_every=2 * SECOND)
    return msgspec.structs.replace(desk, sale_every=6 * SECOND, box_office=terms)


def _put_back_at_the_desk(scenario: Scenario) -> Scenario:
    """Let the server be put back to a copy that has forgotten what it granted tills since.

    Prices stay: whoever sold by those that it has forgotten is named for them.
    """
    return _put_back(at_a_calm_desk(scenario))


def _put_back_at_a_busy_desk(scenario: Scenario) -> Scenario:
    """Let gates be cut off as well, and few tickets come again and again, in old and new paper.

    Holders go out soon: whoever is inside keeps older paper out as used, by whatever list.
    """
    desk = _put_back(at_the_desk(scenario))
    assert desk.box_office is not None
    return msgspec.structs.replace(
        desk,
        tickets=16,
        has_reentry=True,
        guests=msgspec.structs.replace(
            desk.guests, leaves=0.8, stays=5 * SECOND, returns=0.2, copied=0.3
        ),
        box_office=msgspec.structs.replace(desk.box_office, taken_every=2 * SECOND, wanted=12),
    )


def _put_back(desk: Scenario) -> Scenario:
    assert desk.box_office is not None
    terms = msgspec.structs.replace(desk.box_office, prices_every=None)
    return msgspec.structs.replace(desk, has_restore=True, box_office=terms)


def _by_the_list(_is_outdone: Any) -> Any:
    def is_outdone(
        self: Uses, ticket_id: Any, generation: int, *, has_passed: bool = True
    ) -> bool:
        del has_passed
        return self.generations.outdoes(ticket_id, generation)

    return is_outdone


def _confirmed_twice(confirm: Any) -> Any:
    """Let what a till has ended be sold again once more."""

    async def confirm_twice(unit: Any, made: Any, row: Any, *place: Any) -> None:
        await confirm(unit, made, row, *place)
        if row is not None and is_ending(made.purpose):
            kind = row.ticket_type_id
            await move_stock(unit, row.event_id, kind, 1, out_of=Stock.SOLD, into=None)

    return confirm_twice


def _same_generation(_becomes: Any) -> Any:
    def becomes_nothing(row: Any, _wanted: Any) -> int:
        return int(row.generation)

    return becomes_nothing


def _full_price(_payable: Any) -> Any:
    def pay_the_price(own: Any, amounts: Any, *_rest: Any) -> list[int]:
        del amounts
        return [one.ticket.price_minor for one in own]

    return pay_the_price


def _first_paid_first(take_last: Any) -> Any:
    """Take what goes back off the part that was paid first."""

    def take_first(left: Any, *rest: Any) -> Any:
        return take_last(left[::-1], *rest)

    return take_first


def _parts_unread(add: Any) -> Any:
    """Count what went back in parts as if it had been by one tender, which is none of them."""

    def add_whole(self: Any, entry: Any) -> Any:
        if getattr(entry.body, "parts", ()):
            entry = msgspec.structs.replace(
                entry, body=msgspec.structs.replace(entry.body, parts=())
            )
        return add(self, entry)

    return add_whole


def _booked_again(book: Any) -> Any:
    """Book each payout under a name that changes, so that a repetition is another one."""

    async def book_again(unit: Any, event_id: Any, order_id: Any, said: Any, moved: Any) -> Any:
        await book(unit, event_id, order_id, said, moved)
        again = msgspec.structs.replace(said, key=f"{said.key} again")
        return await book(unit, event_id, order_id, again, moved)

    return book_again


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
        replaced=(Replacement(tenders, "Part", _without_change),),
        change=at_the_counter,
    ),
    Planted(
        name="price_of_today",
        what="The office judges a sale by the prices of the moment at which it arrives.",
        replaced=(Replacement(sale_booking, "read_sale_plans", _of_today),),
        change=_at_a_calm_counter,
    ),
    Planted(
        name="first_prices_kept",
        what="A till goes on selling at the first prices that it has heard of.",
        replaced=(Replacement(selling, "sold_while_admitting", _first_prices),),
        change=_at_a_calm_counter,
    ),
    Planted(
        name="topped_up_for_nothing",
        what="A till that asks for stock is told of more than was taken out of it.",
        replaced=(
            Replacement(till_keys, "read_grant", _once_more),
            Replacement(telling_tills_stock, "read_grant", _once_more),
        ),
        change=_scarce,
    ),
    Planted(
        name="return_counted_twice",
        what="What a till gives back of its stock is freed a second time.",
        replaced=(Replacement(allotments, "_free", _twice),),
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
    Planted(
        name="refunded_unasked",
        what="A till takes rights away without asking the ledger.",
        replaced=(Replacement(Withdrawer, "_ask", awaited_constant(None)),),
        change=at_a_calm_desk,
    ),
    Planted(
        name="ended_ticket_sold_twice",
        what="A ticket that a till has taken back may be sold again twice.",
        replaced=(Replacement(withdrawal_booking, "confirm_withdrawal", _confirmed_twice),),
        change=at_a_calm_desk,
    ),
    Planted(
        name="own_word_forgotten",
        what="A ledger that was put back does not know again what it let a till take away.",
        replaced=(
            Replacement(
                withdrawal_booking.WithdrawalBooking, "_was_granted", awaited_constant(False)
            ),
        ),
        change=_put_back_at_the_desk,
    ),
    Planted(
        name="older_paper_by_the_list",
        what="A gate believes the list of a ledger that was put back, not what it has let in.",
        replaced=(Replacement(Uses, "is_outdone", _by_the_list),),
        change=_put_back_at_a_busy_desk,
        hours=0.25,
    ),
    Planted(
        name="older_paper_stays_good",
        what="A ticket that was handed over or printed again keeps its generation.",
        replaced=(Replacement(withdrawals, "_becomes", _same_generation),),
        change=at_the_desk,
    ),
    Planted(
        name="used_ticket_refunded",
        what="The ledger grants a withdrawal of a ticket that was used, whoever asks.",
        replaced=(Replacement(WithdrawalDecision, "_is_used", awaited_constant(False)),),
        change=at_a_calm_desk,
    ),
    Planted(
        name="purposes_not_compared",
        what="The ledger does not compare what was taken away with who came in.",
        replaced=(Replacement(naming_contradictions, "find_contradictions", constant([])),),
        change=at_the_desk,
    ),
    Planted(
        name="refund_beyond_coins",
        what="A till pays out the price of a ticket, not what was paid for it in coins.",
        replaced=(Replacement(refunds_reprints_and_pick_ups, "payable", _full_price),),
        change=at_a_calm_desk,
    ),
    Planted(
        name="parts_paid_first_go_first",
        what="Of what was paid in parts the part that was paid first goes back first.",
        replaced=(Replacement(refund_amounts, "_take_last", _first_paid_first),),
        change=_paid_in_parts,
    ),
    Planted(
        name="parts_count_as_one",
        what="A drawer counts what went back in parts as if none of it had been cash.",
        replaced=(Replacement(ShiftFold, "add", _parts_unread),),
        change=_paid_in_parts,
    ),
    Planted(
        name="voucher_part_stays_spent",
        what="What goes back in parts is not put back on the voucher that had paid it.",
        replaced=(Replacement(payments_and_payouts, "refill_voucher", awaited_constant(None)),),
        change=_paid_in_parts,
    ),
    Planted(
        name="refund_booked_twice",
        what="The office books a till's refund twice.",
        replaced=(Replacement(payout_booking, "book_till_payout", _booked_again),),
        change=at_a_calm_desk,
    ),
)

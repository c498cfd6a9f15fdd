"""Bugs in what goes back when an event is called off, or by a bank."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from server.cancelling import cancelling_preview, refunding
from server.cancelling.event_cancelling import get_run
from server.cancelling.refund_plan import RefundPlan
from server.cancelling.refunding import Refunder, _row
from server.claims import withdrawal_deciding
from server.payments import payment_states
from server.payments.payments_and_payouts import left_minor, read_account
from server.payments.till_payouts_on_payments import _Booking
from shared.kernel.instant import MINUTE, SECOND
from simulator.fault_rates import NO_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant
from simulator.planted_bugs.vouchers_and_codes import with_vouchers
from simulator.scenario import BoxOfficeTerms, Scenario


def called_off(scenario: Scenario) -> Scenario:
    """Let the event be called off after a short evening of many sales."""
    bought = with_vouchers(scenario)
    terms = BoxOfficeTerms(vouchers=6, is_called_off=True)
    return msgspec.structs.replace(bought, fault_rates=NO_FAULTS, box_office=terms)


def _with_disputes(scenario: Scenario) -> Scenario:
    """Let holders of cards ask their banks for their money back as well."""
    off = called_off(scenario)
    terms = BoxOfficeTerms(orders_every=4 * SECOND, is_called_off=True, has_disputes=True)
    return msgspec.structs.replace(off, box_office=terms)


def _called_off_by_web(scenario: Scenario) -> Scenario:
    """Let most of what is called off have been bought by the web."""
    off = called_off(scenario)
    terms = BoxOfficeTerms(orders_every=SECOND, is_called_off=True)
    return msgspec.structs.replace(off, box_office=terms, sale_every=MINUTE)


def _whatever_the_bank_says(_open: Any) -> Any:
    def open_minor(payment: Any, payouts: Any) -> int:
        return left_minor(payment, payouts)

    return open_minor


def _says_nothing_of_banks(book: Any) -> Any:
    async def book_in_silence(self: Any, tender: str, amount: int) -> str:
        wrong: str = await book(self, tender, amount)
        return "" if "disputed" in wrong else wrong

    return book_in_silence


def _steps_first(settle: Any) -> Any:
    """Step past an order before its money is on the way."""

    async def settle_later(self: Any, job: Any, event_id: Any, refused: str) -> Any:
        kept = self._give_back

        async def nothing(unit: Any, run: Any, order: Any, *, is_again: bool) -> Any:
            todo.append((order, is_again))
            return _row(unit, run, order, await read_account(unit, order), "none")

        todo: list[Any] = []
        self._give_back = nothing
        try:
            is_onward = await settle(self, job, event_id, refused)
        finally:
            self._give_back = kept
        await asyncio.sleep(1)
        for order, is_again in todo:
            async with self._context.write(job.organization_id) as unit:
                run = await get_run(unit, event_id, is_locked=True)
                await kept(unit, run, order, is_again=is_again)
        return is_onward

    return settle_later


def _keeps_online(plan: Any) -> Any:
    def plan_nothing(tickets: int, earlier: int, payments: Any, **options: Any) -> Any:
        if any(one.tender == "online" for one in payments):
            return RefundPlan()
        return plan(tickets, earlier, payments, **options)

    return plan_nothing


def _if_all_of_it(fold: Any) -> Any:
    """Take no dispute to heart of which somebody says how much it is about."""

    def fold_whole(whole: int, heard: Any, amounts: Any) -> tuple[int, int]:
        folded: tuple[int, int] = fold(whole, heard, amounts)
        return (0, 0) if amounts else folded

    return fold_whole


CALLED_OFF_BUGS: Final = (
    Planted(
        name="till_pays_what_went_back",
        what="A till is granted refunds of a called-off event whose money is sent back already.",
        replaced=(Replacement(withdrawal_deciding, "is_sent_back", awaited_constant(None)),),
        change=called_off,
    ),
    Planted(
        name="run_steps_first",
        what="The run that gives money back steps past an order before it has given it back.",
        replaced=(Replacement(Refunder, "_settle", _steps_first),),
        change=called_off,
    ),
    Planted(
        name="online_money_kept",
        what="Of a called-off event nothing goes back of an order that was paid online.",
        replaced=(Replacement(refunding, "plan_refund", _keeps_online),),
        change=_called_off_by_web,
    ),
    Planted(
        name="disputed_refunded_unasked",
        what="A till is granted a refund of what a bank takes back, without a supervisor.",
        replaced=(Replacement(withdrawal_deciding, "is_disputed", awaited_constant(False)),),
        change=_with_disputes,
    ),
    Planted(
        name="disputed_sent_back",
        what="Of a called-off event what a bank takes back is sent back as well.",
        replaced=(Replacement(cancelling_preview, "open_minor", _whatever_the_bank_says),),
        change=_with_disputes,
    ),
    Planted(
        name="disputed_part_sent_back",
        what="Where a bank takes back a part of a payment, all of it is sent back as well.",
        replaced=(Replacement(payment_states, "_fold_disputes", _if_all_of_it),),
        change=_with_disputes,
    ),
    Planted(
        name="disputed_payout_unsaid",
        what="A till has paid what a bank takes back, and nobody is told.",
        replaced=(Replacement(_Booking, "_book", _says_nothing_of_banks),),
        change=_with_disputes,
    ),
)

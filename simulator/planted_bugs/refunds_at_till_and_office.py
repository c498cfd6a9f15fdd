"""Bugs in what becomes of a ticket that a till is paying back while the office takes it away."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import select

from server.journals import till_entry_booking, withdrawal_booking
from server.orders import paying_and_refunding
from server.ticketing import holds
from server.ticketing.inventory import Stock
from server.ticketing.withdrawals import TicketWithdrawal
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

OF_THE_PAID_BACK: Final = beside_all_else("paid_back")


def _put_back(scenario: Scenario) -> Scenario:
    """Put the server back to an older copy meanwhile."""
    return msgspec.structs.replace(OF_THE_PAID_BACK(scenario), has_restore=True)


def _always_forced(end: Any) -> Any:
    async def force(unit: Any, rows: Any, *, even_if_granted: bool) -> None:
        del even_if_granted
        await end(unit, rows, even_if_granted=True)

    return force


def _nothing_released(_find: Any) -> Any:
    async def find(*_arguments: Any, **_options: Any) -> list[tuple[str, str, str]]:
        return []

    return find


def _stays_held(move: Any) -> Any:
    async def leave(*place: Any, out_of: Any, into: Any) -> None:
        if out_of is not Stock.HELD:
            await move(*place, out_of=out_of, into=into)

    return leave


def _found_ended_too(find: Any) -> Any:
    async def find_more(unit: Any, claim_ids: Any = None) -> list[tuple[str, str, str]]:
        found = list(await find(unit, claim_ids))
        if claim_ids is None:
            return found
        ended = select(
            TicketWithdrawal.organization_id, TicketWithdrawal.event_id, TicketWithdrawal.claim_id
        ).where(
            TicketWithdrawal.claim_id.in_(claim_ids),
            TicketWithdrawal.is_annulled,
            ~TicketWithdrawal.is_confirmed,
        )
        return found + [tuple(row) for row in (await unit.session.execute(ended)).all()]

    return find_more


def _ended_is_free(free: Any) -> Any:
    async def free_again(unit: Any, changes: Any, made: Any) -> Any:
        made.is_annulled = False
        await unit.session.flush()
        return await free(unit, changes, made)

    return free_again


PAID_BACK_BUGS: Final = (
    Planted(
        name="office_ends_what_is_paid_back",
        what="The office takes a ticket for cancelled that a till is only just paying back.",
        replaced=(Replacement(paying_and_refunding, "end_grants", awaited_constant(None)),),
        change=OF_THE_PAID_BACK,
    ),
    Planted(
        name="office_ends_grants_unasked",
        what="The office takes a till's grant back though nobody said that the till is lost.",
        replaced=(Replacement(paying_and_refunding, "end_grants", _always_forced),),
        change=OF_THE_PAID_BACK,
    ),
    Planted(
        name="nothing_paid_unheard",
        what="What a till was granted, and has not paid, is not good again.",
        replaced=(Replacement(till_entry_booking, "find_released", _nothing_released),),
        change=OF_THE_PAID_BACK,
    ),
    Planted(
        name="grant_freed_after_its_end",
        what="What a till was granted and has not paid is freed though a manager has ended it.",
        replaced=(
            Replacement(till_entry_booking, "find_released", _found_ended_too),
            Replacement(withdrawal_booking, "free_withdrawal", _ended_is_free),
        ),
        change=OF_THE_PAID_BACK,
    ),
    Planted(
        name="granted_payout_accused",
        what="A ledger that was put back accuses tills that have paid back what it had granted.",
        replaced=(
            Replacement(
                withdrawal_booking.WithdrawalBooking, "_was_granted", awaited_constant(False)
            ),
        ),
        change=_put_back,
    ),
    Planted(
        name="kept_and_gone",
        what="What a hold kept from sale is not for sale when it is let go.",
        replaced=(Replacement(holds, "move_stock", _stays_held),),
        change=OF_THE_PAID_BACK,
    ),
)

"""Bugs in what becomes of payments that were keyed in under the wrong tender."""

from __future__ import annotations

from typing import Any, Final

from gatekeeper.boxoffice import tickets_with_payments
from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.boxoffice.open_sales import OpenSaleBook
from server.journals import payout_booking, till_entry_booking
from server.payments import tender_moves
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.sales.shift_totals import ShiftFold
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_TENDERS: Final = beside_all_else("tenders")


def _gives(value: Any) -> Any:
    def make(_original: Any) -> Any:
        async def give(*_arguments: Any, **_options: Any) -> Any:
            return value

        return give

    return make


def _as_keyed_in(payments: Any) -> Any:
    return lambda sale, moves: payments(sale, moves[:0])


def _in_memory(_keep: Any) -> Any:
    def keep(self: OpenSaleBook, _event_id: Any, request: Any) -> None:
        vars(self)["_parts"] = request if request.tenders else None

    return keep


def _from_memory(_find: Any) -> Any:
    return lambda self, _event_id: vars(self).get("_parts")


def _before_it_forgot(keep_parts: Any) -> Any:
    def keep(self: OpenSaleBook, event_id: Any, request: Any) -> None:
        if request.tenders:
            keep_parts(self, event_id, request)

    return keep


def _without_moves(add: Any) -> Any:
    def add_others(self: ShiftFold, entry: Any) -> None:
        body = entry.body
        if not (isinstance(body, ShiftBody) and body.act == ShiftAct.TENDER_MOVED):
            add(self, entry)

    return add_others


TENDERS_BUGS: Final = (
    Planted(
        name="parts_are_not_moved",
        what="The office books a moved tender only where it is all of a payment.",
        replaced=(Replacement(tender_moves, "_split", _gives(0)),),
        change=OF_THE_TENDERS,
    ),
    Planted(
        name="moves_are_not_booked",
        what="The office books no moved tender.",
        replaced=(Replacement(till_entry_booking, "book_tender_move", _gives(None)),),
        change=OF_THE_TENDERS,
    ),
    Planted(
        name="moves_not_in_the_drawer",
        what="What was moved counts in no report of the drawer, at the till and at the office.",
        replaced=(Replacement(ShiftFold, "add", _without_moves),),
        change=OF_THE_TENDERS,
    ),
    Planted(
        name="moved_beyond_what_is_booked",
        what="A till moves more than stands under a tender.",
        replaced=(Replacement(DrawerJournal, "find_booked", constant(10**9)),),
        change=OF_THE_TENDERS,
    ),
    Planted(
        name="parts_in_memory_alone",
        what="A till that dies forgets which parts of a sale were paid.",
        replaced=(
            Replacement(OpenSaleBook, "keep_parts", _in_memory),
            Replacement(OpenSaleBook, "find_parts", _from_memory),
        ),
        change=OF_THE_TENDERS,
    ),
    Planted(
        name="parts_given_back_stay",
        what="A till goes on to count parts as paid that were given back.",
        replaced=(Replacement(OpenSaleBook, "keep_parts", _before_it_forgot),),
        change=OF_THE_TENDERS,
    ),
    Planted(
        name="back_as_keyed_in",
        what="A till pays back by the tender that was keyed in, moved or not.",
        replaced=(Replacement(tickets_with_payments, "_payments", _as_keyed_in),),
        change=OF_THE_TENDERS,
    ),
    Planted(
        name="moves_excuse_nobody",
        what="The office names a till that pays back by the tender to which it has moved a sale.",
        replaced=(
            Replacement(till_entry_booking, "book_tender_move", _gives(None)),
            Replacement(payout_booking, "_moves_of", _gives(())),
            Replacement(payout_booking, "is_by_badge", _gives(False)),
        ),
        change=OF_THE_TENDERS,
    ),
)

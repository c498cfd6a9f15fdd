"""Bugs in what goes back of a ticket by an event's refund terms."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.boxoffice import exchanging, refunds_reprints_and_pick_ups
from gatekeeper.boxoffice.tickets_with_payments import OwnTicket
from server.orders import paying_and_refunding
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_TERMS: Final = beside_all_else("terms")


def _all_of_it(_back: Any) -> Any:
    return lambda _terms, price, _at: price


def _for_half(exchanged: Any) -> Any:
    def halve(*arguments: Any, **options: Any) -> list[Any]:
        return [
            msgspec.structs.replace(one, credited_minor=one.credited_minor // 2)
            for one in exchanged(*arguments, **options)
        ]

    return halve


def _rounded_down_twice(tax_in: Any) -> Any:
    def part_of_whole(self: OwnTicket, amount_minor: int) -> int:
        price = self.ticket.price_minor
        return int(tax_in(self, price)) * min(amount_minor, price) // max(1, price)

    return part_of_whole


def _unshown(work: Any) -> Any:
    def forget(self: Any, request: Any) -> Any:
        return work(self, msgspec.structs.replace(request, shown_minor=0))

    return forget


def _nothing_noted(sum_noted: Any) -> Any:
    async def sum_nothing(*said: Any) -> Any:
        return dict.fromkeys(await sum_noted(*said), (0, 0))

    return sum_nothing


TERMS_BUGS: Final = (
    Planted(
        name="tax_of_parts_rounded_down",
        what="A till takes the tax of a part of a price out of its ticket's own, rounded down.",
        replaced=(Replacement(OwnTicket, "tax_in", _rounded_down_twice),),
        change=OF_THE_TERMS,
    ),
    Planted(
        name="till_gives_all_back",
        what="A till knows nothing of refund terms.",
        replaced=(Replacement(refunds_reprints_and_pick_ups, "money_back", _all_of_it),),
        change=OF_THE_TERMS,
    ),
    Planted(
        name="exchanged_for_half",
        what="A ticket that is exchanged pays half of what it has cost.",
        replaced=(Replacement(exchanging, "exchanged", _for_half),),
        change=OF_THE_TERMS,
    ),
    Planted(
        name="exchange_buys_terms_off",
        what="What an exchanged ticket cost more goes back whole, whatever the terms keep.",
        replaced=(Replacement(exchanging, "money_back", _all_of_it),),
        change=OF_THE_TERMS,
    ),
    Planted(
        name="shown_binds_nobody",
        what="A till pays by the terms of now, whatever it has told the guest before.",
        replaced=(
            Replacement(refunds_reprints_and_pick_ups.AfterSale, "_pay_back", _unshown),
            Replacement(exchanging.Exchanges, "plan", _unshown),
        ),
        change=OF_THE_TERMS,
    ),
    Planted(
        name="office_owes_all",
        what="The office knows nothing of its own refund terms.",
        replaced=(Replacement(paying_and_refunding, "money_back", _all_of_it),),
        change=OF_THE_TERMS,
    ),
    Planted(
        name="rest_is_the_whole",
        what="Of what was refunded for less all of the price is owed once more.",
        replaced=(Replacement(paying_and_refunding, "_sum_noted", _nothing_noted),),
        change=OF_THE_TERMS,
    ),
    Planted(
        name="rest_is_forgotten",
        what="The rest of what was refunded for less is promised, and owed by nobody.",
        replaced=(Replacement(paying_and_refunding, "_owe_rest", awaited_constant(None)),),
        change=OF_THE_TERMS,
    ),
)

"""Bugs in what becomes of erased names when the server is put back, and of their tickets."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.persons import erasing, erasing_again, retention
from server.ticketing.finding_and_changing_tickets import lock_tickets
from server.ticketing.inventory import Stock, move_stock
from shared.kernel.id_types import TicketTypeId
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

OF_THE_ERASED: Final = beside_all_else("erasures")


def _put_back(scenario: Scenario) -> Scenario:
    """Put the server back to an older copy meanwhile."""
    return msgspec.structs.replace(OF_THE_ERASED(scenario), has_restore=True)


def _with_the_place(forget: Any) -> Any:
    async def forget_and_free(unit: Any, event_id: Any, ticket_ids: Any) -> int:
        for row in await lock_tickets(unit, event_id, ticket_ids):
            kind = TicketTypeId(row.ticket_type_id)
            await move_stock(unit, event_id, kind, 1, out_of=Stock.SOLD, into=None)
        return int(await forget(unit, event_id, ticket_ids))

    return forget_and_free


ERASED_BUGS: Final = (
    Planted(
        name="copy_brings_back_the_erased",
        what="A server that was put back looks at no list of who was erased since its copy.",
        replaced=(Replacement(erasing_again, "erase_again", awaited_constant(0)),),
        change=_put_back,
    ),
    Planted(
        name="list_of_a_copy_goes_on",
        what="A list that was being taken when a copy was made names the erased anew.",
        replaced=(Replacement(erasing_again, "end_lists_of_copy", awaited_constant(0)),),
        change=_put_back,
    ),
    Planted(
        name="copy_forgets_everybody",
        what="A server that was put back erases everybody in place of whom its list knows.",
        replaced=(Replacement(erasing_again, "_is_theirs", constant(value=True)),),
        change=_put_back,
    ),
    Planted(
        name="files_go_on_naming",
        what="Files of tickets with their holders' names outlive a holder's erasure.",
        replaced=(Replacement(erasing, "forget_named", awaited_constant(0)),),
        change=OF_THE_ERASED,
    ),
    Planted(
        name="erased_place_is_sold",
        what="Whoever is erased has a good ticket, and their place is sold to somebody else.",
        replaced=(Replacement(erasing, "forget_holders", _with_the_place),),
        change=OF_THE_ERASED,
    ),
    Planted(
        name="rule_waits_for_nobody",
        what="Names go by rule while their event owes money, and nobody knows whom to pay.",
        replaced=(Replacement(retention, "_what_comes_first", awaited_constant("")),),
        change=OF_THE_ERASED,
    ),
    Planted(
        name="rule_waits_for_ever",
        what="Names of an event that once owed money never go by rule.",
        replaced=(Replacement(retention, "_what_comes_first", awaited_constant("refunds")),),
        change=OF_THE_ERASED,
    ),
)

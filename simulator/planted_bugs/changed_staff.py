"""Bugs in what becomes of staff who change amid the evening."""

from __future__ import annotations

from typing import Any, Final

from gatekeeper.boxoffice.till_staff import TillStaff
from gatekeeper.gate.supervisor_badge import ShownBadge
from server.accounts import api_keys
from server.ledger import evacuations_on_record
from server.ledger.evacuations_on_record import WordKnowledge
from server.tills import telling_tills_stock
from shared.kernel.instant import Duration, Instant
from shared.sales.cashier_rights import EVERY_RIGHT
from simulator.planted_bugs.planted_bug import (
    Planted,
    Replacement,
    awaited_constant,
    constant,
)
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_STAFF: Final = beside_all_else("staff")


def _at_any_time(supervisors_at: Any) -> Any:
    def all_of_them(self: WordKnowledge, at: Instant, at_error: Duration | None) -> list[Any]:
        del at, at_error
        return [
            one
            for term in self.terms
            for one in supervisors_at(self, term.since, Duration(0))
            if one.id == term.person
        ]

    return all_of_them


STAFF_BUGS: Final = (
    Planted(
        name="unlocked_goes_on",
        what="A supervisor goes on at a gate whose badge was withdrawn, or who was removed.",
        replaced=(Replacement(ShownBadge, "is_good", constant(True)),),
        change=OF_THE_STAFF,
    ),
    Planted(
        name="drawn_anew_signed_nothing",
        what="What a badge has signed before another replaced it counts no more.",
        replaced=(Replacement(evacuations_on_record, "read_former", constant(())),),
        change=OF_THE_STAFF,
    ),
    Planted(
        name="removed_signs_on",
        what="The ledger takes the word of whoever was a supervisor at any time.",
        replaced=(Replacement(WordKnowledge, "supervisors_at", _at_any_time),),
        change=OF_THE_STAFF,
    ),
    Planted(
        name="rights_of_anybody",
        what="A till lets whoever is at work do whatever they ask for.",
        replaced=(Replacement(TillStaff, "rights_of", constant(EVERY_RIGHT)),),
        change=OF_THE_STAFF,
    ),
    Planted(
        name="opened_with_nothing",
        what="A till whose drawer is opened again is not given again what it gave back.",
        replaced=(Replacement(telling_tills_stock, "runs_low", awaited_constant(value=False)),),
        change=OF_THE_STAFF,
    ),
    Planted(
        name="key_not_revoked",
        what="An API key goes on when it was revoked.",
        replaced=(Replacement(api_keys, "revoke_api_key", awaited_constant(None)),),
        change=OF_THE_STAFF,
    ),
)

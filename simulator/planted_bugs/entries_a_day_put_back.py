"""Bugs in what of so many entries a day a server knows that was put back."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.journals.posting import JournalFold
from shared.journal.claim_ids import derive_claim_id
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_a_restore
from simulator.scenario import Scenario

OF_THE_DAY: Final = beside_a_restore("a_day")


def _without_peers(scenario: Scenario) -> Scenario:
    """Let gates know of each other by the ledger alone."""
    return msgspec.structs.replace(OF_THE_DAY(scenario), hello_every=None)


def _not_what_was_granted(force: Any) -> Any:
    def book(self: JournalFold, checked: Any, entry: Any, body: Any, claim_id: Any) -> None:
        if body.mode != "online":
            force(self, checked, entry, body, claim_id)

    return book


def _under_another_id(force: Any) -> Any:
    def book(self: JournalFold, checked: Any, entry: Any, body: Any, claim_id: Any) -> None:
        is_new = body.mode == "online"
        force(self, checked, entry, body, derive_claim_id(checked.hash) if is_new else claim_id)

    return book


A_DAY_BUGS: Final = (
    Planted(
        name="granted_is_booked",
        what="A server that was put back takes what it had granted for booked, and has forgotten.",
        replaced=(Replacement(JournalFold, "_force", _not_what_was_granted),),
        change=_without_peers,
    ),
    Planted(
        name="granted_counts_twice",
        what="What a server that was put back had granted counts beside what its gate has of it.",
        replaced=(Replacement(JournalFold, "_force", _under_another_id),),
        change=_without_peers,
    ),
)

"""Bugs in which show a pass is judged by, and in how often it lets in at each."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.store.use_table import Uses
from server.reconciliation import double_uses
from shared.kernel.instant import Instant
from shared.manifest.fact_building import EventIndex
from shared.manifest.times_of_dates import EARLY_ARRIVAL
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

OF_THE_PASSES: Final = beside_all_else("passes")


def _without_peers(scenario: Scenario) -> Scenario:
    """Let gates know of each other by the ledger alone."""
    return msgspec.structs.replace(OF_THE_PASSES(scenario), hello_every=None)


def _next_one(_occurrence_at: Any) -> Any:
    def find(self: EventIndex, _named: Any, at: Instant) -> Any:
        coming = [
            one
            for one in self.config.occurrences
            if (one.doors_at or one.starts_at) - EARLY_ARRIVAL <= at
        ]
        return coming[-1].id if coming else None

    return find


def _first_one(_occurrence_at: Any) -> Any:
    return lambda self, _named, _at: self.config.occurrences[0].id


def _none_before(_facts: Any) -> Any:
    return lambda _self, _ticket_id: ()


def _nobody(_find: Any) -> Any:
    return lambda *_said: []


PASSES_BUGS: Final = (
    Planted(
        name="next_show_is_on",
        what="A pass is judged by the next show as soon as that one's early guests may come.",
        replaced=(Replacement(EventIndex, "_occurrence_at", _next_one),),
        change=OF_THE_PASSES,
    ),
    Planted(
        name="first_show_stays_on",
        what="A pass is judged by the first show all day.",
        replaced=(Replacement(EventIndex, "_occurrence_at", _first_one),),
        change=OF_THE_PASSES,
    ),
    Planted(
        name="passes_never_spent",
        what="A gate that is cut off forgets who came in on a pass.",
        replaced=(Replacement(Uses, "facts_of", _none_before),),
        change=_without_peers,
    ),
    Planted(
        name="passes_unnamed",
        what="Who comes in twice at one show, by what the event's rules allow, is not named.",
        replaced=(Replacement(double_uses, "find_excess", _nobody),),
        change=OF_THE_PASSES,
    ),
)

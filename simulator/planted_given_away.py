"""Bugs in whom a ledger believes that a home was asked for what it gave away."""

from __future__ import annotations

from typing import Final

import msgspec

from server.journals import posting
from server.reconciliation.passage_rights import Judged
from simulator.planted import Planted, Replacement, constant
from simulator.planted_series import at_the_series
from simulator.scenario import Scenario


def of_the_given_away(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    return msgspec.structs.replace(at_the_series(scenario), has_series=False, has_gifts=True)


GIVEN_AWAY_BUGS: Final = (
    Planted(
        name="gifts_believed_unasked",
        what="What a home says that it gave away counts, whether somebody has asked or not.",
        replaced=(Replacement(posting, "judge_gift", constant(Judged())),),
        change=of_the_given_away,
        hours=0.2,
    ),
    Planted(
        name="gifts_made_up_unnamed",
        what="A home that gives away what nobody has asked for is named to nobody.",
        replaced=(Replacement(posting, "judge_gift", constant(None)),),
        change=of_the_given_away,
        hours=0.2,
    ),
)

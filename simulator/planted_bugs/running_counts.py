"""Bugs in what the database counts by itself, which board and reports go by."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from simulator.nodes import server_node
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.tills_and_money import at_a_calm_desk
from simulator.planted_bugs.zone_shares_and_homes import crowded
from simulator.scenario import Scenario


def _uncounted(*triggers: str) -> Replacement:
    """Have a table lost its triggers, as one has that was rebuilt."""

    def open_without(open_database: Any) -> Any:
        def open_bare(*disk: Any) -> Any:
            connection = open_database(*disk)
            kept = "SELECT name FROM sqlite_master WHERE type='trigger'"
            for (name,) in connection.execute(kept).fetchall():
                if name.startswith(triggers):
                    connection.execute(f"DROP TRIGGER {name}")
            return connection

        return open_bare

    return Replacement(server_node, "open_server_database", open_without)


def _hasty(scenario: Scenario) -> Scenario:
    """Let many admissions be taken back, also of who had gone out and come again."""
    found = crowded(scenario)
    guests = msgspec.structs.replace(found.guests, undone=0.5, undone_late=0.3)
    return msgspec.structs.replace(found, guests=guests)


RUNNING_COUNT_BUGS: Final = (
    Planted(
        name="payouts_uncounted",
        what="What goes back is not counted, and the board says that it is still there.",
        replaced=(_uncounted("tally_payouts"),),
        change=at_a_calm_desk,
    ),
    Planted(
        name="late_payments_uncounted",
        what="A payment that changes when it is booked is counted as it was.",
        replaced=(_uncounted("tally_payments_update"),),
        change=at_a_calm_desk,
    ),
    Planted(
        name="undone_counted_inside",
        what="Whose admission was taken back stays inside on the board.",
        replaced=(_uncounted("tally_alone_update", "tally_inside_update"),),
        change=_hasty,
    ),
)

"""Bugs in counting who is inside a zone whose limit the organizer changes, or who goes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from server.ledger import lookups, rows
from server.ledger.uses import UseRecord
from shared.kernel.id_types import EventId
from shared.kernel.instant import MINUTE, SECOND
from simulator.fault_rates import FaultRates
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant
from simulator.planted_bugs.zone_shares_and_homes import crowded
from simulator.scenario import Scenario, change_limits


def _with_changes(scenario: Scenario) -> Scenario:
    """Let the organizer set and lift the limit of a crowded zone every few minutes."""
    return change_limits(crowded(scenario), 2 * MINUTE)


def _with_crashes(scenario: Scenario) -> Scenario:
    """Let gates crash before their disk has the ledger's word, while people go out and come."""
    full = crowded(scenario)
    return msgspec.structs.replace(
        full,
        tickets=200,
        early_tickets=0,
        group_tickets=0,
        capacity=40,
        fault_rates=FaultRates(
            partition=None, gate_stop=20 * SECOND, crash_at="scan.before_commit"
        ),
        guests=msgspec.structs.replace(full.guests, leaves=1.0, returns=0.0, patience=2),
    )


def _zeros_kept(put: Any) -> Any:
    async def put_zeros(
        transaction: Any, org: str, event_id: EventId, inside: Mapping[str, int]
    ) -> None:
        await put(transaction, org, event_id, dict.fromkeys(inside, 0))

    return put_zeros


def _free_at_once(_persons: Any) -> Any:
    def persons(self: UseRecord) -> int:
        return self.count if self.direction == "in" else -self.count

    return property(persons)


LIMIT_BUGS: Final = (
    Planted(
        name="count_from_nobody",
        what="A limit that is set while people are inside takes the zone for empty.",
        replaced=(Replacement(rows, "set_presence", _zeros_kept),),
        change=_with_changes,
    ),
    Planted(
        name="count_kept_unlimited",
        what="A limit that is set again goes on with the count of when it was lifted.",
        replaced=(Replacement(lookups, "stop_counting", awaited_constant(None)),),
        change=_with_changes,
        hours=0.5,
    ),
    Planted(
        name="exit_room_early",
        what="An exit makes room when the ledger has granted it, on no gate's disk yet.",
        replaced=(Replacement(UseRecord, "persons", _free_at_once),),
        change=_with_crashes,
        hours=0.5,
    ),
)

"""Bugs in who is charged for a place and gets it back: undo after an exit, an exit shown twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from gatekeeper.gate import recorder
from gatekeeper.store.use_table import KnownUse as Use
from gatekeeper.store.zone_share_table import ZoneShares
from server.journals import posting
from server.ledger.uses import UseRecord
from shared.kernel.id_types import EventId
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.zone_shares_and_homes import crowded
from simulator.scenario import Scenario


def _with_slips(scenario: Scenario) -> Scenario:
    """Let most who come go out, be scanned out again elsewhere, and be undone too late."""
    full = crowded(scenario)
    guests = msgspec.structs.replace(
        full.guests, leaves=0.8, returns=0.2, out_again=0.5, undone_late=0.5
    )
    return msgspec.structs.replace(full, guests=guests)


def _all_that_it_was(_take_back: Any) -> Any:
    def free(self: ZoneShares, use: Use) -> None:
        self.free(use.claim_id)

    return free


def _by_the_sum(_owed: Any) -> Any:
    def owed(uses: Iterable[UseRecord]) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for use in uses:
            if use.allotted and not use.is_annulled:
                key = (use.zone_id, use.device_id)
                found[key] = found.get(key, 0) + use.allotted
        return found

    return owed


def _nobody_away(_away: Any) -> Any:
    def away(_store: Any, _event_id: EventId, case: Any) -> int:
        return len(case.uses)

    return away


ROOM_BUGS: Final = (
    Planted(
        name="undo_credits_twice",
        what="An entry that is taken back after its exit frees its place a second time.",
        replaced=(Replacement(ZoneShares, "take_back", _all_that_it_was),),
        change=_with_slips,
        hours=0.5,
    ),
    Planted(
        name="exit_credits_anybody",
        what="A gate puts into its share whoever goes out, whoever had let them in.",
        replaced=(Replacement(ZoneShares, "owed", constant(1 << 30)),),
        change=_with_slips,
        hours=0.5,
    ),
    Planted(
        name="ledger_credits_by_sum",
        what="The ledger adds up what passages charge and credit, taken-back entries or not.",
        replaced=(Replacement(posting, "owed_by_device", _by_the_sum),),
        change=_with_slips,
        hours=0.5,
    ),
    Planted(
        name="returns_for_nothing",
        what="A gate lets holders in at no cost to its share though nobody was evacuated.",
        replaced=(Replacement(recorder, "persons_away", _nobody_away),),
        change=_with_slips,
        hours=0.5,
    ),
)

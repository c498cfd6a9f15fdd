"""Bugs in what a device may say by manual codes that it has read from its list."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.gate.asking_peers import LanPeers
from server.reconciliation.typed_codes import TypedCodes
from simulator.fault_rates import NO_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

WHERE_LISTS_ARE_READ_OUT: Final = beside_all_else("listed")


def _where_all_reach_the_server(scenario: Scenario) -> Scenario:
    """Let nothing cut the gates off, which hear each other as well."""
    return msgspec.structs.replace(WHERE_LISTS_ARE_READ_OUT(scenario), fault_rates=NO_FAULTS)


def _not_asked(_original: Any) -> Any:
    async def bring_nothing(*_: object) -> frozenset[str]:
        return frozenset()

    return bring_nothing


LISTED_BUGS: Final = (
    Planted(
        name="manual_codes_without_a_pace",
        what="Whatever a device proves by a manual code counts, be it the whole list.",
        replaced=(Replacement(TypedCodes, "may_take", constant(True)),),
        change=WHERE_LISTS_ARE_READ_OUT,
        hours=0.2,
    ),
    Planted(
        name="peers_word_before_the_ledgers",
        what="What a peer alone tells of a holder keeps them out, though the ledger does not.",
        replaced=(Replacement(LanPeers, "bring", _not_asked),),
        change=_where_all_reach_the_server,
        hours=0.2,
    ),
)

"""Bugs in what devices may let in on their own: shares of a zone's capacity, and homes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.store.home_surrenders import HomeSurrenders
from gatekeeper.store.use_table import Uses
from gatekeeper.store.zone_share_table import ZoneShares
from server.claims import batch_reading
from server.db.unit import Unit
from server.devices.finding_devices import list_devices
from server.homes import spreading_again
from server.keys.ledger_codes import LedgerCodes
from server.ledger import places_taken_while_posting
from server.ledger.uses import UseRecord
from server.reconciliation.conflict_recorder import ConflictRecorder
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.id_types import DeviceId, EventId, ZoneId
from shared.kernel.instant import MINUTE, SECOND
from simulator.fault_rates import NO_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.scenario import Scenario, limit, plain

CROWD: Final = 0.3
"""The share of all ticket holders whom a zone holds in worlds of these bugs."""


def crowded(scenario: Scenario) -> Scenario:
    """Let a few gates, often cut off, fill a zone that holds a third of those who come."""
    return limit(
        msgspec.structs.replace(
            plain(scenario),
            gates=3,
            policy=OfflinePolicy.OPEN,
            has_restore=False,
            hello_every=None,
        ),
        CROWD,
    )


def _crowded_and_put_back(scenario: Scenario) -> Scenario:
    """Let the server be put back to a copy that has forgotten what it granted since."""
    return msgspec.structs.replace(crowded(scenario), has_restore=True)


def _with_moves(scenario: Scenario) -> Scenario:
    """Let homes move all the time, be asked at once, and many copies come."""
    return msgspec.structs.replace(
        plain(scenario),
        gates=4,
        policy=OfflinePolicy.HOME,
        moves_every=MINUTE,
        has_restore=False,
        has_push=True,
        hello_every=SECOND,
        fault_rates=msgspec.structs.replace(scenario.fault_rates, partition=MINUTE),
        guests=msgspec.structs.replace(scenario.guests, copied=0.9, at_once=0.9, goes_home=0.3),
    )


def _with_hasty_moves(scenario: Scenario) -> Scenario:
    """Let homes move every few seconds, while links lose what the ledger answers."""
    rates = msgspec.structs.replace(NO_FAULTS, links=10 * SECOND)
    moved = _with_moves(scenario)
    return msgspec.structs.replace(
        moved,
        gates=3,
        moves_every=10 * SECOND,
        poll=5 * SECOND,
        hello_every=None,
        fault_rates=rates,
        guests=msgspec.structs.replace(moved.guests, goes_home=0.9, copied=0.5),
    )


def _with_spreads(scenario: Scenario) -> Scenario:
    """Let homes be spread again and again, also while one is cut off to whom its holders go."""
    moved = _with_moves(scenario)
    return msgspec.structs.replace(
        moved,
        moves_every=20 * SECOND,
        hello_every=None,
        fault_rates=msgspec.structs.replace(NO_FAULTS, partition=30 * SECOND),
        guests=msgspec.structs.replace(moved.guests, goes_home=0.9),
    )


def _with_asks(scenario: Scenario) -> Scenario:
    """Let homes hear of what they are asked a second late, and copies come in the same second."""
    return msgspec.structs.replace(
        _with_moves(scenario),
        moves_every=10 * MINUTE,
        has_push=False,
        poll=SECOND,
        hello_every=None,
        fault_rates=msgspec.structs.replace(
            scenario.fault_rates, partition=None, gate_stop=5 * MINUTE
        ),
        guests=msgspec.structs.replace(scenario.guests, copied=0.95, at_once=1.0, goes_home=0.0),
    )


def _with_loss(scenario: Scenario) -> Scenario:
    """Let one home be declared lost that goes on admitting."""
    return msgspec.structs.replace(
        _with_moves(scenario),
        gates=3,
        moves_every=10 * MINUTE,
        loses_home=True,
        fault_rates=msgspec.structs.replace(scenario.fault_rates, gate_stop=None),
        guests=msgspec.structs.replace(scenario.guests, copied=0.9, goes_home=0.7),
    )


def _everybody_is_lost(_read: Any) -> Any:
    async def read_all(unit: Unit, _event_id: EventId) -> set[DeviceId]:
        return {one.id for one in await list_devices(unit)}

    return read_all


def _no_shares(_read: Any) -> Any:
    async def read_nothing(
        _transaction: Any, _org: str, _event_id: EventId, zone_ids: Iterable[ZoneId]
    ) -> Any:
        return {zone_id: {} for zone_id in zone_ids}

    return read_nothing


def _entries_only(add: Any) -> Any:
    def add_entries(self: ZoneShares, event_id: EventId, zone_id: ZoneId, persons: int) -> None:
        if persons > 0:
            add(self, event_id, zone_id, persons)

    return add_entries


def _exits_uncounted(count: Any) -> Any:
    def count_entries(uses: Iterable[UseRecord], zone_id: ZoneId, windows: Any = ()) -> Any:
        heard = [use for use in uses if use.direction == "in" or use.source != "journal"]
        return count(heard, zone_id, windows)

    return count_entries


def _as_they_are(_name: Any) -> Any:
    async def named(_self: ConflictRecorder, findings: Any) -> Any:
        return list(findings)

    return named


def _with_homes_and_a_wrong_server(scenario: Scenario) -> Scenario:
    """Let homes be published by a server whose clock is ahead, and gates start anew often."""
    return msgspec.structs.replace(
        plain(scenario),
        gates=3,
        policy=OfflinePolicy.HOME,
        has_restore=False,
        hello_every=None,
        fault_rates=msgspec.structs.replace(
            scenario.fault_rates, server_ahead=10 * MINUTE, clock_step=None
        ),
        guests=msgspec.structs.replace(scenario.guests, goes_home=0.8),
    )


def _by_the_clock(_caught_up: Any) -> Any:
    def has_caught_up(self: EventKnowledge) -> bool:
        known = self._store.feeds.get(self.event_id).knowledge_at
        return known is not None and known >= self._manifest.document.issued_at

    return property(has_caught_up)


RIGHTS_BUGS: Final = (
    Planted(
        name="caught_up_by_clock",
        what="A gate compares the times of manifest and page to know whether it has heard all.",
        replaced=(Replacement(EventKnowledge, "has_caught_up", _by_the_clock),),
        change=_with_homes_and_a_wrong_server,
    ),
    Planted(
        name="shares_forgotten",
        what="The ledger lets in on room that devices may fill by themselves.",
        replaced=(Replacement(batch_reading, "read_shares", _no_shares),),
        change=crowded,
        hours=0.5,
    ),
    Planted(
        name="grant_disbelieved",
        what="A ledger that was put back does not know its own grants again.",
        replaced=(Replacement(LedgerCodes, "proves", constant(False)),),
        change=_crowded_and_put_back,
    ),
    Planted(
        name="exit_not_credited",
        what="A device does not put back into its share whom it lets out.",
        replaced=(Replacement(ZoneShares, "_add", _entries_only),),
        change=crowded,
    ),
    Planted(
        name="exit_credits_nobody",
        what="The ledger does not take from a zone whom a cut-off gate let out.",
        replaced=(Replacement(places_taken_while_posting, "places_in", _exits_uncounted),),
        change=crowded,
    ),
    Planted(
        name="given_and_kept",
        what="A home does not note as used what it has given away.",
        replaced=(Replacement(Uses, "add_given", constant(None)),),
        change=_with_asks,
    ),
    Planted(
        name="surrendered_and_kept",
        what="A home signs that it gives its tickets up, and goes on admitting on them.",
        replaced=(Replacement(HomeSurrenders, "give_up", constant(None)),),
        change=_with_hasty_moves,
    ),
    Planted(
        name="loss_not_said",
        what="Doubles of a home that was declared lost are reported as anybody's.",
        replaced=(Replacement(ConflictRecorder, "_named_rightly", _as_they_are),),
        change=_with_loss,
    ),
    Planted(
        name="spread_without_asking",
        what="Homes that are spread again are moved without those that have them giving them up.",
        replaced=(Replacement(spreading_again, "read_lost", _everybody_is_lost),),
        change=_with_spreads,
    ),
)

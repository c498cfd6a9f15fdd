"""Bugs among the gates of a venue, where the server is away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from gatekeeper.gate.asking_peers import LanPeers
from gatekeeper.lan import claims_among_gates
from gatekeeper.lan.lan_verdict import LanAnswer
from gatekeeper.lan.peer_addresses import Address, PeerAddresses
from gatekeeper.store.told_to_peers import StorePromises
from gatekeeper.store.use_table import Uses
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import MINUTE, SECOND
from shared.lan.actions import Change, Keep
from shared.lan.peer import LanPeer
from simulator.fault_rates import FREQUENT_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.scenario import Scenario, plain


def _among_gates(scenario: Scenario) -> Scenario:
    """Let gates ask each other, and many copies come."""
    return msgspec.structs.replace(
        scenario,
        policy=OfflinePolicy.OPEN,
        hello_every=5 * SECOND,
        has_restore=False,
        guests=msgspec.structs.replace(scenario.guests, copied=0.8),
    )


def _many_groups(scenario: Scenario) -> Scenario:
    """Let parties of a group come with the old paper and the new."""
    return msgspec.structs.replace(
        scenario,
        policy=OfflinePolicy.OPEN,
        gates=2,
        hello_every=None,
        has_restore=False,
        tickets=0,
        early_tickets=0,
        group_tickets=scenario.tickets,
        guests=msgspec.structs.replace(scenario.guests, reissued=0.8),
    )


def _always_free(judge: Any) -> Any:
    def judge_free(*arguments: Any) -> Any:
        verdict = judge(*arguments)
        return msgspec.structs.replace(verdict, answer=LanAnswer.FREE, holds=())

    return judge_free


def _without_entries(save: Any) -> Any:
    async def save_claims_only(self: StorePromises, changes: Sequence[Change]) -> None:
        await save(self, [change for change in changes if not isinstance(change, Keep)])

    return save_claims_only


def _on_any_port(scenario: Scenario) -> Scenario:
    """Let gates be started anew on other ports, and leave all links alone."""
    rates = msgspec.structs.replace(
        FREQUENT_FAULTS,
        partition=None,
        server_stop=None,
        disk_full=None,
        links=None,
        gate_stop=2 * MINUTE,
    )
    return msgspec.structs.replace(
        scenario,
        gates=3,
        hello_every=SECOND,
        poll=5 * SECOND,
        has_any_port=True,
        has_restore=False,
        dishonest_gate=0,
        fault_rates=rates,
        guests=msgspec.structs.replace(scenario.guests, copied=0.8, at_once=0.2),
    )


def _overheard(scenario: Scenario) -> Scenario:
    """Let gates live on each other, and somebody listen and ask again."""
    rates = msgspec.structs.replace(
        FREQUENT_FAULTS,
        partition=None,
        server_stop=None,
        disk_full=None,
        links=None,
        outage=MINUTE,
    )
    return msgspec.structs.replace(
        plain(scenario),
        gates=3,
        policy=OfflinePolicy.OPEN,
        hello_every=SECOND,
        has_restore=False,
        fault_rates=rates,
        is_overheard=True,
    )


def _where_it_was(_targets: Any) -> Any:
    def targets(self: PeerAddresses, device_id: DeviceId, **_how: bool) -> list[Address]:
        proven = self.proven(device_id)
        return [proven] if proven is not None else self.tries(device_id)

    return targets


LAN_BUGS: Final = (
    Planted(
        name="recording_answered",
        what="A gate answers what a peer has asked, whoever sends it again and however late.",
        replaced=(Replacement(LanPeer, "take_fresh", constant(value=True)),),
        change=_overheard,
        hours=0.1,
    ),
    Planted(
        name="only_where_it_was",
        what="A gate is looked for only where it was when it last proved its address.",
        replaced=(Replacement(PeerAddresses, "targets", _where_it_was),),
        change=_on_any_port,
    ),
    Planted(
        name="peers_not_counted",
        what="The gate asks its peers, and counts nothing of what they say.",
        replaced=(
            Replacement(claims_among_gates, "judge_settlement", _always_free),
            Replacement(LanPeers, "held", constant([])),
            Replacement(StorePromises, "save", _without_entries),
        ),
        change=_among_gates,
    ),
    Planted(
        name="newer_paper_forgotten",
        what="The gate does not remember that it was shown a newer credential.",
        replaced=(Replacement(Uses, "is_outdone", constant(value=False)),),
        change=_many_groups,
    ),
)

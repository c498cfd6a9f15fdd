"""Bugs that a dishonest relay, or somebody on the way, brings to light: what nobody proves."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.device import lan_link
from gatekeeper.sync.proven_requests_and_answers import ProvenRequest
from server.exchange import relayed_by_gates
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import MINUTE, SECOND
from shared.manifest.signed_document import decode_document
from shared.wire.claim import ClaimAnswer
from shared.wire.relayed_by_gates import RelayedWord
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.scenario import Scenario, plain


def _with_a_dishonest_relay(scenario: Scenario) -> Scenario:
    """Let a dishonest gate carry for others much of the time."""
    return msgspec.structs.replace(
        plain(scenario),
        gates=4,
        policy=OfflinePolicy.OPEN,
        hello_every=SECOND,
        has_restore=False,
        dishonest_gate=1,
        fault_rates=msgspec.structs.replace(
            scenario.fault_rates, partition=None, server_stop=None, gate_stop=10 * MINUTE
        ),
    )


def _meddled(scenario: Scenario) -> Scenario:
    """Let somebody rewrite a third of what the server answers to two gates."""
    return msgspec.structs.replace(
        plain(scenario),
        gates=2,
        tills=1,
        policy=OfflinePolicy.OPEN,
        hello_every=None,
        has_push=False,
        has_restore=False,
        meddled=0.3,
        guests=msgspec.structs.replace(scenario.guests, forged=0.5),
    )


def _believe(_read: Any) -> Any:
    def read_unproven(encoded: bytes, _request: bytes, **_trust: Any) -> ClaimAnswer:
        word = msgspec.msgpack.decode(decode_document(encoded).body, type=RelayedWord)
        return msgspec.json.decode(word.answer, type=ClaimAnswer)

    return read_unproven


RELAY_BUGS: Final = (
    Planted(
        name="answer_unproven",
        what="A device takes whatever arrives for the server's answer.",
        replaced=(Replacement(ProvenRequest, "is_answered", constant(value=True)),),
        change=_meddled,
        hours=0.1,
    ),
    Planted(
        name="relay_believed",
        what="A gate obeys what a peer brings of the ledger, whoever has signed it.",
        replaced=(Replacement(lan_link, "read_word", _believe),),
        change=_with_a_dishonest_relay,
    ),
    Planted(
        name="relayed_claim_unsigned",
        what="The server decides a claim that a peer brings, whoever has signed it.",
        replaced=(Replacement(relayed_by_gates, "is_valid", constant(value=True)),),
        change=_with_a_dishonest_relay,
    ),
)

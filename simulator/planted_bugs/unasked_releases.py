"""Bugs in what ledger and gates believe of one device that gives and lets in as it likes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.gate import passages_by_peers
from gatekeeper.gate.asking_peers import LanPeers
from gatekeeper.lan.lan_verdict import LanAnswer, LanVerdict
from server.journals import passage_judging
from server.reconciliation.passage_rights import Judged
from shared.journal.passage_proof import PassageProof
from shared.kernel.instant import SECOND
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

OF_THE_GIVEN_AWAY: Final = beside_all_else("gifts")


def _without_server(scenario: Scenario) -> Scenario:
    """Let the gates hear each other."""
    return msgspec.structs.replace(OF_THE_GIVEN_AWAY(scenario), hello_every=SECOND)


def _home_alone(ask: Any) -> Any:
    async def claim_nothing(*_arguments: Any, **_options: Any) -> LanVerdict:
        return LanVerdict(LanAnswer.FREE)

    async def asked(self: LanPeers, *arguments: Any) -> Any:
        parts = vars(self.rung)
        parts["claim"] = claim_nothing
        try:
            return await ask(self, *arguments)
        finally:
            del parts["claim"]

    return asked


GIVEN_AWAY_BUGS: Final = (
    Planted(
        name="gifts_believed_unasked",
        what="What a home says that it gave away counts, whether somebody has asked or not.",
        replaced=(Replacement(passage_judging, "judge_gift", constant(Judged())),),
        change=OF_THE_GIVEN_AWAY,
        hours=0.2,
    ),
    Planted(
        name="gifts_made_up_unnamed",
        what="A home that gives away what nobody has asked for is named to nobody.",
        replaced=(Replacement(passage_judging, "judge_gift", constant(None)),),
        change=OF_THE_GIVEN_AWAY,
        hours=0.2,
    ),
    Planted(
        name="home_believed_alone",
        what="Two gates to which a home gives one entry at once do not ask each other.",
        replaced=(Replacement(LanPeers, "ask_home", _home_alone),),
        change=_without_server,
    ),
    Planted(
        name="passages_believed_among_gates",
        what="A gate believes whatever passage another signs, read or not.",
        replaced=(Replacement(passages_by_peers, "_judge_code", constant(PassageProof.PROVEN)),),
        change=_without_server,
    ),
)

"""The organizer closes cut-off gates while one of them asks the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gatekeeper.gate.asking_peers import LanPeers
from gatekeeper.gate.requests import Scan
from tests.factories.gate_event import make_config
from tests.factories.gate_venue import GateVenue


async def test_peers_let_nobody_in_once_their_word_is_not_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The organizer has closed cut-off gates, and that is heard while the peers are asked."""
    two = GateVenue(tmp_path, 2)
    code, other = two.server.office.sell(), two.server.office.sell()
    north, _ = await two.open_all()
    peers = north.lane.peers
    assert isinstance(peers, LanPeers)
    ask = peers.rung.claim

    async def claim_meanwhile(*args: Any, **options: Any) -> Any:
        verdict = await ask(*args, **options)
        two.server.office.config = make_config(offline_policy="closed")
        two.server.change_config()
        two.server.is_cut = False
        await north.sync_once()
        two.server.is_cut = True
        return verdict

    assert (await north.scan(Scan(other))).mode == "lan", "until then it is"
    monkeypatch.setattr(peers.rung, "claim", claim_meanwhile)
    answer = await north.scan(Scan(code))
    assert (answer.verdict, answer.reason, answer.mode) == ("deny", "offline_policy", "lan")
    await two.close()

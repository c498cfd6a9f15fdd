"""A short soak in the suite; the long one, on both databases, is `make soak`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from soak.plan import Size
from soak.run import Soak
from tests.factories.programs import warm_tools
from tests.factories.running_server import RunningServer

pytestmark = pytest.mark.slow

SHORT = Size(lanes=3, tickets=90, seconds=3.0, server_kills=1, lane_kills=1, cuts=2)


def test_nothing_is_lost_and_no_double_use_unfound_when_everything_fails(tmp_path: Path) -> None:
    """A server, links and lanes die at random; healed, all entries, uses and conflicts agree."""
    server = RunningServer(tmp_path / "server")
    server.start()
    try:
        with warm_tools():
            summary = asyncio.run(Soak(server, tmp_path, seed=7, size=SHORT).run())
    finally:
        server.stop()
    assert summary["violations"] == []
    assert summary["entries_at_server"] == summary["entries"]
    assert summary["conflicts"] == summary["double_uses"]
    assert summary["faults"]["server killed"] == 1

"""Strangers who hold a server's sockets: enrolled gates are answered all the same."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bench.claims import claim_requests
from server.serving.sockets import BODY_GRACE_S, HEAD_S, STRANGERS_MAX
from tests.factories.running_server import RunningServer, running_server
from tests.factories.strangers import (
    HALF_A_BODY,
    NOTHING,
    WHOLE_REQUEST,
    ask,
    bad_enrolments,
    open_count,
    push_of,
    siege,
    timed_claims,
)
from tests.factories.waiting import until

__all__ = ["running_server"]
pytestmark = [pytest.mark.integration, pytest.mark.slow]

CLAIMS = 60
PATIENCE_S = 5.0
"""A claim that takes longer is lost; `python -m bench strangers` holds the real figure."""


@pytest.fixture
def gates(running_server: RunningServer, tmp_path: Path) -> Gates:
    """Give gates of a seeded event."""
    file = tmp_path / "load.json"
    words = ["--tickets", "400", "--gates", "1", "--devices", "2", "--export", str(file)]
    running_server.done("seed", *words)
    return Gates(running_server, json.loads(file.read_text()))


class Gates:
    """Devices that claim."""

    def __init__(self, server: RunningServer, load: dict[str, Any]) -> None:
        self.port = server.port
        self.tokens: list[str] = load["device_tokens"]
        tickets = ((code, load["gates"]) for code in load["codes"])
        self.requests = claim_requests(load["device_tokens"], tickets)

    def answered(self, count: int = CLAIMS) -> int:
        """Claim, on connections of which every tenth is new; return how many were answered."""
        requests = [next(self.requests) for _ in range(count)]
        taken = timed_claims(self.port, requests, fresh_every=10, timeout_s=PATIENCE_S)
        return sum(one is not None for one in taken)


@pytest.mark.parametrize(
    ("count", "said"),
    [(1_100, NOTHING), (1_100, HALF_A_BODY), (2_500, WHOLE_REQUEST)],
    ids=["silent", "unfinished bodies", "idle"],
)
def test_sockets_of_a_stranger_keep_no_gate_out(gates: Gates, count: int, said: bytes) -> None:
    """Enrolled gates claim on, also by new connections, and the stranger's sockets end."""
    with siege(gates.port, count, said) as held:
        assert gates.answered() == CLAIMS
        # Each of two workers may hold so many, for as long as a deadline lasts.
        assert open_count(held) <= 2 * STRANGERS_MAX
        deadline = HEAD_S + BODY_GRACE_S + PATIENCE_S
        until(lambda: open_count(held) == 0, seconds=deadline + PATIENCE_S)


def test_websockets_of_strangers_and_of_a_stolen_token_keep_no_gate_out(gates: Gates) -> None:
    """200 that never finish a frame, half of them with a device's token: gates claim on."""
    stolen = push_of(gates.tokens[1])
    with (
        siege(gates.port, 100, push_of("gkd_nobody")) as strangers,
        siege(gates.port, 100, stolen),
    ):
        assert gates.answered() == CLAIMS
        until(lambda: open_count(strangers) == 0, seconds=3 * HEAD_S)


def test_guesses_at_enrolment_codes_keep_no_gate_out(gates: Gates) -> None:
    """Guesses beyond the limit are refused before they ask the database, and gates claim on."""
    statuses: list[int] = []

    async def guess() -> None:
        async with bad_enrolments(gates.port, 1_000, in_flight=20) as answered:
            pass
        statuses.extend(answered)

    guessing = threading.Thread(target=lambda: asyncio.run(guess()))
    guessing.start()
    assert gates.answered() == CLAIMS
    guessing.join()
    assert len(statuses) == 1_000
    assert _share(statuses, 429) > 0.9


def _share(statuses: Sequence[int], wanted: int) -> float:
    return statuses.count(wanted) / len(statuses)


def test_a_gate_keeps_its_quiet_connection(gates: Gates) -> None:
    """A connection on which a device was known outlives the strangers' deadlines and numbers."""
    with socket.create_connection(("127.0.0.1", gates.port), PATIENCE_S) as line:
        assert ask(line, next(gates.requests)).startswith(b"HTTP/1.1 200")
        with siege(gates.port, STRANGERS_MAX + 400, NOTHING) as held:
            until(lambda: open_count(held) == 0, seconds=3 * HEAD_S)
        assert ask(line, next(gates.requests)).startswith(b"HTTP/1.1 200")

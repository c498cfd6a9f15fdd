"""Strangers who hold a server's sockets: enrolled gates are answered all the same.

Sizes are what fills a worker and no more; `python -m bench strangers` plays the full ones, and
holds how long a claim may take meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from bench.claims import claim_requests
from bench.senders import Sender, senders_of
from server.serving.connection_limits_and_deadlines import BODY_GRACE_S, HEAD_S, STRANGERS_MAX
from server.serving.connections import PIPELINED_MAX
from tests.factories.postgres import PostgresCluster
from tests.factories.running_server import RunningServer, run_server
from tests.factories.strangers import (
    CRUMBS_OF_A_BODY,
    CRUMBS_OF_A_MESSAGE,
    HALF_A_BODY,
    HALF_A_HEAD,
    MANY_HEADERS,
    MANY_PINGS,
    NOTHING,
    PING,
    PONG,
    WHOLE_REQUEST,
    ask,
    bad_enrolments,
    open_count,
    opening_of,
    push_of,
    siege,
    timed_claims,
)
from tests.factories.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.either_database]

CLAIMS: Final = 40
TICKETS: Final = 300
PATIENCE_S: Final = 60.0
"""Nothing is timed here: whoever waits so long on a busy machine was kept out."""

GUESSES: Final = 200
LISTENERS: Final = 40
NOBODY: Final = Sender("gkd_nobody")


class Gates:
    """Devices of a seeded event, which claim."""

    def __init__(self, server: RunningServer, load: dict[str, Any]) -> None:
        self.port = server.port
        self.workers = server.workers
        self.senders = senders_of(load)
        tickets = ((code, load["gates"]) for code in load["codes"])
        self.requests = claim_requests(self.senders, tickets)

    @property
    def strangers_max(self) -> int:
        """Return how many sockets of strangers the server keeps."""
        return self.workers * STRANGERS_MAX

    def answered(self, count: int = CLAIMS) -> int:
        """Claim, on connections of which every tenth is new; return how many were answered."""
        requests = [next(self.requests) for _ in range(count)]
        taken = timed_claims(self.port, requests, fresh_every=10, timeout_s=PATIENCE_S)
        return sum(one is not None for one in taken)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def gates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gates]:
    """Give gates of a server of two workers, on SQLite, then on PostgreSQL."""
    folder = tmp_path_factory.mktemp("strangers")
    if request.param == "sqlite":
        with run_server(folder / "server", workers=2) as server:
            yield seeded_gates(server, folder)
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    database = cluster.create_database(request.getfixturevalue("postgres_tables"))
    try:
        with run_server(folder / "server", database.url, workers=2) as server:
            yield seeded_gates(server, folder)
    finally:
        cluster.drop_database(database.name)


def seeded_gates(server: RunningServer, folder: Path) -> Gates:
    """Make an event and its gates."""
    file = folder / "load.json"
    words = ["--tickets", str(TICKETS), "--gates", "1", "--devices", "2", "--export", str(file)]
    server.done("seed", *words)
    return Gates(server, json.loads(file.read_text()))


@pytest.mark.parametrize(
    "said",
    [NOTHING, HALF_A_BODY, WHOLE_REQUEST],
    ids=["silent", "unfinished bodies", "idle"],
)
def test_sockets_of_a_stranger_keep_no_gate_out(gates: Gates, said: bytes) -> None:
    """Enrolled gates claim on, also by new connections; beyond a number the oldest are closed."""
    with siege(gates.port, gates.strangers_max + 100, said) as held:
        assert gates.answered() == CLAIMS
        until(lambda: open_count(held) <= gates.strangers_max, seconds=PATIENCE_S)


def test_websockets_of_strangers_and_of_a_device_keep_no_gate_out(gates: Gates) -> None:
    """They never finish a frame, half of them a device's own: gates claim on."""
    with (
        siege(gates.port, LISTENERS, push_of(NOBODY)),
        siege(gates.port, LISTENERS, push_of(gates.senders[1])),
    ):
        assert gates.answered() == CLAIMS


@pytest.mark.parametrize("said", [MANY_PINGS, CRUMBS_OF_A_MESSAGE], ids=["pings", "pieces"])
def test_frames_by_thousands_end_a_websocket(gates: Gates, said: bytes) -> None:
    """Read to the end, those of one stranger kept every gate waiting for four seconds.

    A device's may be sent by whoever has copied its token, and are cut off likewise.
    """
    for sender in (NOBODY, gates.senders[1]):
        with socket.create_connection(("127.0.0.1", gates.port), PATIENCE_S) as line:
            line.sendall(opening_of(sender))
            assert line.recv(65_536).startswith(b"HTTP/1.1 101 ")
            with contextlib.suppress(OSError):  # what was not read resets the connection
                line.sendall(said)
            line.settimeout(HEAD_S / 2)
            with contextlib.suppress(ConnectionError):
                while line.recv(65_536):
                    pass
    assert gates.answered(5) == 5


def test_signs_of_life_keep_a_websocket_open(gates: Gates) -> None:
    """What a device says while it listens is answered, for as long as it does."""
    with socket.create_connection(("127.0.0.1", gates.port), PATIENCE_S) as line:
        line.sendall(opening_of(gates.senders[1]))
        assert line.recv(65_536).startswith(b"HTTP/1.1 101 ")
        heard = b""
        for number in range(1, 50):
            line.sendall(PING)
            while heard.count(PONG) < number:
                more = line.recv(65_536)
                assert more, "it was cut off"
                heard += more


def test_guesses_at_enrolment_codes_keep_no_gate_out(gates: Gates) -> None:
    """Guesses beyond the limit are refused before they ask the database, and gates claim on."""
    statuses: list[int] = []

    async def guess() -> None:
        async with bad_enrolments(gates.port, GUESSES, in_flight=20) as answered:
            pass
        statuses.extend(answered)

    guessing = threading.Thread(target=lambda: asyncio.run(guess()))
    guessing.start()
    assert gates.answered() == CLAIMS
    guessing.join()
    assert len(statuses) == GUESSES
    assert statuses.count(429) > GUESSES / 2


def test_a_gate_keeps_its_quiet_connection(gates: Gates) -> None:
    """Deadlines end every kind of a stranger's connection; a known device's outlives them."""
    kinds = [NOTHING, HALF_A_HEAD, HALF_A_BODY, WHOLE_REQUEST, push_of(NOBODY)]
    with (
        socket.create_connection(("127.0.0.1", gates.port), PATIENCE_S) as line,
        contextlib.ExitStack() as sieges,
    ):
        assert ask(line, next(gates.requests)).startswith(b"HTTP/1.1 200")
        held = [one for said in kinds for one in sieges.enter_context(siege(gates.port, 5, said))]
        until(lambda: open_count(held) == 0, seconds=HEAD_S + BODY_GRACE_S + PATIENCE_S)
        assert ask(line, next(gates.requests)).startswith(b"HTTP/1.1 200")


def test_a_gate_keeps_its_connection_when_strangers_are_many(gates: Gates) -> None:
    """The oldest connection of all is not the one that is closed, if it is a device's."""
    with socket.create_connection(("127.0.0.1", gates.port), PATIENCE_S) as line:
        assert ask(line, next(gates.requests)).startswith(b"HTTP/1.1 200")
        with siege(gates.port, gates.strangers_max + 100, NOTHING) as held:
            until(lambda: open_count(held) <= gates.strangers_max, seconds=PATIENCE_S)
            assert ask(line, next(gates.requests)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (WHOLE_REQUEST * 2_000, b"HTTP/1.1 429 "),
        (MANY_HEADERS, b"HTTP/1.1 431 "),
        (CRUMBS_OF_A_BODY, b"HTTP/1.1 400 "),
    ],
    ids=["requests", "headers", "pieces of a body"],
)
def test_what_is_sent_by_thousands_at_once_is_read_no_further(
    gates: Gates, said: bytes, told: bytes
) -> None:
    """Parsed to the end, thirty sockets of it made a gate wait seven seconds for its claim."""
    with socket.create_connection(("127.0.0.1", gates.port), PATIENCE_S) as line:
        heard = b""
        with contextlib.suppress(OSError):  # what was not read resets the connection
            line.sendall(said)
        with contextlib.suppress(OSError):
            while more := line.recv(65_536):
                heard += more
    assert heard.count(b"HTTP/1.1 ") <= PIPELINED_MAX + 2
    assert told in heard
    assert gates.answered(5) == 5

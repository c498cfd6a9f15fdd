"""Real workers, of which one decides for all: it is killed, stands still, or loses another."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.factories.postgres import PostgresDatabase
from tests.factories.running_server import RunningServer
from tests.factories.strength import sized
from tests.factories.waiting import PATIENCE_S, until
from tests.factories.warm_programs import parts_of

pytestmark = pytest.mark.slow

TICKETS: Final = sized(60, 400)
CLIENTS: Final = 6
"""Fewer than a worker decides by itself."""
STANDS_S: Final = 3.0


class Venue:
    """A server with two workers, and an event that is claimed at both."""

    def __init__(self, server: RunningServer, load: dict[str, Any]) -> None:
        self.server = server
        self.load = load
        self.disturbed = asyncio.Event()

    def workers(self) -> list[int]:
        """Return the workers' ids."""
        assert self.server._process is not None
        return parts_of(self.server._process.pid)

    def locks(self) -> set[Path]:
        """Return the file that both workers have opened, which names the one that decides."""
        files = set[Path]()
        for worker in self.workers():
            with contextlib.suppress(OSError):  # it has ended, or closes something just now
                opened = [one.readlink() for one in Path(f"/proc/{worker}/fd").iterdir()]
                files |= {one for one in opened if one.name == "claims.decider"}
        return files

    def decider(self) -> int:
        """Wait until a worker that lives decides for all; returns its id."""

        def find() -> int:
            said = "".join(one.read_text() for one in self.locks())
            return int(said) if said.isdecimal() and int(said) in self.workers() else 0

        return until(find)

    async def claim_all(self) -> list[dict[str, Any]]:
        """Let clients claim each ticket twice, at the same moment; asks again if none answers."""
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(
                    httpx.AsyncClient(
                        base_url=self.server.url,
                        timeout=PATIENCE_S,
                        headers={"authorization": f"Bearer {token}"},
                    )
                )
                for token in self.load["device_tokens"][:CLIENTS]
            ]

            async def claim(number: int, client: int) -> dict[str, Any]:
                code = self.load["codes"][number]
                body = {
                    "code": code,
                    "gate_id": self.load["gates"][0],
                    "direction": "in",
                    "claim_id": f"{client}-{number}",
                    "scanned_at": "2026-11-20T12:00:00Z",
                }
                async with asyncio.timeout(PATIENCE_S):
                    while True:
                        with contextlib.suppress(httpx.TransportError):
                            said = await clients[client].post("/sync/v1/claims", json=body)
                            if said.status_code != 503:
                                assert said.status_code == 200, said.text
                                answer: dict[str, Any] = said.json()
                                return answer
                        await asyncio.sleep(0.01)

            answers: list[dict[str, Any]] = []

            async def serve(pair: int) -> None:
                for number in range(pair, len(self.load["codes"]), CLIENTS // 2):
                    answers.extend(
                        await asyncio.gather(*(claim(number, 2 * pair + n) for n in range(2)))
                    )
                    if len(answers) > len(self.load["codes"]) // 2:
                        self.disturbed.set()

            await asyncio.gather(*(serve(pair) for pair in range(CLIENTS // 2)))
        return answers

    async def check(self, answers: list[dict[str, Any]]) -> None:
        """Each ticket was let in once, and whoever was told so is who was."""
        told = {answer["claim_id"] for answer in answers if answer["verdict"] == "admit"}
        reasons = Counter(one["reason"] for one in answers if one["verdict"] != "admit")
        assert reasons == {"already_used": TICKETS}
        assert len(told) == TICKETS
        uses = await self.server.fetch("SELECT claim_id, seq FROM ticket_use ORDER BY seq")
        assert {claim_id for claim_id, _ in uses} == told
        assert len(uses) == TICKETS
        numbers = [seq for _, seq in uses]
        assert numbers == list(range(numbers[0], numbers[0] + TICKETS)), "the feed has no hole"


@pytest.fixture
def venue(tmp_path: Path, served_postgres: PostgresDatabase) -> Iterator[Venue]:
    """Give a venue whose two workers have met."""
    server = RunningServer(tmp_path / "server", served_postgres.url, workers=2)
    file = tmp_path / "load.json"
    words = ["--tickets", str(TICKETS), "--gates", "1", "--devices", str(CLIENTS)]
    assert server.run("seed", *words, "--export", file).returncode == 0
    server.start()
    try:
        venue = Venue(server, json.loads(file.read_text()))
        until(lambda: len(venue.workers()) == 2)
        venue.decider()
        yield venue
        (lock,) = venue.locks()
    finally:
        server.stop()
    assert not lock.parent.exists()


async def test_nothing_is_lost_with_the_decider(venue: Venue) -> None:
    """It is killed amid claims: none is lost, none granted twice, and another decides for all."""
    claiming = asyncio.create_task(venue.claim_all())
    await venue.disturbed.wait()
    decider = venue.decider()
    os.kill(decider, signal.SIGKILL)
    await venue.check(await claiming)
    assert await asyncio.to_thread(venue.decider) != decider


async def test_nobody_waits_for_a_decider_that_stands_still(venue: Venue) -> None:
    """The other worker answers meanwhile, and what was asked of it is decided once."""
    claiming = asyncio.create_task(venue.claim_all())
    await venue.disturbed.wait()
    decider = venue.decider()
    os.kill(decider, signal.SIGSTOP)
    try:
        await asyncio.sleep(STANDS_S)
    finally:
        os.kill(decider, signal.SIGCONT)
    await venue.check(await claiming)


async def test_worker_dies_with_claims_at_the_decider(venue: Venue) -> None:
    """Its devices ask again elsewhere, and hear what was decided for it."""
    claiming = asyncio.create_task(venue.claim_all())
    await venue.disturbed.wait()
    decider = venue.decider()
    os.kill(next(one for one in venue.workers() if one != decider), signal.SIGKILL)
    await venue.check(await claiming)
    assert venue.decider() == decider


async def test_server_is_started_again_amid_claims(venue: Venue) -> None:
    """Who claims meanwhile asks until the next answers."""
    claiming = asyncio.create_task(venue.claim_all())
    await venue.disturbed.wait()
    await asyncio.to_thread(venue.server.stop)
    await asyncio.to_thread(venue.server.start)
    await venue.check(await claiming)

"""Two real workers claim the same tickets; one is killed or stands still, or both start again."""

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
    """Give a venue whose two workers serve."""
    server = RunningServer(tmp_path / "server", served_postgres.url, workers=2)
    file = tmp_path / "load.json"
    words = ["--tickets", str(TICKETS), "--gates", "1", "--devices", str(CLIENTS)]
    assert server.run("seed", *words, "--export", file).returncode == 0
    server.start()
    try:
        venue = Venue(server, json.loads(file.read_text()))
        until(lambda: len(venue.workers()) == 2)
        yield venue
    finally:
        server.stop()


async def test_nothing_is_lost_with_a_worker(venue: Venue) -> None:
    """It is killed amid claims: its devices ask again elsewhere, and hear what it had decided."""
    claiming = asyncio.create_task(venue.claim_all())
    await venue.disturbed.wait()
    os.kill(venue.workers()[0], signal.SIGKILL)
    await venue.check(await claiming)


async def test_a_worker_that_stands_still_holds_up_its_own_devices_only(venue: Venue) -> None:
    """What it had begun is decided once, though others ask for the same tickets meanwhile."""
    claiming = asyncio.create_task(venue.claim_all())
    await venue.disturbed.wait()
    worker = venue.workers()[0]
    os.kill(worker, signal.SIGSTOP)
    try:
        await asyncio.sleep(STANDS_S)
    finally:
        os.kill(worker, signal.SIGCONT)
    await venue.check(await claiming)


async def test_server_is_started_again_amid_claims(venue: Venue) -> None:
    """Who claims meanwhile asks until the next answers."""
    claiming = asyncio.create_task(venue.claim_all())
    await venue.disturbed.wait()
    await asyncio.to_thread(venue.server.stop)
    await asyncio.to_thread(venue.server.start)
    await venue.check(await claiming)

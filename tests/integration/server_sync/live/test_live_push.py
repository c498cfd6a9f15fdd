"""The live board's channel over real sockets: fresh figures for who may see them, no one else.

On SQLite, and on PostgreSQL where claims and boards fall on two workers.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.live.board_refreshing import LIVE_EACH_MAX
from tests.factories.postgres import PostgresCluster
from tests.factories.server_process import environment_of, seeded, served

pytestmark = pytest.mark.slow
TICKETS = 30


class Watching:
    """A seeded event at a server that runs, and somebody who signs in there."""

    def __init__(self, url: str, load: dict[str, Any]) -> None:
        self.url, self.load = url, load
        self.organization = f"/api/v1/organizations/{load['organization']}"
        self.path = f"{self.organization}/events/{load['event_id']}/live"

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Sign the owner in."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            login = {name: self.load["login"][name] for name in ("email", "password")}
            session = (await client.post("/api/v1/sessions", json=login)).json()
            client.headers["authorization"] = f"Bearer {session['access_token']}"
            yield client

    async def watch(self, authorization: str, path: str | None = None) -> ClientConnection:
        """Open the channel."""
        address = "ws" + self.url.removeprefix("http") + (path or self.path) + "/push"
        headers = {"authorization": authorization}
        return await connect(address, additional_headers=headers, proxy=None)

    async def claim_all(self, client: httpx.AsyncClient) -> None:
        """Let every ticket in."""
        for code in self.load["codes"]:
            body = {
                "code": code,
                "gate_id": self.load["gates"][0],
                "direction": "in",
                "claim_id": secrets.token_hex(16),
                "scanned_at": "2026-11-20T12:00:00Z",
            }
            headers = {"authorization": f"Bearer {self.load['device_tokens'][0]}"}
            answer = await client.post("/sync/v1/claims", json=body, headers=headers)
            assert answer.json()["verdict"] == "admit", answer.text


async def why_closed(channel: ClientConnection) -> str:
    """Read boards until the server closes the channel, and return why."""
    try:
        with pytest.raises(ConnectionClosed) as caught:
            async with asyncio.timeout(60):
                while True:
                    await channel.recv()
    finally:
        await channel.close()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1008
    return str(caught.value.rcvd.reason)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def watching(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watching]:
    """Give one process on SQLite, two workers on PostgreSQL."""
    folder: Path = tmp_path_factory.mktemp("watched")
    if request.param == "sqlite":
        environment = environment_of(folder)
        with served(environment, 1) as url:
            yield Watching(url, seed_event(environment, folder))
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    database = cluster.create_database(request.getfixturevalue("postgres_tables"))
    environment = environment_of(folder, GATEKEEPER_DATABASE=database.url)
    with served(environment, 2) as url:
        yield Watching(url, seed_event(environment, folder))
    cluster.give_back(database.name)


def seed_event(environment: dict[str, str], folder: Path) -> dict[str, Any]:
    """Make an event with one gate."""
    return seeded(environment, folder, tickets=TICKETS, gates=1, devices=1)


async def test_what_a_gate_admits_is_on_every_board_at_once(watching: Watching) -> None:
    """Whichever worker a board hangs on; the same as a plain request says."""
    async with watching.client() as client:
        token = client.headers["authorization"]
        channels = [await watching.watch(token) for _ in range(4)]
        first = [json.loads(await channel.recv()) for channel in channels]
        assert {board["event_id"] for board in first} == {watching.load["event_id"]}
        await watching.claim_all(client)
        for channel in channels:
            async with asyncio.timeout(60):
                board = json.loads(await channel.recv())
                while board["admitted"] < TICKETS:
                    board = json.loads(await channel.recv())
            asked = (await client.get(watching.path)).json()
            same = ("admitted", "inside", "zones", "head", "denials", "revenue")
            assert {name: board[name] for name in same} == {name: asked[name] for name in same}
        for channel in channels:
            await channel.close()


@pytest.mark.either_database
async def test_a_board_ends_with_the_right_to_see_it(watching: Watching) -> None:
    """A key that is revoked and a session that ends close it; another board stays."""
    async with watching.client() as client, watching.client() as other:
        body = {"name": "Wall", "scopes": ["reports:read"]}
        made = (await client.post(f"{watching.organization}/api-keys", json=body)).json()
        by_key = await watching.watch(f"Bearer {made['key']}")
        by_session = await watching.watch(client.headers["authorization"])
        stays = await watching.watch(other.headers["authorization"])
        await by_key.recv()
        await by_session.recv()
        await client.delete(f"{watching.organization}/api-keys/{made['api_key']['id']}")
        assert await why_closed(by_key) == "unauthenticated"
        assert (await client.delete("/api/v1/sessions/current")).is_success
        assert await why_closed(by_session) == "unauthenticated"
        async with asyncio.timeout(60):
            await stays.recv()
        await stays.close()


@pytest.mark.either_database
async def test_nobody_watches_what_is_not_theirs(watching: Watching) -> None:
    """No token, another's event, a key for something else, and more boards than anybody needs."""
    async with watching.client() as client:
        token = client.headers["authorization"]
        body = {"name": "Shop", "scopes": ["orders:read"]}
        made = (await client.post(f"{watching.organization}/api-keys", json=body)).json()
        assert await why_closed(await watching.watch("Bearer nothing")) == "unauthenticated"
        assert await why_closed(await watching.watch(f"Bearer {made['key']}")) == "forbidden"
        foreign = watching.path.replace(watching.load["organization"], "org_of_others")
        assert await why_closed(await watching.watch(token, foreign)) == "not-found"
        nowhere = watching.path.replace(watching.load["event_id"], "evt_nowhere")
        assert await why_closed(await watching.watch(token, nowhere)) == "not-found"
        strange = watching.path.replace(watching.load["event_id"], "%00")
        assert await why_closed(await watching.watch(token, strange)) in {
            "not-found",
            "bad-request",
        }


@pytest.mark.either_database
async def test_nobody_opens_boards_without_end(watching: Watching) -> None:
    """Beyond a stated number at a worker the next is refused, and says so."""
    async with watching.client() as client:
        token = client.headers["authorization"]
        channels = [await watching.watch(token) for _ in range(2 * LIVE_EACH_MAX + 1)]
        answers = await asyncio.gather(*(_first(channel) for channel in channels))
        assert "too-many-requests" in answers
        assert answers.count("") <= 2 * LIVE_EACH_MAX
        for channel in channels:
            await channel.close()


async def _first(channel: ClientConnection) -> str:
    """Return "" for a board, or why there is none."""
    try:
        async with asyncio.timeout(60):
            await channel.recv()
    except ConnectionClosed as closed:
        return "" if closed.rcvd is None else closed.rcvd.reason
    return ""

"""The push channel over real sockets: what one worker commits, listeners of all hear.

On SQLite, and on PostgreSQL where sockets and uploads fall on two workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from command_line.clock_and_randomness import SystemClock
from shared.kernel.id_types import EventId
from shared.manifest.signed_document import decode_document
from shared.wire.exchange import ExchangeResponse
from shared.wire.feed import ConfigChange, FeedPage, decode_item
from shared.wire.push_message import PushMessage
from tests.factories.listening_gates import listening, rule, settle, signed_in
from tests.factories.postgres import PostgresCluster
from tests.factories.proving import know_devices, proof_headers
from tests.factories.server_process import environment_of, seeded, served
from tests.factories.waiting import PATIENCE_S

pytestmark = pytest.mark.slow

LISTENERS = 12
WRONG = "gkd_wrong"


async def listen(url: str, token: str, event_id: EventId | None = None) -> ClientConnection:
    """Open the channel."""
    return await open_channel(url, token, "" if event_id is None else f"?event_id={event_id}")


async def open_channel(url: str, token: str, query: str) -> ClientConnection:
    """Open the channel with a query."""
    target = "/sync/v1/push" + query
    headers = {"authorization": f"Bearer {token}"}
    return await connect(
        "ws" + url.removeprefix("http") + target,
        additional_headers=headers if token == WRONG else proof_headers(token, "GET", target),
        proxy=None,
    )


async def wait_for(channel: ClientConnection, head: int) -> list[PushMessage]:
    """Read messages until one names at least a head."""
    heard: list[PushMessage] = []
    async with asyncio.timeout(60):
        while not heard or heard[-1].head < head:
            text = await channel.recv()
            heard.append(msgspec.json.decode(text, type=PushMessage))
    return heard


async def claim_all(url: str, load: dict[str, Any]) -> int:
    """Claim every ticket; returns the last number of the feed."""
    newest = 0
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        for code in load["codes"]:
            answer = await client.post(
                "/sync/v1/claims",
                json={
                    "code": code,
                    "gate_id": load["gates"][0],
                    "direction": "in",
                    "claim_id": secrets.token_hex(16),
                    "scanned_at": "2026-11-20T12:00:00Z",
                },
                headers={"authorization": f"Bearer {load['device_tokens'][0]}"},
            )
            newest = max(newest, answer.json()["sequence"])
    return newest


async def follow_pages(channel: ClientConnection, head: int) -> list[FeedPage]:
    """Read what comes until it reaches a head: first a message, then nothing but pages."""
    async with asyncio.timeout(60):
        first = msgspec.json.decode(await channel.recv(), type=PushMessage)
        pages: list[FeedPage] = []
        cursor = first.head
        while cursor < head:
            frame = await channel.recv()
            assert isinstance(frame, bytes)
            page = msgspec.msgpack.decode(decode_document(frame).body, type=FeedPage)
            assert page.after <= cursor
            assert [item.sequence for item in page.items] == list(
                range(page.after + 1, page.head + 1)
            )
            cursor = page.head
            pages.append(page)
    return pages


async def hear_all(url: str, load: dict[str, Any]) -> None:
    """Let many listen, claim, and see that each hears of the newest head, not of each claim."""
    tokens = know_devices(load)
    channels = [await listen(url, tokens[n % len(tokens)]) for n in range(LISTENERS)]
    try:
        firsts = await asyncio.gather(*(wait_for(channel, 0) for channel in channels))
        assert all(first[-1].event_id == load["event_id"] for first in firsts)
        followers = [await open_channel(url, token, "?pages=1") for token in tokens]
        channels += followers
        following = [
            asyncio.create_task(follow_pages(one, len(load["codes"]))) for one in followers
        ]
        newest = await claim_all(url, load)
        for pages in await asyncio.gather(*following):
            assert {item.kind for page in pages for item in page.items} == {"use"}
        listeners = channels[:LISTENERS]
        heard = await asyncio.gather(*(wait_for(channel, newest) for channel in listeners))
        for messages in heard:
            heads = [message.head for message in messages]
            assert heads == sorted(set(heads)), "only ever newer heads"
            assert heads[-1] == newest
    finally:
        for channel in channels:
            await channel.close()


async def refuse(url: str, load: dict[str, Any]) -> None:
    """A wrong token, a foreign event and what no event can be called are closed with a reason."""
    right = know_devices(load)[0]
    for token, event_id in (
        (WRONG, None),
        (right, EventId("ev_nowhere")),
        (right, EventId("%00")),
    ):
        channel = await listen(url, token, event_id)
        with pytest.raises(ConnectionClosed) as caught:
            await asyncio.wait_for(channel.recv(), 60)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1008


async def revoke(url: str, load: dict[str, Any]) -> None:
    """A device that is revoked while it listens is hung up on; the others listen on."""
    tokens = know_devices(load)
    stolen, other = [await open_channel(url, token, "?pages=1") for token in tokens[:2]]
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        login = {name: load["login"][name] for name in ("email", "password")}
        session = (await client.post("/api/v1/sessions", json=login)).json()
        path = f"/api/v1/organizations/{load['organization']}/devices"
        headers = {"authorization": f"Bearer {session['access_token']}"}
        device_id = load["devices"][0]["device_id"]
        said = await client.post(f"{path}/{device_id}/revoke", json={}, headers=headers)
        assert said.is_success, said.text
    with pytest.raises(ConnectionClosed) as caught:
        async with asyncio.timeout(60):
            while True:
                await stolen.recv()
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1008, "device-revoked")
    await (await other.ping())
    await other.close()


async def move(url: str, load: dict[str, Any]) -> None:
    """A device that is assigned anew hears so at once, and no worker sends it back."""
    there = load["devices"][1]["gate_id"]
    async with contextlib.AsyncExitStack() as stack:
        # Connections of their own, so that every worker has met the device.
        gates = [await stack.enter_async_context(listening(url, load, 0)) for _ in range(6)]
        for gate in gates:
            await asyncio.wait_for(gate.channel.recv(), PATIENCE_S)  # the head as it is
            assert assigned_in(await gate.exchange([])) == gate.gate_id != there
        client, headers = await stack.enter_async_context(signed_in(url, load))
        device = (
            f"/api/v1/organizations/{load['organization']}/devices/{gates[0].journal.device_id}"
        )
        body = {"role": "gate", "event_id": load["event_id"], "gate_id": there}
        said = await client.put(f"{device}/assignment", json=body, headers=headers)
        assert said.is_success, said.text
        for gate in gates:
            await asyncio.wait_for(gate.channel.recv(), PATIENCE_S)
            assert assigned_in(await gate.exchange([])) == there


def assigned_in(answer: ExchangeResponse) -> str:
    """Return at which gate a device is to stand, by the server's word."""
    assert answer.assigned is not None
    return answer.assigned.gate_id


async def live_through(url: str, load: dict[str, Any]) -> None:
    """Admit twice, settle at a gate, settle by the organizer; both gates hear of each."""
    async with listening(url, load, 0) as north, listening(url, load, 1) as south:
        gates = (north, south)
        for ago, gate in ((1, north), (0, south)):
            gate.admit(load, load["codes"][0], ago)
            await gate.upload()
        opened = await asyncio.gather(*(gate.hears_of("") for gate in gates))
        assert opened[0] == opened[1]
        assert opened[0].kind == "double_use"
        assert opened[0].gate_ids == (north.gate_id, south.gate_id)
        conflict_id = opened[0].conflict_id
        word = await rule(url, load, south, conflict_id)
        south.journal.add(word, south.event_id, SystemClock().wall(), cursor=south.cursor)
        await south.upload()
        stayed = await asyncio.gather(*(gate.hears_of("let_stay") for gate in gates))
        assert {one.conflict_id for one in stayed} == {conflict_id}
        await settle(url, load, conflict_id)
        blamed = await asyncio.gather(*(gate.hears_of("fraud") for gate in gates))
        assert {one.conflict_id for one in blamed} == {conflict_id}


async def hears_of_pauses(channel: ClientConnection) -> list[str]:
    """Read pages until one brings a plan; returns where entry is paused by it."""
    async with asyncio.timeout(60):
        while True:
            frame = await channel.recv()
            if not isinstance(frame, bytes):
                continue
            page = msgspec.msgpack.decode(decode_document(frame).body, type=FeedPage)
            for body in map(decode_item, page.items):
                if isinstance(body, ConfigChange):
                    return [pause.place_id for pause in body.config.pauses]


async def pause_and_resume(url: str, load: dict[str, Any]) -> None:
    """Pause the zone, and resume it: gates are told unasked, and every worker holds to it."""
    tokens = know_devices(load)
    channels = [await open_channel(url, token, "?pages=1") for token in tokens]
    for channel in channels:  # the head as it is
        await asyncio.wait_for(channel.recv(), 60)
    event = f"/api/v1/organizations/{load['organization']}/events/{load['event_id']}"
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        login = {name: load["login"][name] for name in ("email", "password")}
        session = (await client.post("/api/v1/sessions", json=login)).json()
        headers = {"authorization": f"Bearer {session['access_token']}"}
        for method, wanted in (("PUT", [load["zone_id"]]), ("DELETE", [])):
            heard = [asyncio.create_task(hears_of_pauses(channel)) for channel in channels]
            path = f"{event}/zones/{load['zone_id']}/pause"
            said = await client.request(method, path, headers=headers)
            assert said.status_code == 204, said.text
            # Connections of their own, so that every worker is asked.
            answers = await asyncio.gather(*(claim_once(url, load, n) for n in range(8)))
            assert {bool(one["paused_at"]) for one in answers} == {method == "PUT"}
            assert await asyncio.gather(*heard) == [wanted] * len(channels)
    for channel in channels:
        await channel.close()


async def claim_once(url: str, load: dict[str, Any], number: int) -> dict[str, Any]:
    """Claim a ticket over a connection of one's own."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        answer = await client.post(
            "/sync/v1/claims",
            json={
                "code": load["codes"][number],
                "gate_id": load["gates"][0],
                "direction": "in",
                "claim_id": secrets.token_hex(16),
                "scanned_at": "2026-11-20T12:00:00Z",
            },
            headers={"authorization": f"Bearer {load['device_tokens'][0]}"},
        )
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said


@dataclass(frozen=True)
class Serving:
    """A server that runs, and what its verbs need to know."""

    url: str
    environment: dict[str, str]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def serving(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """Give one process on SQLite, where the hub tells its own sockets; two on PostgreSQL."""
    folder = tmp_path_factory.mktemp("served")
    if request.param == "sqlite":
        environment = environment_of(folder)
        with served(environment, 1) as url:
            yield Serving(url, environment)
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    database = cluster.create_database(request.getfixturevalue("postgres_tables"))
    environment = environment_of(folder, GATEKEEPER_DATABASE=database.url)
    with served(environment, 2) as url:
        yield Serving(url, environment)
    cluster.give_back(database.name)


def test_listeners_of_all_workers_hear_of_the_newest_head(
    serving: Serving, tmp_path: Path
) -> None:
    """Twelve sockets, over however many workers, all hear what either has committed."""
    load = seeded(serving.environment, tmp_path, tickets=40, gates=1, devices=3)
    asyncio.run(hear_all(serving.url, load))
    asyncio.run(refuse(serving.url, load))
    asyncio.run(revoke(serving.url, load))


def test_device_that_is_moved_hears_so_at_once_whichever_worker_it_asks(
    serving: Serving, tmp_path: Path
) -> None:
    """A worker remembers it for two seconds: so long holders at its old gate were refused."""
    load = seeded(serving.environment, tmp_path, tickets=1, gates=2, devices=2)
    asyncio.run(move(serving.url, load))


def test_both_gates_hear_of_a_conflict_and_its_end(serving: Serving, tmp_path: Path) -> None:
    """A conflict and what becomes of it reach both gates, whose sockets may be on two workers."""
    load = seeded(serving.environment, tmp_path, tickets=4, gates=2, devices=2)
    asyncio.run(live_through(serving.url, load))


def test_gates_are_told_of_a_pause_unasked_and_every_worker_holds_to_it(
    serving: Serving, tmp_path: Path
) -> None:
    """From the answer to the press on nobody is let in, whichever worker a gate reaches."""
    load = seeded(serving.environment, tmp_path, tickets=8, gates=1, devices=6)
    asyncio.run(pause_and_resume(serving.url, load))

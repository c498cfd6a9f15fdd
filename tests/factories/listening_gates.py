"""Gates that only listen: what they hear by push makes them fetch. Polling has no part in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from shared.credential.codec import decode_credential, from_digits
from shared.journal.chain import SignedEntry, hash_code
from shared.journal.entry import BOOT_SIZE, BootBody, DispositionBody, ScanBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, ConflictId, EventId, GateId
from shared.kernel.instant import SECOND
from shared.manifest.badge_signatures import BadgeScope, badge_key, ruling_word, sign_word
from shared.manifest.seen_codes import credential_of, prove_signed, seen_word
from shared.wire.exchange import EXCHANGE_VERSION, ExchangeRequest, ExchangeResponse
from shared.wire.feed import ConflictNotice, FeedPage, decode_item
from shared.wire.push_message import PushMessage
from tests.factories.ledger_office import MSGPACK, Journal
from tests.factories.proving import Proven, know_devices, proof_headers
from tests.factories.waiting import PATIENCE_S


@dataclass
class Gate:
    """A gate that listens, with what it has heard of.

    Attributes:
        cursor: Up to where it has read the feed.
    """

    client: httpx.AsyncClient
    channel: ClientConnection
    journal: Journal
    token: str
    gate_id: GateId
    event_id: EventId
    cursor: int = 0

    def admit(self, load: dict[str, Any], code: str, ago: int) -> None:
        """Record an admission on its own."""
        claims, _, _ = decode_credential(from_digits(code))
        now = SystemClock().wall()
        claim_id = SystemEntropy().random_bytes(16).hex()
        word = seen_word(self.event_id, self.journal.device_id, ClaimId(claim_id))
        body = ScanBody(
            claim_id=ClaimId(claim_id),
            gate_id=self.gate_id,
            zone_id=load["zone_id"],
            occurrence_id=load["occurrence_id"],
            direction="in",
            count=1,
            ticket_id=claims.ticket_id,
            generation=claims.generation,
            key_id=claims.key_id,
            code_hash=hash_code(code, self.event_id),
            verdict="admit",
            reason="ok",
            mode="offline",
            seen=prove_signed(word, credential_of(code)),
        )
        self.journal.add(body, self.event_id, now - ago * SECOND)

    async def exchange(self, entries: list[SignedEntry]) -> ExchangeResponse:
        """Make a round trip."""
        request = ExchangeRequest(
            v=EXCHANGE_VERSION,
            event_id=self.event_id,
            epoch=0,
            cursor=self.cursor,
            head=None,
            entries=tuple(entries),
            sent_at=SystemClock().wall(),
            gate_id=self.gate_id,
        )
        answer = await self.client.post(
            "/sync/v1/exchange",
            content=msgspec.msgpack.encode(request),
            headers={"authorization": f"Bearer {self.token}", "content-type": MSGPACK},
        )
        assert answer.status_code == 200, answer.text
        return msgspec.msgpack.decode(answer.content, type=ExchangeResponse)

    async def upload(self) -> None:
        """Send the last entry, or all the first time."""
        count = 2 if self.journal.dseq == 2 else 1
        await self.exchange(self.journal.entries[-count:])

    async def hears_of(self, disposition: str) -> ConflictNotice:
        """Wait for a push, fetch, and go on until the notice is there."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                heard = msgspec.json.decode(await self.channel.recv(), type=PushMessage)
                if heard.head <= self.cursor:
                    continue
                answer = await self.exchange([])
                assert answer.page is not None
                page = msgspec.msgpack.decode(answer.page.body, type=FeedPage)
                self.cursor += len(page.items)
                for item in page.items:
                    body = decode_item(item)
                    if isinstance(body, ConflictNotice) and body.disposition == disposition:
                        return body


@asynccontextmanager
async def listening(url: str, load: dict[str, Any], number: int) -> AsyncIterator[Gate]:
    """Connect a gate with a client and a socket of its own."""
    device = load["devices"][number]
    know_devices(load)
    headers = proof_headers(device["token"], "GET", "/sync/v1/push")
    address = "ws" + url.removeprefix("http") + "/sync/v1/push"
    key = SigningKey(bytes.fromhex(device["seed"]))
    journal = Journal(device["device_id"], key, SystemEntropy().random_bytes(BOOT_SIZE))
    journal.add(BootBody("test", b"", 0), EventId(""), SystemClock().wall())
    async with (
        httpx.AsyncClient(base_url=url, timeout=30, auth=Proven()) as client,
        connect(address, additional_headers=headers, proxy=None) as channel,
    ):
        yield Gate(client, channel, journal, device["token"], device["gate_id"], load["event_id"])


@asynccontextmanager
async def signed_in(
    url: str, load: dict[str, Any]
) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str]]]:
    """Give a client and the headers of the organizer."""
    async with httpx.AsyncClient(base_url=url, timeout=30, auth=Proven()) as client:
        login = {name: load["login"][name] for name in ("email", "password")}
        answer = await client.post("/api/v1/sessions", json=login)
        assert answer.is_success, answer.text
        yield client, {"authorization": f"Bearer {answer.json()['access_token']}"}


async def rule(
    url: str, load: dict[str, Any], gate: Gate, conflict_id: ConflictId
) -> DispositionBody:
    """Let a new supervisor decide at a gate."""
    organization = load["organization"]
    async with signed_in(url, load) as (client, headers):
        path = f"/api/v1/organizations/{organization}/supervisors"
        body = {"name": "Jo", "pin": "483920"}
        made = (await client.post(path, json=body, headers=headers)).json()
    person = made["supervisor"]["id"]
    said = DispositionBody(conflict_id, "let_stay", person)
    speaker = BadgeScope(organization, gate.event_id, gate.journal.device_id, person)
    word = ruling_word(speaker, conflict_id, said.disposition)
    signature = sign_word(badge_key(made["badge"], organization), word)
    return msgspec.structs.replace(said, signature=signature)


async def settle(url: str, load: dict[str, Any], conflict_id: ConflictId) -> None:
    """Decide as the organizer does."""
    async with signed_in(url, load) as (client, headers):
        event = f"/api/v1/organizations/{load['organization']}/events/{load['event_id']}"
        path = f"{event}/conflicts/{conflict_id}/disposition"
        said = await client.post(path, json={"disposition": "fraud"}, headers=headers)
        assert said.status_code == 200, said.text
        words = [one["disposition"] for one in said.json()["dispositions"]]
        assert words == ["let_stay", "fraud"]

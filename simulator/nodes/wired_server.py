"""The server as one device sees it over the simulated network.

The same bodies, paths and statuses as HTTP carries, on wires that lose, delay and repeat them.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from gatekeeper.store.profile import Profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.push_channel_and_lost_server import read_news
from gatekeeper.sync.server_port import JSON, SyncServer
from gatekeeper.sync.transport import ANSWER_SIZE_MAX, explain_refusal, explain_unproven
from gatekeeper.sync.url_paths import CHANNEL
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId
from shared.kernel.instant import SECOND, Duration
from shared.manifest.signed_document import SignedDocument
from shared.wire.proof import PROOF_HEADER, ChannelText
from simulator.kernel.loop import Process
from simulator.kernel.network import Network, Refused, Request, Response
from simulator.kernel.push_wire import OPEN, PushWire

PATIENCE: Final[Duration] = 10 * SECOND
"""How long a device waits for an answer that it does not need at once."""
SERVER: Final = "server"
UNAUTHENTICATED: Final = 401


class WiredServer(SyncServer):
    """One device's end of the wires."""

    def __init__(
        self,
        network: Network,
        process: Process,
        profile: Profile,
        channel: DeviceChannel,
        *,
        has_push: bool = False,
        place: str = SERVER,
    ) -> None:
        self._has_push, self._place = has_push, place
        self._push: PushWire | None = None
        self._network = network
        self._process = process
        self._channel = channel
        self._authorization = ("authorization", f"Bearer {profile.token}")

    async def wait_for_push(self, event_id: EventId) -> SignedDocument | None:
        """See `SyncServer.wait_for_push`."""
        if not self._has_push:
            raise ServerFault("there is no push channel here")
        if self._push is None:
            path = f"/sync/v1/push?event_id={event_id}&pages=1"
            name = f"{self._process.node} {self._network.number_socket()}"
            if not self._channel.is_known:
                await self._learn_channel()
            proof = (PROOF_HEADER, self._channel.prove("GET", path, b"").header)
            opening = Request(OPEN, path, (self._authorization, proof, ("socket", name)))
            wire = PushWire(self._network, self._process, self._place, name, opening)
            await wire.open()
            self._push = wire
        try:
            while True:
                news = read_news(await self._push.next_frame(), event_id)
                if news is not None:
                    return news if isinstance(news, SignedDocument) else None
        except ServerFault:
            self._push = None
            raise

    async def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        media_type: str = JSON,
        size_max: int = ANSWER_SIZE_MAX,
    ) -> bytes:
        """See `SyncServer.send`."""
        response = await self.ask(
            method, path, content or b"", "" if content is None else media_type
        )
        if response.status >= 400:
            raise explain_refusal(response.status, response.body)
        assert len(response.body) <= size_max
        return response.body

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        media_type: str = "",
    ) -> Response:
        """Send a proven request and return the proven answer, whatever it says.

        Raises:
            ServerFault: if none came.
        """
        if not self._channel.is_known:
            await self._learn_channel()
        proof = self._channel.prove(method, path, body)
        headers = [self._authorization, (PROOF_HEADER, proof.header)]
        if media_type:
            headers.append(("content-type", media_type))
        response = await self._request(Request(method, path, tuple(headers), body))
        said = dict(response.headers).get(PROOF_HEADER, "")
        if not proof.is_answered(response.status, response.body, said):
            if response.status == UNAUTHENTICATED:
                await self._learn_channel()
            raise explain_unproven(response.status, response.body)
        return response

    async def _learn_channel(self) -> None:
        response = await self._request(Request("GET", CHANNEL, (self._authorization,)))
        if response.status >= 400:
            raise explain_unproven(response.status, response.body)
        self._channel.take(msgspec.json.decode(response.body, type=ChannelText).read())

    async def _request(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(PATIENCE / SECOND):
                return await self._network.request(self._process, self._place, request)
        except TimeoutError:
            message = f"the server did not answer within {PATIENCE // SECOND} s"
            raise ServerFault(message) from None
        except Refused as fault:
            raise ServerFault(str(fault)) from None

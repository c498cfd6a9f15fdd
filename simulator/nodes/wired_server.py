"""The server as one device sees it over the simulated network.

Fulfils `gatekeeper.sync.server_port.SyncServer`: the same bodies, paths and statuses as HTTP
carries, on wires that lose, delay and repeat them.
"""

from __future__ import annotations

import asyncio
import json
from typing import Final, Protocol, TypeVar

import msgspec

from gatekeeper.store.profile import Profile
from gatekeeper.sync.paths import CHANNEL
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.push_client import read_news
from gatekeeper.sync.transport import explain_unproven
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.id_types import EventId
from shared.kernel.instant import SECOND, Duration
from shared.kernel.packing import MSGPACK
from shared.kernel.undecodable import UNDECODABLE
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import SignedDocument, decode_document
from shared.wire.buyer_note import BuyerNote
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.exchange import ExchangeRequest, ExchangeResponse
from shared.wire.proof import PROOF_HEADER, ChannelText
from shared.wire.relayed_by_gates import RelayedClaim, RelayedEntries, RelayedMarks
from shared.wire.seat_states import SeatStates
from shared.wire.till_key import TillKeyAnswer, TillKeyRequest
from shared.wire.till_stock import StockRequest
from shared.wire.voucher import VoucherAnswer, VoucherCharge, VoucherQuestion
from simulator.kernel.loop import Process
from simulator.kernel.network import Network, Refused, Request, Response
from simulator.kernel.push_wire import OPEN, PushWire

PATIENCE: Final[Duration] = 10 * SECOND
"""How long a device waits for an answer that it does not need at once."""
SERVER: Final = "server"
JSON: Final = "application/json"
UNAUTHENTICATED: Final = 401

_EXCHANGE: Final = msgspec.msgpack.Decoder(ExchangeResponse)
_CHANNEL: Final = msgspec.json.Decoder(ChannelText)
_CLAIM: Final = msgspec.json.Decoder(ClaimAnswer)
_MARKS: Final = msgspec.msgpack.Decoder(RelayedMarks)
_TILL_KEY: Final = msgspec.json.Decoder(TillKeyAnswer)
_SEATS: Final = msgspec.msgpack.Decoder(SeatStates)
_VOUCHER: Final = msgspec.json.Decoder(VoucherAnswer)

Answer_co = TypeVar("Answer_co", covariant=True)


class Decoder(Protocol[Answer_co]):
    """What msgspec's decoders have in common."""

    def decode(self, body: bytes, /) -> Answer_co:
        """Decode a body."""
        ...


class WiredServer:
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

    async def exchange(self, request: ExchangeRequest) -> ExchangeResponse:
        """See `SyncServer.exchange`."""
        body = msgspec.msgpack.encode(request)
        answer = await self._ask("POST", "/sync/v1/exchange", body, MSGPACK)
        return _decoded(_EXCHANGE, answer)

    async def claim(self, request: ClaimRequest, budget: Duration) -> ClaimAnswer:
        """See `SyncServer.claim`."""
        body = msgspec.json.encode(request)
        return _decoded(_CLAIM, await self._ask("POST", "/sync/v1/claims", body, JSON, budget))

    async def fetch_manifest(self, event_id: EventId) -> SignedDocument:
        """See `SyncServer.fetch_manifest`."""
        return decode_document(await self._ask("GET", f"/sync/v1/events/{event_id}/manifest"))

    async def fetch_chunk(self, event_id: EventId, ref: ChunkRef) -> bytes:
        """See `SyncServer.fetch_chunk`."""
        return await self._ask("GET", f"/sync/v1/chunks/{ref.sha256.hex()}")

    async def request_till_key(self, request: TillKeyRequest) -> TillKeyAnswer:
        """See `SyncServer.request_till_key`."""
        body = msgspec.json.encode(request)
        return _decoded(_TILL_KEY, await self._ask("POST", "/sync/v1/till-key", body, JSON))

    async def request_stock(self, request: StockRequest) -> SignedDocument:
        """See `SyncServer.request_stock`."""
        body = msgspec.json.encode(request)
        return decode_document(await self._ask("POST", "/sync/v1/till-stock", body, JSON))

    async def pay_by_voucher(self, charge: VoucherCharge) -> VoucherAnswer:
        """See `SyncServer.pay_by_voucher`."""
        return await self._ask_voucher("pay", charge)

    async def find_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """See `SyncServer.find_voucher_payment`."""
        return await self._ask_voucher("find", question)

    async def reverse_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """See `SyncServer.reverse_voucher_payment`."""
        return await self._ask_voucher("reverse", question)

    async def _ask_voucher(
        self, verb: str, asked: VoucherCharge | VoucherQuestion
    ) -> VoucherAnswer:
        body = msgspec.json.encode(asked)
        answer = await self._ask("POST", f"/sync/v1/till-vouchers/{verb}", body, JSON)
        return _decoded(_VOUCHER, answer)

    async def fetch_buyers(self, event_id: EventId, known: str) -> bytes:
        """See `SyncServer.fetch_buyers`."""
        return await self._ask("GET", f"/sync/v1/events/{event_id}/buyers?known={known}")

    async def fetch_seats(self, event_id: EventId, after: int) -> SeatStates:
        """See `SyncServer.fetch_seats`."""
        path = f"/sync/v1/events/{event_id}/seats?after={after}"
        return _decoded(_SEATS, await self._ask("GET", path))

    async def note_buyer(self, note: BuyerNote) -> None:
        """See `SyncServer.note_buyer`."""
        await self._ask("POST", "/sync/v1/buyers", msgspec.json.encode(note), JSON)

    async def fetch_roster(
        self, event_id: EventId, known: tuple[int, int], lan_address: str
    ) -> SignedDocument | None:
        """See `SyncServer.fetch_roster`."""
        epoch, sequence = known
        query = f"?epoch={epoch}&sequence={sequence}&lan_address={lan_address}"
        body = await self._ask("GET", f"/sync/v1/events/{event_id}/roster{query}")
        return decode_document(body) if body else None

    async def fetch_feed(self, event_id: EventId, epoch: int, after: int) -> SignedDocument:
        """See `SyncServer.fetch_feed`."""
        path = f"/sync/v1/events/{event_id}/feed?epoch={epoch}&after={after}"
        return decode_document(await self._ask("GET", path))

    async def relay_claim(self, claim: RelayedClaim) -> SignedDocument:
        """See `SyncServer.relay_claim`."""
        body = msgspec.msgpack.encode(claim)
        return decode_document(await self._ask("POST", "/sync/v1/relayed/claims", body, MSGPACK))

    async def relay_entries(self, entries: RelayedEntries) -> RelayedMarks:
        """See `SyncServer.relay_entries`."""
        body = msgspec.msgpack.encode(entries)
        return _decoded(_MARKS, await self._ask("POST", "/sync/v1/relayed/entries", body, MSGPACK))

    async def greet(self) -> None:
        """See `SyncServer.greet`."""
        await self._ask("GET", "/sync/v1/time?nonce=")

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

    async def close(self) -> None:
        """See `SyncServer.close`."""

    async def _ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        media_type: str = "",
        patience: Duration = PATIENCE,
    ) -> bytes:
        response = await self.ask(method, path, body, media_type, patience)
        if response.status >= 400:
            raise refusal(response)
        return response.body

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        media_type: str = "",
        patience: Duration = PATIENCE,
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
        response = await self._send(Request(method, path, tuple(headers), body), patience)
        said = dict(response.headers).get(PROOF_HEADER, "")
        if not proof.is_answered(response.status, response.body, said):
            if response.status == UNAUTHENTICATED:
                await self._learn_channel()
            raise explain_unproven(response.status, response.body)
        return response

    async def _learn_channel(self) -> None:
        response = await self._send(Request("GET", CHANNEL, (self._authorization,)), PATIENCE)
        if response.status >= 400:
            raise explain_unproven(response.status, response.body)
        self._channel.take(_decoded(_CHANNEL, response.body).read())

    async def _send(self, request: Request, patience: Duration) -> Response:
        try:
            async with asyncio.timeout(patience / SECOND):
                return await self._network.request(self._process, self._place, request)
        except TimeoutError:
            message = f"the server did not answer within {patience // SECOND} s"
            raise ServerFault(message) from None
        except Refused as fault:
            raise ServerFault(str(fault)) from None


def _decoded(decoder: Decoder[Answer_co], body: bytes) -> Answer_co:
    try:
        return decoder.decode(body)
    except UNDECODABLE as error:
        message = f"the server's answer is not of its form: {error}"
        raise ServerFault(message) from None


def refusal(response: Response) -> Rejected | ServerFault:
    """Say what a server's refusal is to a device."""
    try:
        problem = json.loads(response.body)
    except ValueError:
        problem = {}
    text = str(problem.get("detail") or problem.get("title") or f"status {response.status}")
    if response.status >= 500:
        return ServerFault(text)
    name = str(problem.get("type", "")).rpartition("/")[2]
    return Rejected(text, problem=name, status=response.status)

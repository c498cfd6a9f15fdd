"""The server over HTTP: one method for each address of the sync protocol."""

from __future__ import annotations

from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from gatekeeper.sync import paths
from gatekeeper.sync.proven_requests_and_answers import CodeChannel, DeviceChannel
from gatekeeper.sync.push_client import PushClient
from gatekeeper.sync.tls_trust import leave_dates
from gatekeeper.sync.transport import Transport, not_readable
from shared.kernel.errors import Malformed, ServerFault
from shared.kernel.id_types import EventId
from shared.kernel.instant import Duration
from shared.kernel.packing import MSGPACK
from shared.kernel.trouble import TroubleKind
from shared.kernel.undecodable import UNDECODABLE
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import SignedDocument, decode_document
from shared.wire.buyer_note import BuyerNote
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.enrol import EnrolAnswer, EnrolRequest
from shared.wire.exchange import ExchangeRequest, ExchangeResponse
from shared.wire.relayed_by_gates import RelayedClaim, RelayedEntries, RelayedMarks
from shared.wire.seat_states import SeatStates
from shared.wire.till_key import TillKeyAnswer, TillKeyRequest
from shared.wire.till_stock import StockRequest
from shared.wire.voucher import VoucherAnswer, VoucherCharge, VoucherQuestion

_CLAIM_SIZE_MAX: Final = 64 * 1024
_PEM_SIZE_MAX: Final = 64 * 1024
_ROSTER_SIZE_MAX: Final = 1024 * 1024
_BUYERS_SIZE_MAX: Final = 64_000_000
_SEATS_SIZE_MAX: Final = 8_000_000

T = TypeVar("T")


class HttpServer:
    """The server as one enrolled device reaches it; fulfils `SyncServer`."""

    def __init__(
        self, url: str, token: str, authority_pem: str | None, channel: DeviceChannel
    ) -> None:
        """Prepare; nothing is opened before the first request.

        Raises:
            BadInput: if the address or the authority's certificate cannot be used.
        """
        self._token, self._authority, self._channel = token, authority_pem, channel
        self._transport, self._push = self._reach(url)

    def _reach(self, url: str) -> tuple[Transport, PushClient]:
        made = Transport(
            url, token=self._token, channel=self._channel, authority_pem=self._authority
        )
        push = PushClient(made.url, made.prove_opening, made.context, made.server_name)
        return made, push

    async def move(self, url: str) -> None:
        """Ask at another address from now on; who answers there proves itself as before.

        Raises:
            BadInput: if it is no address.
        """
        former = self._transport, self._push
        self._transport, self._push = self._reach(url)
        for one in former:
            await one.close()

    async def exchange(self, request: ExchangeRequest) -> ExchangeResponse:
        """Make a round trip; see `SyncServer`."""
        body = await self._transport.send(
            "POST", paths.EXCHANGE, msgspec.msgpack.encode(request), media_type=MSGPACK
        )
        return _unpack(body, ExchangeResponse, "answer")

    async def claim(self, request: ClaimRequest, budget: Duration) -> ClaimAnswer:
        """Claim; see `SyncServer`. What cannot be read is as good as no answer."""
        body = await self._transport.send(
            "POST", paths.CLAIMS, msgspec.json.encode(request), size_max=_CLAIM_SIZE_MAX
        )
        try:
            return _read_json(body, ClaimAnswer, "answer to a claim")
        except Malformed as fault:
            raise ServerFault(str(fault), kind=TroubleKind.UNREADABLE) from fault

    async def fetch_manifest(self, event_id: EventId) -> SignedDocument:
        """Fetch a manifest's header; see `SyncServer`."""
        return decode_document(await self._transport.send("GET", paths.manifest(event_id)))

    async def fetch_chunk(self, event_id: EventId, ref: ChunkRef) -> bytes:
        """Fetch a piece; see `SyncServer`."""
        path = paths.chunk(ref.sha256)
        return await self._transport.send("GET", path, size_max=ref.size)

    async def request_till_key(self, request: TillKeyRequest) -> TillKeyAnswer:
        """Ask for a till's terms; see `SyncServer`."""
        body = await self._transport.send("POST", paths.TILL_KEYS, msgspec.json.encode(request))
        return _read_json(body, TillKeyAnswer, "terms for this till")

    async def request_stock(self, request: StockRequest) -> SignedDocument:
        """Ask for more stock; see `SyncServer`."""
        sent = msgspec.json.encode(request)
        return decode_document(await self._transport.send("POST", paths.TILL_STOCK, sent))

    async def pay_by_voucher(self, charge: VoucherCharge) -> VoucherAnswer:
        """Let a voucher pay; see `SyncServer`."""
        return await self._ask_voucher(paths.VOUCHER_PAY, charge)

    async def find_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """Ask whether a voucher paid; see `SyncServer`."""
        return await self._ask_voucher(paths.VOUCHER_FIND, question)

    async def reverse_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """Have it put back; see `SyncServer`."""
        return await self._ask_voucher(paths.VOUCHER_REVERSE, question)

    async def _ask_voucher(
        self, path: str, asked: VoucherCharge | VoucherQuestion
    ) -> VoucherAnswer:
        body = await self._transport.send("POST", path, msgspec.json.encode(asked))
        return _read_json(body, VoucherAnswer, "answer about a voucher")

    async def fetch_buyers(self, event_id: EventId, known: str) -> bytes:
        """Fetch an event's buyers, if they are newer; see `SyncServer`."""
        path = f"{paths.buyers(event_id)}?known={quote(known)}"
        return await self._transport.send("GET", path, size_max=_BUYERS_SIZE_MAX)

    async def fetch_seats(self, event_id: EventId, after: int) -> SeatStates:
        """Fetch what changed of an event's seats; see `SyncServer`."""
        path = paths.seats(event_id, after)
        body = await self._transport.send("GET", path, size_max=_SEATS_SIZE_MAX)
        return _unpack(body, SeatStates, "states of seats")

    async def note_buyer(self, note: BuyerNote) -> None:
        """Name a sale's guest; see `SyncServer`."""
        await self._transport.send("POST", paths.BUYERS, msgspec.json.encode(note))

    async def fetch_roster(
        self, event_id: EventId, known: tuple[int, int], lan_address: str
    ) -> SignedDocument | None:
        """Fetch the roster, if it is newer; see `SyncServer`."""
        epoch, sequence = known
        query = f"?epoch={epoch}&sequence={sequence}&lan_address={quote(lan_address)}"
        path = paths.roster(event_id) + query
        body = await self._transport.send("GET", path, size_max=_ROSTER_SIZE_MAX)
        return decode_document(body) if body else None

    async def fetch_feed(self, event_id: EventId, epoch: int, after: int) -> SignedDocument:
        """Fetch a page of the feed for another device; see `SyncServer`."""
        path = f"{paths.feed(event_id)}?epoch={epoch}&after={after}"
        return decode_document(await self._transport.send("GET", path))

    async def relay_claim(self, claim: RelayedClaim) -> SignedDocument:
        """Put another device's claim; see `SyncServer`."""
        body = await self._transport.send(
            "POST", paths.RELAYED_CLAIMS, msgspec.msgpack.encode(claim), media_type=MSGPACK
        )
        return decode_document(body)

    async def relay_entries(self, entries: RelayedEntries) -> RelayedMarks:
        """Upload other devices' entries; see `SyncServer`."""
        body = await self._transport.send(
            "POST", paths.RELAYED_ENTRIES, msgspec.msgpack.encode(entries), media_type=MSGPACK
        )
        return _unpack(body, RelayedMarks, "answer to relayed entries")

    async def greet(self) -> None:
        """Ask for no more than an answer that the server proves; see `SyncServer`."""
        await self._transport.send("GET", f"{paths.TIME}?nonce=")

    async def wait_for_push(self, event_id: EventId) -> SignedDocument | None:
        """Wait for the push channel; see `SyncServer`."""
        return await self._push.wait(event_id)

    async def close(self) -> None:
        """Close all connections."""
        await self._push.close()
        await self._transport.close()


class HttpEnrolment:
    """The server before this machine is a device."""

    def __init__(self, url: str, authority_pem: str | None) -> None:
        """Prepare; nothing is opened before the first request.

        Raises:
            BadInput: if the address or the authority's certificate cannot be used.
        """
        self._transport = Transport(url, authority_pem=authority_pem)
        if self._transport.context is not None and authority_pem is not None:
            # Only the server that knows the code can answer, whatever this machine's clock says.
            leave_dates(self._transport.context)

    async def enrol(self, request: EnrolRequest, channel: CodeChannel) -> EnrolAnswer:
        """Trade a code for a device; see `EnrolmentServer`."""
        content = msgspec.json.encode(request)
        body = await self._transport.enrol(content, channel.prove(content))
        return _read_json(body, EnrolAnswer, "answer to the enrolment")

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()


async def fetch_authority(url: str) -> str:
    """Fetch the certificate authority's PEM from a server that is not trusted yet.

    Nothing else is asked of it; the caller compares the fingerprint.

    Raises:
        ServerFault: if the server cannot be reached.
        Rejected: if it has none.
    """
    transport = Transport(url, trusts_anybody=True)
    try:
        body = await transport.send("GET", paths.AUTHORITY, size_max=_PEM_SIZE_MAX)
    finally:
        await transport.close()
    return body.decode("ascii", "replace")


def _unpack(body: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except UNDECODABLE as fault:
        raise not_readable(what, fault) from None


def _read_json(body: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except UNDECODABLE as fault:
        raise not_readable(what, fault) from None

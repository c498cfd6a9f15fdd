"""What a device asks of the server, whatever carries it: HTTP, or a simulator's wires."""

from __future__ import annotations

from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from gatekeeper.sync import url_paths
from gatekeeper.sync.transport import ANSWER_SIZE_MAX
from shared.kernel.errors import Malformed, ServerFault
from shared.kernel.id_types import EventId
from shared.kernel.packing import MSGPACK
from shared.kernel.trouble import TroubleKind
from shared.kernel.undecodable import UNDECODABLE
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import SignedDocument, decode_document
from shared.wire.buyer_note import BuyerNote
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.exchange import ExchangeRequest, ExchangeResponse
from shared.wire.relayed_by_gates import RelayedClaim, RelayedEntries, RelayedMarks
from shared.wire.seat_states import SeatStates
from shared.wire.till_key import TillKeyAnswer, TillKeyRequest
from shared.wire.till_stock import StockRequest
from shared.wire.voucher import VoucherAnswer, VoucherCharge, VoucherQuestion

JSON: Final = "application/json"
_CLAIM_SIZE_MAX: Final = 64 * 1024
_ROSTER_SIZE_MAX: Final = 1024 * 1024
_BUYERS_SIZE_MAX: Final = 64_000_000
_SEATS_SIZE_MAX: Final = 8_000_000

T = TypeVar("T")


class ServerSilent(ServerFault):
    """A server that stopped answering on a channel that was open, and opens no other."""


class SyncServer:
    """The server as one enrolled device sees it: a method for each address of the sync protocol.

    Every method raises `ServerFault` where no useful answer came, and `Rejected` where the
    server refused.
    """

    async def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        media_type: str = JSON,
        size_max: int = ANSWER_SIZE_MAX,
    ) -> bytes:
        """Send a request and return the answer's body."""
        raise NotImplementedError

    async def exchange(self, request: ExchangeRequest) -> ExchangeResponse:
        """Upload entries and bring back what changed."""
        body = await self.send(
            "POST", url_paths.EXCHANGE, msgspec.msgpack.encode(request), media_type=MSGPACK
        )
        return _unpack(body, ExchangeResponse, "answer")

    async def claim(self, request: ClaimRequest) -> ClaimAnswer:
        """Ask for one passage; the caller bounds the time. What cannot be read is no answer."""
        body = await self.send(
            "POST", url_paths.CLAIMS, msgspec.json.encode(request), size_max=_CLAIM_SIZE_MAX
        )
        try:
            return read_json(body, ClaimAnswer, "answer to a claim")
        except Malformed as fault:
            raise ServerFault(str(fault), kind=TroubleKind.UNREADABLE) from fault

    async def fetch_manifest(self, event_id: EventId) -> SignedDocument:
        """Return the newest manifest's signed header."""
        return decode_document(await self.send("GET", url_paths.manifest(event_id)))

    async def fetch_chunk(self, event_id: EventId, ref: ChunkRef) -> bytes:
        """Return a piece of a manifest, not yet verified."""
        path = url_paths.chunk(ref.sha256)
        return await self.send("GET", path, size_max=ref.size)

    async def request_till_key(self, request: TillKeyRequest) -> TillKeyAnswer:
        """Have a till's ticket key delegated, or its terms repeated."""
        body = await self.send("POST", url_paths.TILL_KEYS, msgspec.json.encode(request))
        return read_json(body, TillKeyAnswer, "terms for this till")

    async def request_stock(self, request: StockRequest) -> SignedDocument:
        """Have a till's totals raised for one sale; the grant that comes is not yet verified."""
        sent = msgspec.json.encode(request)
        return decode_document(await self.send("POST", url_paths.TILL_STOCK, sent))

    async def pay_by_voucher(self, charge: VoucherCharge) -> VoucherAnswer:
        """Let a voucher pay; one name is charged once."""
        return await self._ask_voucher(url_paths.VOUCHER_PAY, charge)

    async def find_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """Ask whether a voucher paid; what was never charged by then never will be."""
        return await self._ask_voucher(url_paths.VOUCHER_FIND, question)

    async def reverse_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """Have a payment put back on its voucher."""
        return await self._ask_voucher(url_paths.VOUCHER_REVERSE, question)

    async def _ask_voucher(
        self, path: str, asked: VoucherCharge | VoucherQuestion
    ) -> VoucherAnswer:
        body = await self.send("POST", path, msgspec.json.encode(asked))
        return read_json(body, VoucherAnswer, "answer about a voucher")

    async def fetch_buyers(self, event_id: EventId, known: str) -> bytes:
        """Return an event's buyers, sealed; empty where the version that is known is the newest.

        Args:
            event_id: The event.
            known: The version that is held, or "".
        """
        path = f"{url_paths.buyers(event_id)}?known={quote(known)}"
        return await self.send("GET", path, size_max=_BUYERS_SIZE_MAX)

    async def fetch_seats(self, event_id: EventId, after: int) -> SeatStates:
        """Return which seats of an event changed after a cursor."""
        path = url_paths.seats(event_id, after)
        body = await self.send("GET", path, size_max=_SEATS_SIZE_MAX)
        return _unpack(body, SeatStates, "states of seats")

    async def note_buyer(self, note: BuyerNote) -> None:
        """Say who a sale of this till's was for."""
        await self.send("POST", url_paths.BUYERS, msgspec.json.encode(note))

    async def fetch_roster(
        self, event_id: EventId, known: tuple[int, int], lan_address: str
    ) -> SignedDocument | None:
        """Return the signed roster of an event's gates, not yet verified.

        Args:
            event_id: The event.
            known: Epoch and sequence of the roster held; (0, 0) for none.
            lan_address: Where this device is reached by its peers, `host:port`, or "".

        Returns:
            The roster, or None where the one that is known is the newest.
        """
        epoch, sequence = known
        query = f"?epoch={epoch}&sequence={sequence}&lan_address={quote(lan_address)}"
        path = url_paths.roster(event_id) + query
        body = await self.send("GET", path, size_max=_ROSTER_SIZE_MAX)
        return decode_document(body) if body else None

    async def fetch_feed(self, event_id: EventId, epoch: int, after: int) -> SignedDocument:
        """Return the page of an event's feed after a number, not yet verified."""
        path = f"{url_paths.feed(event_id)}?epoch={epoch}&after={after}"
        return decode_document(await self.send("GET", path))

    async def relay_claim(self, claim: RelayedClaim) -> SignedDocument:
        """Put another device's claim; the answer is signed, and not yet verified."""
        body = await self.send(
            "POST", url_paths.RELAYED_CLAIMS, msgspec.msgpack.encode(claim), media_type=MSGPACK
        )
        return decode_document(body)

    async def relay_entries(self, entries: RelayedEntries) -> RelayedMarks:
        """Upload other devices' entries; the answer tells how far their journals are held."""
        body = await self.send(
            "POST", url_paths.RELAYED_ENTRIES, msgspec.msgpack.encode(entries), media_type=MSGPACK
        )
        return _unpack(body, RelayedMarks, "answer to relayed entries")

    async def greet(self) -> None:
        """Find out whether the server answers; nothing else is asked."""
        await self.send("GET", f"{url_paths.TIME}?nonce=")

    async def wait_for_push(self, event_id: EventId) -> SignedDocument | None:
        """Return when the server says that there is something to fetch.

        Returns:
            The feed's next page, not yet verified, where the server has sent it at once.

        Raises:
            ServerSilent: if the server has stopped answering.
        """
        raise ServerFault("there is no push channel", kind=TroubleKind.UNREACHABLE)

    async def close(self) -> None:
        """Let connections go, if there are any."""


def _unpack(body: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except UNDECODABLE as fault:
        raise _not_readable(what, fault) from None


def read_json(body: bytes, kind: type[T], what: str) -> T:
    """Read an answer's JSON.

    Raises:
        Malformed: if it is not of its form; it is called `what`.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except UNDECODABLE as fault:
        raise _not_readable(what, fault) from None


def _not_readable(what: str, fault: Exception) -> Malformed:
    return Malformed(f"the server's {what} cannot be read ({fault}); is it a newer version?")

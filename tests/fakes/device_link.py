"""One device's end of the wire to a `FakeSyncServer`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import msgspec

from gatekeeper.sync.server_port import ServerSilent, SyncServer
from shared.kernel.errors import BadInput, Rejected, ServerFault
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Instant
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import SignedDocument
from shared.wire.buyer_note import BuyerNote
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.exchange import EXCHANGE_VERSION, ExchangeRequest, ExchangeResponse
from shared.wire.relayed_by_gates import RELAY_VERSION, RelayedClaim, RelayedEntries, RelayedMarks
from shared.wire.seat_states import SeatStates
from shared.wire.till_key import TillKeyAnswer, TillKeyRequest
from shared.wire.till_stock import StockRequest
from shared.wire.voucher import VoucherAnswer, VoucherCharge, VoucherQuestion
from tests.fakes.buyers_for_till import BuyersForTill

if TYPE_CHECKING:
    from tests.fakes.sync_server import FakeSyncServer

T = TypeVar("T")


class DeviceLink(SyncServer):
    """One device's end of the wire to a `FakeSyncServer`.

    Attributes:
        buyers: Who bought what, as a till is told.
    """

    def __init__(self, server: FakeSyncServer, device_id: DeviceId) -> None:
        self.server = server
        self.device_id = device_id
        self.buyers = BuyersForTill()

    async def exchange(self, request: ExchangeRequest) -> ExchangeResponse:
        """Send a request through its encoding, and its answer likewise."""
        self._leave()
        sent = msgspec.msgpack.decode(msgspec.msgpack.encode(request), type=ExchangeRequest)
        response = self.server.exchange(self.device_id, sent)
        await self._arrive()
        return _through(response)

    async def claim(self, request: ClaimRequest) -> ClaimAnswer:
        """Claim."""
        self._leave()
        sent = msgspec.json.decode(msgspec.json.encode(request), type=ClaimRequest)
        answer = self.server.claim(self.device_id, sent)
        await self._arrive()
        return msgspec.json.decode(msgspec.json.encode(answer), type=ClaimAnswer)

    async def fetch_manifest(self, event_id: EventId) -> SignedDocument:
        """Fetch the newest header."""
        self._leave()
        if self.device_id in self.server.revoked:
            raise Rejected("this device is revoked", problem="device-revoked", status=403)
        if self.server.manifest is None:
            raise Rejected("nothing is published", problem="not-found", status=404)
        return _through(self.server.manifest)

    async def fetch_chunk(self, event_id: EventId, ref: ChunkRef) -> bytes:
        """Fetch a piece."""
        self._leave()
        await asyncio.sleep(0)
        self._leave()
        self.server.chunk_requests.append(ref.sha256)
        return self.server.chunks[ref.sha256]

    async def request_till_key(self, request: TillKeyRequest) -> TillKeyAnswer:
        """Ask for a till's terms."""
        self._leave()
        return _through(self.server.request_till_key(self.device_id, request))

    async def request_stock(self, request: StockRequest) -> SignedDocument:
        """Give nothing: this server signs no grants."""
        self._leave()
        raise Rejected("no stock is left", problem="sold-out", status=409)

    async def pay_by_voucher(self, charge: VoucherCharge) -> VoucherAnswer:
        """Answer as the test has set; where it has not, this server knows no vouchers."""
        return self._voucher_answer()

    async def find_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """Answer as the test has set, or know of none."""
        return self._voucher_answer()

    async def reverse_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """Answer the same way."""
        return self._voucher_answer()

    def _voucher_answer(self) -> VoucherAnswer:
        self._leave()
        if not self.server.voucher_answers:
            raise Rejected("there are no vouchers", problem="not-found", status=404)
        answer = self.server.voucher_answers.pop(0)
        if answer is None:
            raise ServerFault("it was cut off")
        return answer

    async def fetch_buyers(self, event_id: EventId, known: str) -> bytes:
        """Seal who bought what; nothing where nobody has."""
        self._leave()
        return self.buyers.read(event_id, known)

    async def fetch_seats(self, event_id: EventId, after: int) -> SeatStates:
        """Tell which seats the test has taken."""
        self._leave()
        known = self.server.seat_states
        return SeatStates(len(known), tuple(known[after:]))

    async def note_buyer(self, note: BuyerNote) -> None:
        """Note who a sale was for."""
        self._leave()
        self.buyers.notes.append(note)

    async def fetch_roster(
        self, event_id: EventId, known: tuple[int, int], lan_address: str
    ) -> SignedDocument | None:
        """Fetch the roster that the test has signed, if it is newer."""
        self._leave()
        self.server.lan_addresses[self.device_id] = lan_address
        self.server.roster_fetches += 1
        newest = self.server.roster
        return None if newest is None or self.server.roster_version <= known else newest

    async def fetch_feed(self, event_id: EventId, epoch: int, after: int) -> SignedDocument:
        """Fetch a page of the feed, as an exchange would give it."""
        self._leave()
        asked = ExchangeRequest(
            v=EXCHANGE_VERSION,
            event_id=event_id,
            epoch=epoch,
            cursor=after,
            head=None,
            entries=(),
            sent_at=Instant(0),
        )
        page = self.server.exchange(self.device_id, asked).page
        assert page is not None
        return _through(page)

    async def relay_claim(self, claim: RelayedClaim) -> SignedDocument:
        """Refuse: this server takes claims from their own devices alone."""
        self._leave()
        raise Rejected("no relaying here", problem="forbidden", status=403)

    async def relay_entries(self, entries: RelayedEntries) -> RelayedMarks:
        """Take nothing, and hold nothing."""
        self._leave()
        return RelayedMarks(RELAY_VERSION, ())

    async def greet(self) -> None:
        """Answer."""
        self._leave()

    async def wait_for_push(self, event_id: EventId) -> SignedDocument | None:
        """Wait until the feed grows; gives the page that a test has put there, if any."""
        self._leave()
        self.server.pushed.clear()
        await self.server.pushed.wait()
        if self.server.is_silent:
            raise ServerSilent("the server has stopped answering")
        page, self.server.pushed_page = self.server.pushed_page, None
        return page

    def _leave(self) -> None:
        if self.server.is_cut or self.device_id in self.server.cut_off:
            raise ServerFault("the server cannot be reached")

    async def _arrive(self) -> None:
        if self.server.hangs:
            await asyncio.Event().wait()
        if self.server.loses_answers:
            raise ServerFault("the connection broke before the answer came")


def _through(value: T) -> T:
    """Encode and decode, as the wire does."""
    decoded = msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=type(value))
    if decoded != value:
        raise BadInput("the wire's encoding changed a value")
    return decoded

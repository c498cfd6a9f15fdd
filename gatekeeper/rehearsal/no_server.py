"""The server of a world that has none: nothing is ever sent, to anybody."""

from __future__ import annotations

from typing import NoReturn

from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId
from shared.kernel.instant import Duration
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import SignedDocument
from shared.wire.buyer_note import BuyerNote
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.exchange import ExchangeRequest, ExchangeResponse
from shared.wire.relayed_by_gates import RelayedClaim, RelayedEntries, RelayedMarks
from shared.wire.seat_states import SeatStates
from shared.wire.till_key import TillKeyAnswer, TillKeyRequest
from shared.wire.till_stock import StockRequest
from shared.wire.voucher import VoucherAnswer, VoucherCharge, VoucherQuestion


class NoServer:
    """Fulfils `sync.server_port.SyncServer`; each request fails as with the cable cut."""

    async def exchange(self, request: ExchangeRequest) -> ExchangeResponse:
        """Fail."""
        _fail()

    async def claim(self, request: ClaimRequest, budget: Duration) -> ClaimAnswer:
        """Fail."""
        _fail()

    async def fetch_manifest(self, event_id: EventId) -> SignedDocument:
        """Fail."""
        _fail()

    async def fetch_chunk(self, event_id: EventId, ref: ChunkRef) -> bytes:
        """Fail."""
        _fail()

    async def request_till_key(self, request: TillKeyRequest) -> TillKeyAnswer:
        """Fail."""
        _fail()

    async def request_stock(self, request: StockRequest) -> SignedDocument:
        """Fail."""
        _fail()

    async def pay_by_voucher(self, charge: VoucherCharge) -> VoucherAnswer:
        """Fail."""
        _fail()

    async def find_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """Fail."""
        _fail()

    async def reverse_voucher_payment(self, question: VoucherQuestion) -> VoucherAnswer:
        """Fail."""
        _fail()

    async def fetch_buyers(self, event_id: EventId, known: str) -> bytes:
        """Fail."""
        _fail()

    async def fetch_seats(self, event_id: EventId, after: int) -> SeatStates:
        """Fail."""
        _fail()

    async def note_buyer(self, note: BuyerNote) -> None:
        """Fail."""
        _fail()

    async def fetch_roster(
        self, event_id: EventId, known: tuple[int, int], lan_address: str
    ) -> SignedDocument | None:
        """Fail."""
        _fail()

    async def fetch_feed(self, event_id: EventId, epoch: int, after: int) -> SignedDocument:
        """Fail."""
        _fail()

    async def relay_claim(self, claim: RelayedClaim) -> SignedDocument:
        """Fail."""
        _fail()

    async def relay_entries(self, entries: RelayedEntries) -> RelayedMarks:
        """Fail."""
        _fail()

    async def greet(self) -> None:
        """Fail."""
        _fail()

    async def wait_for_push(self, event_id: EventId) -> SignedDocument | None:
        """Fail."""
        _fail()

    async def close(self) -> None:
        """Let nothing go."""


def _fail() -> NoReturn:
    raise ServerFault("this is practice: there is no server")
